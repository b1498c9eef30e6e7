import type { Connection } from '../../auth/connections.js';
import { append } from '../../events/append.js';
import type { EventPayloads, NewEvent } from '../../events/event.js';
import { instant } from '../../lib/clock.js';
import { uuidv7 } from '../../lib/ids.js';
import { ourselves, takeStep } from '../../projections/change-exception.js';
import { exceptionSubject } from '../../projections/exceptions.js';
import { connectionSubject } from '../../projections/health.js';
import type { Transaction } from '../engine.js';
import { heldTopics, type SyncPlace } from './sync-run.js';

type Kind = 'API_KEY_EXPIRES' | 'SYNC_FAILED' | 'SYNC_WOULD_DELETE';

/** So many days before a key ends people are told of it: keys of Odoo last 90 days unless chosen otherwise. */
export const keyWarningDays = 14;

/** Warns of a key that ends soon, once for each key, and ends the warning when there is another. */
export async function warnOfKey(tx: Transaction, connection: Connection, expiresAt: string | null): Promise<void> {
  const endsSoon = expiresAt !== null && Date.parse(expiresAt) < Date.now() + keyWarningDays * 86_400_000;
  const subject = exceptionSubject('API_KEY_EXPIRES', `${connection.id} ${expiresAt}`);
  const ended = await resolutions(tx, connection.id, 'API_KEY_EXPIRES', 'The connection has another API key.', endsSoon ? subject : null);
  const raised = !endsSoon ? [] : [raisedEvent(connection, 'API_KEY_EXPIRES', subject, {
    class: 'DATA', severity: 'HIGH', title: `The API key of ${connection.id} ends on ${expiresAt.slice(0, 10)}`,
    detail: `Make a new key at its system and set it: gatehouse connection set ${connection.id} --set apiKey=...`,
  })];
  await append(tx, [...ended, ...raised]);
}

/** A run has failed: an exception is raised, once until a run succeeds. */
export async function raiseFailure(tx: Transaction, connection: Connection, runId: string, error: string): Promise<void> {
  const finished = syncEvent(connection, 'sync.finished', { run: runId, state: 'FAILED', error });
  if ((await openMatters(tx, connection.id, 'SYNC_FAILED')).length > 0) return void (await append(tx, [finished]));
  const failed = raisedEvent(connection, 'SYNC_FAILED', exceptionSubject('SYNC_FAILED', runId), {
    class: 'DATA', severity: 'HIGH', title: `${connection.id} could not be synchronised`, detail: `${error} Try: gatehouse connection test ${connection.id}`,
  });
  await append(tx, [finished, failed]);
}

/** A run has ended: failures of earlier ones are over, and people are asked about what so much is missing of that nothing was deleted. */
export async function endRun(tx: Transaction, connection: Connection, runId: string, place: SyncPlace): Promise<void> {
  const finished = syncEvent(connection, 'sync.finished', { run: runId, state: 'DONE', error: null });
  await append(tx, [finished, ...(await resolutions(tx, connection.id, 'SYNC_FAILED', 'Synchronisation works again.', null)), ...(await deletionMatters(tx, connection, place))]);
}

/** One matter for each topic, which is the same again when it comes back. */
async function deletionMatters(tx: Transaction, connection: Connection, place: SyncPlace): Promise<NewEvent[]> {
  const held = heldTopics(place);
  const events: NewEvent[] = [];
  for (const [topic, { known, missing }] of Object.entries(place.missing ?? {}).sort()) {
    const subject = exceptionSubject('SYNC_WOULD_DELETE', `${connection.id} ${topic}`);
    const row = await tx.selectFrom('exception').select(['subject', 'version', 'company', 'state']).where('subject', '=', subject).forUpdate().executeTakeFirst();
    const detail = `${missing} of ${known} records of ${topic} are not to be found there any more, and none of this connection was deleted. Check that it is the right database and that its key may still read them. If they are gone: gatehouse sync ${connection.id} --confirm-deletions`;
    if (held.includes(topic) && row === undefined) events.push(raisedEvent(connection, 'SYNC_WOULD_DELETE', subject, { class: 'DATA', severity: 'HIGH', title: `Synchronising ${connection.id} would delete ${missing} records of ${topic}`, detail }));
    else if (held.includes(topic) && row!.state === 'RESOLVED') events.push(await takeStep(tx, row!, { action: 'reopen', reason: detail }, ourselves, uuidv7()));
    else if (!held.includes(topic) && row !== undefined && row.state !== 'RESOLVED') events.push(await takeStep(tx, row, { action: 'resolve', resolution: missing === 0 ? 'They are there again.' : 'They were deleted.' }, ourselves, uuidv7()));
  }
  return events;
}

/** A run has begun. */
export async function tellStart(tx: Transaction, connection: Connection, run: EventPayloads['sync.started']): Promise<void> {
  await append(tx, [syncEvent(connection, 'sync.started', run)]);
}

function syncEvent<Type extends 'sync.started' | 'sync.finished'>(connection: Connection, type: Type, payload: EventPayloads[Type]): NewEvent {
  const now = instant(Date.now());
  return { id: uuidv7(), version: 1, type, subject: connectionSubject(connection.id), company: connection.company, connection: connection.id, factKey: null, occurredAt: now, recordedAt: now, correlationId: payload.run, causationId: null, payload };
}

/** Resolves open matters of a kind but `except`, and gives the events of it. */
async function resolutions(tx: Transaction, connection: string, kind: Kind, resolution: string, except: string | null): Promise<NewEvent[]> {
  const open = (await openMatters(tx, connection, kind)).filter((row) => row.subject !== except);
  const correlationId = uuidv7();
  const events: NewEvent[] = [];
  for (const row of open) events.push(await takeStep(tx, row, { action: 'resolve', resolution }, ourselves, correlationId));
  return events;
}

function openMatters(tx: Transaction, connection: string, kind: Kind) {
  return tx.selectFrom('exception').selectAll().where('source_subject', '=', connectionSubject(connection)).where('kind', '=', kind).where('state', '<>', 'RESOLVED').forUpdate().execute();
}

function raisedEvent(connection: Connection, kind: Kind, subject: string, raised: Omit<EventPayloads['exception.raised'], 'kind'>): NewEvent {
  const now = instant(Date.now());
  return {
    id: uuidv7(), version: 1, type: 'exception.raised', subject, company: connection.company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now,
    correlationId: uuidv7(), causationId: null, payload: { ...raised, kind, sourceSubject: connectionSubject(connection.id) } satisfies EventPayloads['exception.raised'],
  };
}

