import { randomInt } from 'node:crypto';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms } from '../../support/postgres-cluster.js';
import { Carrier, pause } from './carrier.js';
import { feed, feedCounter, query, timelines } from './graph.js';
import { Subscriber } from './subscriber.js';
import { connectionId, embeddedTarget, inboxRows, postgresTarget, type Target } from './target.js';

const kills = 20;
/** Load before each kill, ms: long enough for work to be under way in every stage. */
const loadMs = { least: 200, most: 1800 };
const settleTimeoutMs = 180_000;

/** Kills the product and its database under load, and compares what was acknowledged with what is there. */
export async function chaosIngest(): Promise<Measurement[]> {
  const results = await onTarget(await embeddedTarget());
  const programs = postgresPrograms();
  if (programs === null) {
    progress('No PostgreSQL is installed here: only the embedded database was tried. (Debian: apt-get install postgresql)');
    return results;
  }
  return [...results, ...(await onTarget(await postgresTarget(programs)))];
}

async function onTarget(target: Target): Promise<Measurement[]> {
  try {
    return await run(target);
  } finally {
    await target.remove();
  }
}

async function run(target: Target): Promise<Measurement[]> {
  const { latestCursor } = await query<{ latestCursor: string }>(target.url, target.token, '{ latestCursor }');
  const subscriber = new Subscriber(`${target.url.replace('http', 'ws')}/graphql`, target.token, latestCursor);
  const carrier = new Carrier(`${target.url}/ingest/${connectionId}`, target.secret);
  subscriber.start();
  carrier.start();
  for (let kill = 0; kill < kills; kill++) {
    await underLoad(carrier);
    const victim = target.victims[kill % target.victims.length]!;
    const startMs = performance.now();
    await victim.kill();
    progress(`${target.name}: kill ${kill + 1} of ${kills} (${victim.name}), back after ${Math.round(performance.now() - startMs)} ms; ${carrier.record.acknowledged.size} acknowledged, ${carrier.record.retries} tried again, ${subscriber.received.size} at the subscriber`);
  }
  await underLoad(carrier);
  await carrier.stop();
  const settledAfter = await settled(target, carrier.record.milestones.size);

  const events = await feed(target.url, target.token);
  const shown = await timelines(target.url, target.token);
  await subscriberHas(subscriber, events.length);
  await subscriber.stop();
  const inbox = await target.inspect(inboxRows);
  return compare(target.name, { carrier, subscriber, settledAfter, events, shown, inbox });
}

/**
 * Waits until the graph shows as much as is expected, and a while longer whether it shows more.
 * @returns seconds until as much was there; null where that did not come to be in time
 */
async function settled(target: Target, expected: number): Promise<number | null> {
  const startMs = Date.now();
  const count = feedCounter(target.url, target.token);
  for (let last = -1, lastMs = startMs, toldMs = 0; ; await pause(100)) {
    const now = await count();
    if (now !== last) [last, lastMs] = [now, Date.now()];
    if (Date.now() - toldMs > 3000) {
      progress(`${target.name}: ${now} of ${expected} milestones projected`);
      toldMs = Date.now();
    }
    if (now >= expected && Date.now() - lastMs >= 3000) return (lastMs - startMs) / 1000;
    if (Date.now() - startMs > settleTimeoutMs) return null;
  }
}

/** Lets the load run for a while: until some more is acknowledged, then for a random time. */
async function underLoad(carrier: Carrier): Promise<void> {
  const before = carrier.record.acknowledged.size;
  for (let waited = 0; carrier.record.acknowledged.size < before + 5 && waited < 15_000; waited += 20) await pause(20);
  await pause(randomInt(loadMs.least, loadMs.most));
}

async function subscriberHas(subscriber: Subscriber, count: number): Promise<void> {
  for (let waited = 0; subscriber.received.size < count && waited < 20_000; waited += 100) await pause(100);
}

interface Outcome {
  carrier: Carrier;
  subscriber: Subscriber;
  settledAfter: number | null;
  events: Array<{ id: string; name: string }>;
  shown: Array<{ id: string; name: string }>;
  inbox: Array<{ id: string; state: string }>;
}

function compare(target: string, { carrier, subscriber, settledAfter, events, shown, inbox }: Outcome): Measurement[] {
  const { acknowledged, milestones, forgotten, retries } = carrier.record;
  const stored = new Set(inbox.map((row) => row.id));
  const undecoded = inbox.filter((row) => row.state !== 'DECODED').length;
  const shownNames = counts(shown.map((each) => each.name));
  const eventNames = counts(events.map((each) => each.name));
  const eventIds = counts(events.map((each) => each.id));
  const missing = (names: ReadonlyMap<string, number>) => [...milestones].filter((name) => !names.has(name)).length;
  const extra = (names: ReadonlyMap<string, number>) => [...names].reduce((sum, [name, count]) => sum + count - (milestones.has(name) ? 1 : 0), 0);
  const zero = (name: string, value: number, unit: string): Measurement => ({ name: `${target}: ${name}`, value, unit, aim: '0', ok: value === 0 });
  const told = (name: string, value: number, unit: string): Measurement => ({ name: `${target}: ${name}`, value, unit, aim: null, ok: true });
  return [
    told('kills', kills, 'kills'),
    told('acknowledged', acknowledged.size, 'messages'),
    told('sent again until acknowledged', retries, 'times'),
    told('stored', inbox.length, 'messages'),
    zero('acknowledged and not stored', [...acknowledged.keys()].filter((id) => !stored.has(id)).length, 'messages'),
    zero('acknowledged and later taken for new', forgotten, 'messages'),
    zero('stored and not decoded', undecoded, 'messages'),
    told('projected', shown.length, 'milestones'),
    ...(settledAfter === null ? [] : [told('all projected after the end of the load', settledAfter, 's')]),
    zero('lost from the timelines', missing(shownNames), 'milestones'),
    zero('repeated in the timelines', extra(shownNames), 'milestones'),
    zero('lost from events', missing(eventNames), 'milestones'),
    zero('repeated in events', Math.max(extra(eventNames), events.length - eventIds.size), 'milestones'),
    told('subscriber reconnected', subscriber.reconnects, 'times'),
    zero('missed by the subscriber', [...eventIds.keys()].filter((id) => !subscriber.received.has(id)).length, 'milestones'),
    zero('repeated to the subscriber', [...subscriber.received.values()].reduce((sum, count) => sum + count - 1, 0), 'milestones'),
  ];
}

function counts(names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}
