import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { grantOf } from '../../auth/grant.js';
import { tokenNames } from '../../auth/installation.js';
import { principalOf, type Principal } from '../../auth/principal.js';
import { roles } from '../../auth/scopes.js';
import { isUuid, uuidFromGlobalId } from '../../lib/ids.js';
import { GatehouseError } from '../../lib/errors.js';
import { commandLine } from '../../jobs/tasks/webhooks/access.js';
import { addEndpoint, pauseEndpoint, removeEndpoint, replayEndpoint, resumeEndpoint, rotateSecret, testEndpoint } from '../../jobs/tasks/webhooks/desk.js';
import { listDeliveries, listEndpoints } from '../../jobs/tasks/webhooks/views.js';
import type { WebhookDeliveryView, WebhookView } from '../../model/webhook.js';
import type { DataCommand } from './command.js';
import { readOptions } from './options.js';
import { parseTime, shortTime } from './times.js';
import { grantOptionsOf, grantShape } from './token.js';

const id = z.string().transform((text, context) => {
  const uuid = isUuid(text) ? text : uuidFromGlobalId('WebhookEndpoint', text);
  if (uuid === null) context.addIssue('This is no id of an endpoint. List them with: gatehouse webhook list');
  return uuid ?? '';
});
const target = (given: Record<string, unknown>) => ({ kind: 'webhook', id: String(given.id ?? 'new') });
/** How long the outcome of a test is waited for, ms. */
const testMs = 30_000;

const addSchema = z.object({
  ...grantShape, role: z.enum(roles).optional(), url: z.string(), description: z.string().default(''), token: z.string().optional(), topic: z.array(z.string()).default(['MILESTONES']),
  code: z.array(z.string()).optional(), after: z.string().optional(), concurrency: z.coerce.number().optional(), perMinute: z.coerce.number().optional(),
});

export const webhookAdd: DataCommand = {
  name: 'webhook add',
  fourEyes: 'connections',
  audit: (given) => ({ action: 'webhook.add-asked', target: target(given), payload: { host: URL.parse(String(given.url))?.host ?? '', role: String(given.role ?? 'token'), subject: String(given.subject ?? '') } }),
  async *run(services, given, by) {
    const options = readOptions(addSchema, given);
    const { secret, id: made } = await addEndpoint(services.tasks, {
      url: options.url, description: options.description, topics: options.topic.map((each) => each.toUpperCase()), filter: options.code === undefined ? {} : { codes: options.code },
      after: options.after ?? null, concurrency: options.concurrency ?? null, perMinute: options.perMinute ?? null,
    }, await ownerOf(services, options), commandLine(by), { secureOnly: services.config.production });
    yield `Endpoint ${made} is told of events from now on. Try it with: gatehouse webhook test ${made}`;
    yield `Its secret, shown this once: ${secret}`;
  },
};

/** Whose rights it gets: those of a token, or those that are named, as for `token create`. */
async function ownerOf(services: Parameters<DataCommand['run']>[0], { role, token, ...rest }: z.output<typeof addSchema>): Promise<Principal> {
  if (token !== undefined) return services.tokens.authenticate(`Bearer ${token}`);
  if (rest.certificate !== undefined) throw new GatehouseError('BAD_INPUT', 'An endpoint is bound to no certificate: nobody shows one when events are sent. Leave --certificate out.', { field: 'certificate' });
  if (role === undefined || rest.subject === undefined) throw new GatehouseError('BAD_INPUT', 'Say under whose rights: --token, or --subject and --role with what it names, as for gatehouse token create.');
  const { scopes, ...lists } = grantOf(await grantOptionsOf(services.database, { ...rest, role }));
  // As if it had a token of ours: whoever gets one of this subject and role manages it.
  const { issuer } = await tokenNames(services.database, services.config.environment);
  const registered = { id: null, issuer, issuedMs: Date.now(), family: null, connection: null };
  return principalOf({ ...lists, ...(scopes === undefined ? {} : { scopes }), subject: rest.subject, role, expiresMs: Date.now(), demonstration: false, token: registered });
}

export const webhookList: DataCommand = {
  name: 'webhook list',
  async *run({ tasks }, _given, by) {
    const endpoints = await listEndpoints(tasks, commandLine(by), { limit: 1000 });
    if (endpoints.length === 0) yield 'No endpoint is told of events yet. Add one with: gatehouse webhook add --url https://... --subject acme --role partner --carrier ACME';
    for (const { id: endpoint, state, stateReason, owner, url, health } of endpoints) {
      yield `${endpoint}  ${`${state}${stateReason === null ? '' : ` ${stateReason}`}`.padEnd(16)}  ${owner.padEnd(20)}  ${url}  ${shareOf(health)}, ${health.waiting} waiting${health.oldestWaitingSeconds === null ? '' : `, oldest ${Math.round(health.oldestWaitingSeconds)} s`}${health.givenUp === 0 ? '' : `, ${health.givenUp} given up`}`;
    }
  },
};

const showSchema = z.object({ id, limit: z.coerce.number().int().min(1).max(1000).default(20) });

export const webhookShow: DataCommand = {
  name: 'webhook show',
  audit: (given) => ({ action: 'webhook.shown', target: target(given) }),
  async *run({ tasks }, given, by) {
    const options = readOptions(showSchema, given);
    const [endpoint] = await listEndpoints(tasks, commandLine(by), { limit: 1, ids: [options.id] });
    if (endpoint === undefined) throw new GatehouseError('NOT_FOUND', `There is no endpoint ${options.id}. List them with: gatehouse webhook list`);
    yield* linesOf(endpoint);
    for (const delivery of await listDeliveries(tasks, options.id, { limit: options.limit })) yield* deliveryLines(delivery);
  },
};

function* linesOf({ url, state, stateReason, owner, ownerRole, topics, filter, cursor, rightsUntil, gap, secrets, health }: WebhookView): Iterable<string> {
  yield `${url}: ${state}${stateReason === null ? '' : ` (${stateReason})`}`;
  yield `owner        ${owner} (${ownerRole}), rights to be confirmed before ${shortTime(rightsUntil)}`;
  yield `told of      ${topics.join(', ')}${Object.keys(filter).length === 0 ? '' : `, ${JSON.stringify(filter)}`}, up to cursor ${cursor}`;
  yield `health       ${shareOf(health)}; ${health.waiting} waiting${health.oldestWaitingSeconds === null ? '' : `, oldest ${Math.round(health.oldestWaitingSeconds)} s`}; ${health.givenUp} given up`;
  if (health.failingSince !== null) yield `failing      since ${shortTime(health.failingSince)}, ${health.failuresInARow} times in a row`;
  if (health.notBefore !== null && health.notBefore > new Date().toISOString()) yield `let alone    until ${shortTime(health.notBefore)}`;
  if (health.lastError !== null) yield `last error   ${shortTime(health.lastFailureAt!)}: ${health.lastError}`;
  if (gap !== null) yield `gap          events between ${gap.from} and ${gap.to} were no longer kept (${shortTime(gap.at)})`;
  for (const { createdAt, expiresAt } of secrets) yield `secret       of ${shortTime(createdAt)}${expiresAt === null ? '' : `, signs until ${shortTime(expiresAt)}`}`;
}

function* deliveryLines({ eventId, type, state, createdAt, nextAt, attempts }: WebhookDeliveryView): Iterable<string> {
  yield `  ${shortTime(createdAt)}  ${state.padEnd(9)}  ${type.padEnd(36)}  ${eventId}${nextAt === null ? '' : `  next ${shortTime(nextAt)}`}`;
  for (const { number, startedAt, outcome, status, milliseconds, error } of attempts) yield `    ${String(number).padStart(3)}  ${shortTime(startedAt)}  ${outcome}${status === null ? '' : ` ${status}`}${milliseconds === null ? '' : ` in ${milliseconds} ms`}${error === null ? '' : `: ${error}`}`;
}

const idSchema = z.object({ id });

export const webhookPause: DataCommand = {
  name: 'webhook pause',
  async *run({ tasks }, given, by) {
    await pauseEndpoint(tasks, readOptions(idSchema, given).id, commandLine(by));
    yield `Paused. What comes meanwhile is kept for ${tasks.feedDays} days; what is older when it is resumed is told of as a gap.`;
  },
};

export const webhookResume: DataCommand = {
  name: 'webhook resume',
  async *run({ tasks }, given, by) {
    await resumeEndpoint(tasks, readOptions(idSchema, given).id, commandLine(by));
    yield 'Resumed: it goes on where it stopped.';
  },
};

export const webhookRemove: DataCommand = {
  name: 'webhook remove',
  async *run({ tasks }, given, by) {
    await removeEndpoint(tasks, readOptions(idSchema, given).id, commandLine(by));
    yield 'Removed, with what waited for it.';
  },
};

const rotateSchema = z.object({ id, atOnce: z.boolean().default(false) });

export const webhookRotate: DataCommand = {
  name: 'webhook rotate',
  fourEyes: 'connections',
  audit: (given) => ({ action: 'webhook.rotate-asked', target: target(given), payload: { atOnce: given.atOnce === true } }),
  async *run({ tasks }, given, by) {
    const { id: endpoint, atOnce } = readOptions(rotateSchema, given);
    const secret = await rotateSecret(tasks, endpoint, commandLine(by), { atOnce });
    yield atOnce ? 'The new secret alone signs from now on.' : 'For 24 hours every event is signed by both secrets.';
    yield `Its secret, shown this once: ${secret}`;
  },
};

export const webhookTest: DataCommand = {
  name: 'webhook test',
  async *run({ tasks }, given, by) {
    const { id: endpoint } = readOptions(idSchema, given);
    const event = await testEndpoint(tasks, endpoint, commandLine(by));
    const [{ health } = { health: null }] = await listEndpoints(tasks, commandLine(by), { limit: 1, ids: [endpoint] });
    if (health?.notBefore != null && Date.parse(health.notBefore) > Date.now() + testMs) return void (yield `Not sent yet: the endpoint waits after failures until ${shortTime(health.notBefore)}, then the test is sent with what else waits. See: gatehouse webhook show ${endpoint}`);
    for (const endMs = Date.now() + testMs; Date.now() < endMs; await sleep(200)) {
      const delivery = (await listDeliveries(tasks, endpoint, { limit: 50 })).find(({ eventId }) => eventId === event);
      if (delivery === undefined || delivery.attempts.length === 0) continue;
      yield* deliveryLines(delivery);
      if (delivery.state === 'DELIVERED') return void (yield 'It arrived.');
      throw new GatehouseError('UNAVAILABLE', `It did not arrive: ${delivery.attempts.at(-1)!.error ?? ''} ${delivery.attempts.at(-1)!.answer ?? ''}`.trim());
    }
    yield `It was not sent within ${testMs / 1000} s: a server or worker must run. See: gatehouse webhook show ${endpoint}`;
  },
};

const replaySchema = z.object({ id, fromCursor: z.string().optional(), toCursor: z.string().optional(), from: z.string().optional(), to: z.string().optional(), failed: z.boolean().default(false) });

export const webhookReplay: DataCommand = {
  name: 'webhook replay',
  async *run({ tasks }, given, by) {
    const { id: endpoint, from, to, ...range } = readOptions(replaySchema, given);
    const count = await replayEndpoint(tasks, endpoint, { ...range, from: parseTime(from, '--from'), to: parseTime(to, '--to') }, commandLine(by));
    yield count === null ? 'The events of this range are sent again, under the ids that they had.' : `${count} that were given up are tried again.`;
  },
};

export const webhookCommands: readonly DataCommand[] = [webhookAdd, webhookList, webhookShow, webhookPause, webhookResume, webhookReplay, webhookRotate, webhookRemove, webhookTest];

function shareOf({ attempts, successShare }: WebhookView['health']): string {
  return successShare === null ? 'nothing sent in 24 h' : `${Math.floor(successShare * 1000) / 10} % of ${attempts} arrived in 24 h`;
}
