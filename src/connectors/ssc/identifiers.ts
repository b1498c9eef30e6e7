import type { OutsideBooking } from '../../model/yard/outside.js';
import { filled } from '../kit/text.js';
import type { Identifiers } from './payloads.js';
import type { SscSettings } from './settings.js';

const kinds = { load: 'primaryReferenceNumber', po: 'poNumber', bol: 'bolNumber' } as const;

/**
 * The name of an appointment here: its id there; where that is not said, the load and stop that it is for, written so that they can be read
 * back. Null where neither is said.
 */
export function nameOf(of: Identifiers): string | null {
  const id = filled(of.appointmentId);
  if (id !== undefined) return id;
  const kind = (['load', 'bol', 'po'] as const).find((each) => filled(of[kinds[each]]) !== undefined);
  if (kind === undefined) return null;
  const location = filled(of.locationId);
  const stop = of.stopSequenceNumber != null ? `/stop:${of.stopSequenceNumber}` : location === undefined ? '' : `/at:${encodeURIComponent(location)}`;
  return `${kind}:${encodeURIComponent(filled(of[kinds[kind]])!)}${stop}`;
}

/** How an appointment is named to the system: by its id, or by load and stop. */
export function identifiersOf(name: string): Identifiers {
  const match = /^(load|po|bol):([^/]+)(?:\/stop:(\d{1,6})|\/at:([^/]+))?$/.exec(name);
  if (match === null) return { appointmentId: name } as Identifiers;
  const [, kind, number, stop, location] = match;
  try {
    return { [kinds[kind as keyof typeof kinds]]: decodeURIComponent(number!), ...(stop === undefined ? {} : { stopSequenceNumber: Number(stop) }), ...(location === undefined ? {} : { locationId: decodeURIComponent(location) }) } as Identifiers;
  } catch {
    return { appointmentId: name } as Identifiers;
  }
}

/** Load and stop of a request; stops are counted from 0 there. */
export function identifiersOfRequest({ references, stop, facilityId }: OutsideBooking, { identifyBy = 'primaryReferenceNumber', locationId }: SscSettings): Identifiers {
  const location = facilityId ?? locationId;
  return { [identifyBy]: references[0] ?? '', ...(stop === undefined ? {} : { stopSequenceNumber: stop - 1 }), ...(location === undefined ? {} : { locationId: location }) } as Identifiers;
}
