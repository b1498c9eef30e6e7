import type { LogEvent } from './event.js';

/** Makes a payload of one version into that of the next. Pure: the same for every reader and every time. */
export type Upcaster = (payload: unknown) => unknown;

/** Per type of event, what makes version n (the key) into n + 1. Every version from 1 to the one before the current has one. */
export type Upcasters = Readonly<Record<string, Readonly<Record<number, Upcaster>>>>;

/**
 * Events stay in the log as they were recorded; readers see each in the current version of its type. No type has
 * changed since the first release. To change one: write events in the new version, add the upcaster here, and release
 * readers before writers, for this version and the one before share a database.
 */
export const upcasters: Upcasters = {};

/** The version in which events of this type are written. */
export function currentVersion(type: string, table: Upcasters = upcasters): number {
  return Object.hasOwn(table, type) ? 1 + Math.max(0, ...Object.keys(table[type]!).map(Number)) : 1;
}

/**
 * The event in the current version of its type. One that is current is given back as it is; one of a newer version,
 * which a newer process wrote, too: what it adds is not known here, and what it keeps is.
 * @throws Error where a step is missing in the table
 */
export function upcast<Event extends Pick<LogEvent, 'type' | 'version' | 'payload'>>(event: Event, table: Upcasters = upcasters): Event {
  const current = currentVersion(event.type, table);
  let { version, payload } = event;
  if (version >= current) return event;
  for (; version < current; version++) {
    const step = table[event.type]![version];
    if (step === undefined) throw new Error(`Nothing makes ${event.type} of version ${version} into ${version + 1}.`);
    payload = step(payload);
  }
  return { ...event, version, payload };
}
