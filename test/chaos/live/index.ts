import { sql } from 'kysely';
import type { Services } from '../../../src/main.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms } from '../../support/postgres-cluster.js';
import { query } from '../ingest/graph.js';
import { askedOf } from './asked.js';
import { Carrier } from './carrier.js';
import { faults, missing } from './compare.js';
import { openSocketLink, openStreamLink, type OpenLink } from './links.js';
import { expectedOf, readDone, type Expected } from './oracle.js';
import { knownDeliveries, Office, parcels } from './parcels.js';
import { pause } from './pause.js';
import { Records } from './records.js';
import { Revoker } from './revoker.js';
import { Sender } from './sender.js';
import { Subscriber } from './subscriber.js';
import { openTarget, type LiveTarget } from './target.js';
import { Watermark } from './watermark.js';

const perSecond = 300;
/** Of instances, and as many of PostgreSQL. */
const kills = 10;
/** Between one disruption and the next, ms. */
const betweenMs = { least: 2500, most: 5500 };
const settleMs = 120_000;

/**
 * Kills servers, worker and PostgreSQL under subscribers that resume, while rights change, tokens end and clients
 * move, and compares what each received with what it may see.
 */
export async function chaosLive(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error('This needs PostgreSQL on this machine. (Debian: apt-get install postgresql)');
  const target = await openTarget(programs, prepare);
  try {
    return await run(target);
  } finally {
    await target.remove();
  }
}

/** Connections, and the deliveries that Odoo knows from the start. */
async function prepare({ connections, inbox }: Services, webhookSecret: string): Promise<void> {
  const secrets = { webhookSecret };
  for (const [id, connector, company] of [['ep', 'easypost', 'main'], ['north', 'easypost', 'north'], ['erp', 'odoo', 'main'], ['tms', 'otm', 'main'], ['dock', 'opendock', 'main']] as const) await connections.add({ id, connector, company, settings: {}, secrets });
  const known = knownDeliveries();
  for (let start = 0; start < known.length; start += 250) {
    const body = Buffer.from(JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-08-01T00:00:00Z', events: known.slice(start, start + 250) }));
    await inbox.receive({ connection: 'erp', dedupeKey: `deliveries ${start}`, headers: {}, body, receivedMs: Date.now() });
  }
}

async function run(target: LiveTarget): Promise<Measurement[]> {
  await quiet(target);
  const { asked, token } = await target.services(async (services) => ({ asked: await askedOf(services), token: await services.tokens.create({ role: 'operator', ttl: 3600 }) }));
  const { latestCursor } = await query<{ latestCursor: string }>(target.urls[0]!, token, '{ latestCursor }');
  const start = Number(Buffer.from(latestCursor, 'base64url').toString().split('.')[1]);
  const subscribers = asked.map((each, index) => new Subscriber(target.urls, index, latestCursor, each));
  const watermark = new Watermark(target.database);
  const sender = new Sender(target.urls, target.secret);
  const office = new Office(sender);
  const carrier = new Carrier(sender, parcels, (serial) => office.hearOf(serial));
  const records = new Records(sender);
  const revoker = new Revoker(target.urls, subscribers.filter(({ subscription }) => subscription.kind === 'customer, tokens revoked'));
  for (const subscriber of subscribers) subscriber.start();
  await pause(2000);
  const startMs = performance.now();
  const working = [carrier.run(perSecond), records.run(), revoker.run()];
  await disrupt(target, { carrier, sender, subscribers });
  carrier.stop();
  const seconds = (performance.now() - startMs) / 1000;
  await working[0];
  await office.settled();
  records.stop();
  revoker.stop();
  await Promise.all(working);
  progress(`${carrier.milestones} milestones acknowledged in ${Math.round(seconds)} s; waiting until all are seen`);
  await quiet(target);
  const done = await target.services((services) => readDone(services, start, { carrier, records, watermark }));
  const expected = asked.map((each) => expectedOf(each, done));
  const settledIn = await settled(subscribers, expected);
  await pause(2000); // what comes too much comes now
  await Promise.all([...subscribers.map((subscriber) => subscriber.stop()), watermark.stop()]);
  return [...figures(subscribers, { carrier, sender, office, records, revoker, seconds, settledIn }), ...faults(subscribers, expected), zero('let in with a token that was revoked', revoker.letIn, 'times')];
}

/** @throws Error where a message was refused for good */
async function disrupt(target: LiveTarget, { carrier, sender, subscribers }: { carrier: Carrier; sender: Sender; subscribers: readonly Subscriber[] }): Promise<void> {
  for (let count = 0; count < 2 * kills; count++) {
    await pause(betweenMs.least + Math.random() * (betweenMs.most - betweenMs.least));
    const victim = count % 2 === 1 ? target.postgres : target.instances[(count / 2) % target.instances.length]!;
    const startMs = performance.now();
    await victim.kill();
    if (sender.failure !== undefined) throw sender.failure;
    progress(`kill ${count + 1} of ${2 * kills} (${victim.name}), back after ${Math.round(performance.now() - startMs)} ms; ${carrier.milestones} milestones acknowledged, ${received(subscribers)} events received`);
  }
  await pause(betweenMs.most);
}

const received = (subscribers: readonly Subscriber[]) => subscribers.reduce((sum, subscriber) => sum + subscriber.received.length, 0);

/** Waits until everything that was received is decoded and projected, and what follows from it. */
async function quiet(target: LiveTarget): Promise<void> {
  await target.services(async ({ database }) => {
    for (let still = 0, waited = 0, before = -1; still < 10; waited += 200) {
      const { rows } = await sql<{ open: number; head: number }>`
        select (select count(*) from inbox where state = 'RECEIVED') + (select position from log_head) - coalesce((select position from projection where name = 'main'), 0) as open, (select position from log_head) as head
      `.execute(database.kysely);
      const head = Number(rows[0]!.head);
      still = Number(rows[0]!.open) === 0 && head === before ? still + 1 : 0;
      before = head;
      if (waited > settleMs) throw new Error(`${rows[0]!.open} messages and events were still not projected after ${settleMs / 1000} s.`);
      await pause(200);
    }
  });
}

async function settled(subscribers: readonly Subscriber[], expected: readonly Expected[]): Promise<number | null> {
  const startMs = performance.now();
  while (performance.now() - startMs < settleMs) {
    if (subscribers.every((subscriber, index) => missing(subscriber, expected[index]!).length === 0)) return (performance.now() - startMs) / 1000;
    await pause(500);
  }
  for (const [index, subscriber] of subscribers.entries()) {
    const names = missing(subscriber, expected[index]!);
    if (names.length > 0) progress(`${subscriber.subscription.kind} (${index}) misses ${names.length}: ${names.slice(0, 3).join(', ')}`);
  }
  return null;
}

const wayOf = (open: OpenLink) => (open === openSocketLink ? 'WebSockets' : open === openStreamLink ? 'event streams' : 'pages');

const zero = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: '0', ok: value === 0 });

function figures(subscribers: readonly Subscriber[], { carrier, sender, office, records, revoker, seconds, settledIn }: { carrier: Carrier; sender: Sender; office: Office; records: Records; revoker: Revoker; seconds: number; settledIn: number | null }): Measurement[] {
  const sum = (of: (subscriber: Subscriber) => number) => subscribers.reduce((total, subscriber) => total + of(subscriber), 0);
  const told = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: null, ok: true });
  const refusals = new Map<string, number>();
  for (const { refusals: own, subscription: { open } } of subscribers) {
    for (const [code, count] of own) refusals.set(`${wayOf(open)} ended by ${code}`, (refusals.get(`${wayOf(open)} ended by ${code}`) ?? 0) + count);
  }
  const topics = Map.groupBy(subscribers, ({ subscription }) => subscription.topic.name);
  return [
    told('subscribers', subscribers.length, 'clients'),
    told('milestones acknowledged', carrier.milestones, 'milestones'),
    { name: 'rate', value: carrier.milestones / seconds, unit: 'milestones/s', aim: String(perSecond), ok: carrier.milestones / seconds >= 0.9 * perSecond },
    told('changes of loads, yard and stock', [...records.versions.values()].reduce((total, version) => total + version, 0), 'changes'),
    told('parcels that a customer gained', office.gained, 'times'),
    told('parcels that a customer lost', office.lost, 'times'),
    told('tokens revoked', revoker.revoked, 'times'),
    told('refused with a revoked token', revoker.refused, 'times'),
    told('tokens refreshed on an open socket', sum(({ refreshes }) => refreshes), 'times'),
    told('messages sent again until acknowledged', sender.retries, 'times'),
    told('instances killed', kills, 'times'),
    told('PostgreSQL killed', kills, 'times'),
    told('connections opened', sum(({ connections }) => connections), 'times'),
    ...[...topics].map(([topic, of]) => told(`events received of ${topic}`, received(of), 'events')),
    ...(settledIn === null ? [] : [told('all received after the end of the load', settledIn, 's')]),
    ...[...refusals].sort().map(([what, count]) => told(what, count, 'times')),
  ];
}
