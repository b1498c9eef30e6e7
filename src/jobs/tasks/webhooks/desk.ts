import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Principal } from '../../../auth/principal.js';
import { recordAudit } from '../../../events/audit.js';
import { wakeSenders, type EndpointRow } from '../../../events/webhooks.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Json } from '../../../lib/json.js';
import type { NewWebhook, WebhookChange, WebhookRange } from '../../../model/webhook.js';
import { holdNames, type Queryable, type Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { isOwn, lockEndpoint, type Access } from './access.js';
import { checkBound, checkDescription, checkInterest, checkUrl, placesOf } from './checks.js';
import { addNote } from './intake.js';
import { resolveFailing } from './matters.js';
import { defaults, secretOverlapMs } from './policy.js';
import { principalOfEndpoint, rightsColumns } from './rights.js';
import { secretPurpose } from './send.js';

/** Endpoints that one owner may have. */
const maxOfOwner = 20;
/** Replays of an endpoint that may be under way. */
const maxReplays = 5;

/** A secret as Standard Webhooks writes it. */
const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/**
 * Registers an endpoint under the rights of `owner`.
 * @returns its id, and the secret, which is shown this once
 * @throws GatehouseError BAD_INPUT, FORBIDDEN, CONFLICT, CURSOR_EXPIRED
 */
export async function addEndpoint(tasks: TaskContext, given: NewWebhook, owner: Principal, access: Access, { secureOnly }: { secureOnly: boolean }): Promise<{ id: string; secret: string }> {
  await checkUrl(tasks, given.url, { secureOnly });
  await checkInterest(tasks, owner, given);
  const live = await tasks.graph.live();
  const start = given.after === null ? await live.latest() : await live.decode(given.after);
  const [id, secret, now] = [uuidv7(), newSecret(), instant(Date.now())];
  const values = {
    ...rightsColumns(owner), id, kind: 'HTTP' as const, company: Array.isArray(owner.companies) ? owner.companies[0]! : 'main', url: given.url, description: checkDescription(given.description), topics: [...given.topics], filter: JSON.stringify(given.filter),
    state: 'ACTIVE' as const, state_reason: null, position: start.position, ordinal: start.ordinal, concurrency: checkBound('concurrency', given.concurrency) ?? defaults.concurrency, per_minute: checkBound('perMinute', given.perMinute) ?? defaults.perMinute,
    failing_since: null, alerted_at: null, not_before: null, last_success_at: null, last_failure_at: null, last_error: null, gap: null, holder: null, lease_until: null, created_at: now, updated_at: now,
  };
  await tasks.database.transaction(async (tx) => {
    await holdNames(tx, [`webhook owner:${owner.subject}`]);
    const { count } = await tx.selectFrom('webhook_endpoint').select((of) => of.fn.countAll<string>().as('count')).where('owner', '=', owner.subject).where('owner_role', '=', owner.role).where('token_issuer', '=', values.token_issuer).executeTakeFirstOrThrow();
    if (Number(count) >= maxOfOwner) throw new GatehouseError('CONFLICT', `${owner.subject} has ${maxOfOwner} endpoints already. Remove one first.`);
    await tx.insertInto('webhook_endpoint').values(values).execute();
    await insertSecret(tasks, tx, id, secret);
    await audited(tx, access, id, 'added', { owner: owner.subject, topics: [...given.topics], host: URL.parse(given.url)!.host });
    await wakeSenders(tx);
  });
  return { id, secret };
}

/**
 * Changes what is given. Under the owner's token the endpoint has that token's rights from then on: whoever says
 * where events go sends no more there than it may read itself.
 * @throws GatehouseError NOT_FOUND, BAD_INPUT, FORBIDDEN
 */
export async function changeEndpoint(tasks: TaskContext, id: string, change: WebhookChange, access: Access, { secureOnly }: { secureOnly: boolean }): Promise<void> {
  const before = await tasks.database.transaction((tx) => lockEndpoint(tx, id, access));
  refuseOfEnvironment(before);
  if (change.url !== undefined) await checkUrl(tasks, change.url, { secureOnly });
  await checkInterest(tasks, isOwn(access, before) ? access.principal! : principalOfEndpoint(before), { topics: change.topics ?? before.topics, filter: change.filter ?? before.filter });
  await tasks.database.transaction(async (tx) => {
    const row = await lockEndpoint(tx, id, access);
    const [concurrency, perMinute] = [checkBound('concurrency', change.concurrency), checkBound('perMinute', change.perMinute)];
    await tx.updateTable('webhook_endpoint').set({
      ...confirmedRights(access, row), updated_at: instant(Date.now()),
      ...(change.url === undefined ? {} : { url: change.url }), ...(change.description === undefined ? {} : { description: checkDescription(change.description) }),
      ...(change.topics === undefined ? {} : { topics: [...change.topics] }), ...(change.filter === undefined ? {} : { filter: JSON.stringify(change.filter) }),
      ...(concurrency === undefined ? {} : { concurrency }), ...(perMinute === undefined ? {} : { per_minute: perMinute }),
    }).where('id', '=', id).execute();
    await audited(tx, access, id, 'changed', { changed: Object.keys(change).filter((name) => change[name as keyof WebhookChange] !== undefined), ...(change.url === undefined ? {} : { host: URL.parse(change.url)!.host }) });
    await wakeSenders(tx);
  });
}

/** @throws GatehouseError CONFLICT */
function refuseOfEnvironment({ kind }: EndpointRow): void {
  if (kind === 'NATS') throw new GatehouseError('CONFLICT', 'The environment says what the broker is told (GATEHOUSE_BROKER_URL).', { field: 'id' });
}

function confirmedRights(access: Access, row: EndpointRow): Partial<ReturnType<typeof rightsColumns>> {
  return isOwn(access, row) ? rightsColumns(access.principal!) : {};
}

/** Nothing is read for it or sent to it until it is resumed; what comes meanwhile is kept as long as the feed is. @throws GatehouseError NOT_FOUND, CONFLICT */
export async function pauseEndpoint(tasks: TaskContext, id: string, access: Access): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const row = await lockEndpoint(tx, id, access);
    if (row.state === 'DISABLED') throw new GatehouseError('CONFLICT', 'It is disabled: nothing is sent to it.', { field: 'id' });
    await tx.updateTable('webhook_endpoint').set({ state: 'PAUSED', updated_at: instant(Date.now()) }).where('id', '=', id).execute();
    await audited(tx, access, id, 'paused', {});
    await wakeSenders(tx);
  });
}

/**
 * Goes on from where it stopped, at once. Under the owner's token that token's rights are confirmed.
 * @throws GatehouseError NOT_FOUND; CONFLICT where its owner alone can resume it
 */
export async function resumeEndpoint(tasks: TaskContext, id: string, access: Access): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const row = await lockEndpoint(tx, id, access);
    const isOnOwnRights = row.state_reason === 'REVOKED' || row.state_reason === 'RIGHTS_EXPIRED';
    if (isOnOwnRights && !isOwn(access, row)) throw new GatehouseError('CONFLICT', 'The rights of its owner have ended. Its owner alone can resume it, with a token of now.', { field: 'id' });
    await tx.updateTable('webhook_endpoint').set({ ...confirmedRights(access, row), state: 'ACTIVE', state_reason: null, not_before: null, failures: 0, failing_since: null, alerted_at: null, updated_at: instant(Date.now()) }).where('id', '=', id).execute();
    await tx.updateTable('webhook_delivery').set({ next_at: sql<string>`least(next_at, clock_timestamp())` }).where('endpoint', '=', id).where('state', '=', 'WAITING').execute();
    await audited(tx, access, id, 'resumed', {});
    await resolveFailing(tx, row, 'It was resumed.');
    await wakeSenders(tx);
  });
}

/** @throws GatehouseError NOT_FOUND */
export async function removeEndpoint(tasks: TaskContext, id: string, access: Access): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const row = await lockEndpoint(tx, id, access);
    await tx.deleteFrom('webhook_endpoint').where('id', '=', id).execute();
    await audited(tx, access, id, 'removed', { owner: row.owner });
    await resolveFailing(tx, row, 'It was removed.');
  });
}

/**
 * Gives it a new secret, shown this once. For a day both sign; where the old one is known to somebody else, the new one alone.
 * @throws GatehouseError NOT_FOUND
 */
export async function rotateSecret(tasks: TaskContext, id: string, access: Access, { atOnce }: { atOnce: boolean }): Promise<string> {
  const secret = newSecret();
  await tasks.database.transaction(async (tx) => {
    refuseOfEnvironment(await lockEndpoint(tx, id, access));
    const end = instant(Date.now() + (atOnce ? 0 : secretOverlapMs));
    await tx.updateTable('webhook_secret').set({ expires_at: end }).where('endpoint', '=', id).where((w) => w.or([w('expires_at', 'is', null), w('expires_at', '>', end)])).execute();
    await insertSecret(tasks, tx, id, secret);
    await audited(tx, access, id, 'rotated', { atOnce });
  });
  return secret;
}

/** Sends it an event that says so. @returns the event's id. @throws GatehouseError NOT_FOUND, CONFLICT */
export async function testEndpoint(tasks: TaskContext, id: string, access: Access): Promise<string> {
  return tasks.database.transaction(async (tx) => {
    const row = await lockEndpoint(tx, id, access);
    if (row.state !== 'ACTIVE' || row.kind !== 'HTTP') throw new GatehouseError('CONFLICT', 'A test is sent to an endpoint that is active. Resume it first.', { field: 'id' });
    const event = await addNote(tx, id, 'test', { message: 'This is a test.', endpoint: id });
    await audited(tx, access, id, 'tested', { event });
    await wakeSenders(tx);
    return event;
  });
}

/**
 * Sends a part of the feed again, under the ids that its events had, as its owner sees it when it is sent; or all that
 * was given up.
 * @returns how many of those given up are tried again; null where a range is
 * @throws GatehouseError NOT_FOUND, BAD_INPUT, CONFLICT, CURSOR_EXPIRED
 */
export async function replayEndpoint(tasks: TaskContext, id: string, range: WebhookRange, access: Access): Promise<number | null> {
  const places = range.failed === true ? null : await placesOf(tasks, range);
  return tasks.database.transaction(async (tx) => {
    await lockEndpoint(tx, id, access);
    const count = places === null ? await retryGivenUp(tx, id) : null;
    if (places !== null) {
      const open = await tx.selectFrom('webhook_replay').select('id').where('endpoint', '=', id).where('finished_at', 'is', null).execute();
      if (open.length >= maxReplays) throw new GatehouseError('CONFLICT', `${maxReplays} replays of it are under way. Wait until one is done.`, { field: 'id' });
      const { from, to } = places;
      await tx.insertInto('webhook_replay').values({ id: uuidv7(), endpoint: id, position: from.position, ordinal: from.ordinal, end_position: to.position, end_ordinal: to.ordinal, requested_by: access.actor.subject, finished_at: null }).execute();
    }
    await audited(tx, access, id, 'replayed', places === null ? { failed: true, count } : { from: places.from.position, to: places.to.position });
    await wakeSenders(tx);
    return count;
  });
}

async function retryGivenUp(tx: Transaction, id: string): Promise<number> {
  const rows = await tx.updateTable('webhook_delivery').set({ state: 'WAITING', attempts: 0, next_at: sql<string>`clock_timestamp()`, finished_at: null }).where('endpoint', '=', id).where('state', '=', 'GIVEN_UP').returning('sequence').execute();
  return rows.length;
}

async function insertSecret(tasks: TaskContext, db: Queryable, endpoint: string, secret: string): Promise<void> {
  await db.insertInto('webhook_secret').values({ id: uuidv7(), endpoint, ciphertext: tasks.secrets.seal(secret, secretPurpose(endpoint)), expires_at: null }).execute();
}

async function audited(tx: Transaction, { actor }: Access, id: string, verb: string, payload: { [name: string]: Json }): Promise<void> {
  await recordAudit(tx, [{ actor, action: `webhook.${verb}`, target: { kind: 'webhook', id }, payload }]);
}
