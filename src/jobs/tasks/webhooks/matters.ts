import { append } from '../../../events/append.js';
import type { EventPayloads, NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import { storableText } from '../../../lib/storable-text.js';
import { ourselves, takeStep } from '../../../projections/change-exception.js';
import { exceptionSubject, projectExceptions } from '../../../projections/exceptions.js';
import type { Transaction } from '../../engine.js';
import type { EndpointRow } from '../../../events/webhooks.js';

type About = Pick<EndpointRow, 'id' | 'url' | 'company' | 'owner'>;

const failingKind = 'WEBHOOK_FAILING';
const givenUpKind = 'WEBHOOK_GIVEN_UP';

/** An endpoint has taken nothing for long, or is disabled: one exception for both, which says what stands. */
export async function raiseFailing(tx: Transaction, endpoint: About, detail: string): Promise<void> {
  await raiseOnce(tx, endpoint, failingKind, `Events do not arrive at ${hostOf(endpoint)}, of ${endpoint.owner}`, `${detail} See: gatehouse webhook show ${endpoint.id}`);
}

/** An event was given up after its last attempt. */
export async function raiseGivenUp(tx: Transaction, endpoint: About, error: string): Promise<void> {
  await raiseOnce(tx, endpoint, givenUpKind, `Events for ${hostOf(endpoint)}, of ${endpoint.owner}, were given up`, `After its last attempt: ${error} Once it is mended, send them again with: gatehouse webhook replay ${endpoint.id} --failed`);
}

export async function resolveFailing(tx: Transaction, endpoint: About, resolution: string): Promise<void> {
  const row = await standing(tx, exceptionSubject(failingKind, endpoint.id));
  if (row !== undefined && row.state !== 'RESOLVED') await append(tx, [await takeStep(tx, row, { action: 'resolve', resolution }, ourselves, uuidv7())]);
}

/** The address may be a secret by itself: its host is named alone. */
function hostOf({ url }: About): string {
  return URL.parse(url)?.host ?? 'an endpoint';
}

async function raiseOnce(tx: Transaction, endpoint: About, kind: string, title: string, detail: string): Promise<void> {
  const subject = exceptionSubject(kind, endpoint.id);
  const raised = { class: 'DATA', severity: 'HIGH', title: storableText(title).slice(0, 300), detail: storableText(detail).slice(0, 2000) } as const;
  const row = await standing(tx, subject);
  if (row === undefined) return void (await append(tx, [await raise(tx, endpoint, { ...raised, kind }, subject)]));
  const events: NewEvent[] = [];
  let { version } = row;
  if (row.state === 'RESOLVED') events.push(await takeStep(tx, { ...row, version: version++ }, { action: 'reopen', reason: raised.detail }, ourselves, uuidv7()));
  if (row.detail !== raised.detail) events.push(await takeStep(tx, { ...row, version }, { action: 'change', to: raised }, ourselves, uuidv7()));
  await append(tx, events);
}

function standing(tx: Transaction, subject: string) {
  return tx.selectFrom('exception').select(['subject', 'version', 'company', 'state', 'detail']).where('subject', '=', subject).forUpdate().executeTakeFirst();
}

/** The row is made at once: it may be resolved before the projector comes by. */
async function raise(tx: Transaction, { company }: About, payload: EventPayloads['exception.raised'], subject: string): Promise<NewEvent> {
  const now = instant(Date.now());
  const event: NewEvent = { id: uuidv7(), version: 1, type: 'exception.raised', subject, company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId: uuidv7(), causationId: null, payload };
  await projectExceptions(tx, [{ ...event, position: 0, subject_version: null, fact_key: event.factKey, occurred_at: event.occurredAt, recorded_at: event.recordedAt, correlation_id: event.correlationId, causation_id: null }]);
  return event;
}
