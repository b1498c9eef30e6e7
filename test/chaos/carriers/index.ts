import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import { acceptCommands } from '../../../src/events/commands.js';
import { redriveCommands } from '../../../src/jobs/tasks/outbound/leave.js';
import { changePolicy } from '../../../src/jobs/tasks/outbound/partners.js';
import { uuidOfName, uuidv7 } from '../../../src/lib/ids.js';
import type { Json } from '../../../src/lib/json.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { bookingInput } from '../../support/parcel-sandbox.js';
import { postgresPrograms } from '../../support/postgres-cluster.js';
import { pause } from '../live/pause.js';
import { startCarrier, type CarrierProcess } from './carrier-process.js';
import { startTarget, type Target } from './target.js';

/** Id of the connector whose simulated carrier is tried: one of test/support/carriers. */
const connector = process.env['CHAOS_CONNECTOR'] ?? 'easypost';
/** JSON of settings of the connection beside those of the simulated carrier. */
const settings = JSON.parse(process.env['CHAOS_SETTINGS'] ?? '{}') as Record<string, Json>;
const bookings = Number(process.env['CHAOS_BOOKINGS'] ?? 5_000);
const kills = 8;
/** Bookings at the quiet partner in each turn; turns with the burst held back and turns with it follow one another. With CHAOS_TURNS=0 it is not measured. */
const quietBookings = 30;
const turns = Number(process.env['CHAOS_TURNS'] ?? 6);
/** The burst is held back, or goes on, for so long before a turn is measured, ms: until its worker has read its policy and what was under way has ended. */
const turnMs = 5_000;
const quietPauseMs = 100;
const settleTimeoutMs = 1_200_000;

/** Calls at the carrier of the burst. */
const perMinute = 6_000;

const [burst, quiet] = ['burst', 'quiet'] as const;
/** Of the package in each booking. */
const packageId = bookingInput().packages[0]!.id;
const actor = { subject: 'chaos', role: 'system' };

/** What a bad day of a carrier is: shares of its requests. */
const faults = { rateLimited: 0.01, retryAfterSeconds: 1, unavailable: 0.04, timeout: 0.005, late: 0.01, lateMs: 3_500, answerLost: 0.04, answeredTwice: 0.04, slowMs: 20 };

/**
 * A burst of bookings at a carrier that fails in every way it can, while workers are killed: what was bought
 * there is compared with what was asked for. A second partner is as quick as without the burst.
 */
export async function chaosCarriers(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) {
    progress('No PostgreSQL is installed here: nothing was tried. (Debian: apt-get install postgresql)');
    return [];
  }
  const [bad, good] = [await startCarrier(connector, 1), await startCarrier(connector, 3)];
  const target = await startTarget(programs);
  try {
    return await run(target, bad, good);
  } finally {
    await target.remove();
    await Promise.all([bad.stop(), good.stop()]);
  }
}

async function run(target: Target, bad: CarrierProcess, good: CarrierProcess): Promise<Measurement[]> {
  const { services } = target;
  for (const [id, carrier] of [[burst, bad], [quiet, good]] as const) await services.connections.add({ id, connector, company: 'main', ...carrier.connection, settings: { ...carrier.connection.settings, ...settings } });
  await changePolicy(services.tasks, burst, { timeoutMs: 3_000, concurrency: 16, perMinute }, actor, '*');
  for (const carrier of [bad, good]) await carrier.change({ untracked: true });
  await bookQuietly(services, 20, 'warm', { begun: [], accepted: [] });

  await bad.change(faults);
  const startMs = Date.now();
  const accepted = await acceptBurst(services);
  progress(`${accepted.length} bookings accepted after ${Date.now() - startMs} ms`);
  const { before, during } = await compareQuiet(services);
  const left = await waiting(services);
  if (turns > 0) progress(`quiet partner: begun after ${median(before.begun).toFixed(1)} ms in the middle without the burst, after ${median(during.begun).toFixed(1)} ms with it; ${left} of the burst left then`);

  const killed = await killWorkers(target, bad);
  await settled(services);
  const given = await endedStates(services);
  const dead = given['DEAD'] ?? 0;
  await bad.change({ rateLimited: 0, unavailable: 0, timeout: 0, late: 0, answerLost: 0, answeredTwice: 0 });
  if (dead > 0) {
    progress(`${dead} were given up: they are sent on their way again`);
    await redriveCommands(services.tasks, { connection: burst }, 6_000, actor, '*');
    await settled(services);
  }
  const seconds = (Date.now() - startMs) / 1000;
  await decoded(services);
  return compare(services, { bad, accepted, before, during, left, killed, seconds, dead });
}

/** In turns, as whoever else uses this machine comes and goes: the burst is held back by its partner's rate. */
async function compareQuiet(services: Target['services']): Promise<{ before: Quiet; during: Quiet }> {
  const [before, during]: [Quiet, Quiet] = [{ begun: [], accepted: [] }, { begun: [], accepted: [] }];
  for (let turn = 0; turn < 2 * turns; turn++) {
    const isHeld = turn % 2 === 0;
    await changePolicy(services.tasks, burst, { perMinute: isHeld ? 1 : perMinute }, actor, '*');
    await pause(turnMs);
    const left = await waiting(services);
    await bookQuietly(services, quietBookings, `turn-${turn}`, isHeld ? before : during);
    if (!isHeld) progress(`turn ${turn + 1} of ${2 * turns}: ${left - (await waiting(services))} bookings of the burst done beside it`);
  }
  return { before, during };
}

/** Milliseconds, each in ascending order. */
interface Quiet {
  /** From acceptance to the first attempt. */
  begun: number[];
  /** Of these, the accepting transaction alone: what the database takes under the same load. */
  accepted: number[];
}

/** Books at the quiet partner, one after the other. */
async function bookQuietly(services: Target['services'], count: number, name: string, into: Quiet): Promise<void> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const startMs = performance.now();
    ids.push(...(await accept(services, quiet, [`${name}-${i}`])));
    into.accepted.push(performance.now() - startMs);
    await pause(quietPauseMs);
  }
  const read = () => sql<{ ms: number }>`
    select extract(epoch from a.started_at - c.created_at)::float8 * 1000 as ms from command c join command_attempt a on a.command_id = c.id and a.number = 1 where c.id = any(${ids}::uuid[])`.execute(services.database.kysely);
  for (;;) {
    const { rows } = await read();
    if (rows.length === count) {
      into.begun.push(...rows.map((row) => row.ms));
      break;
    }
    await pause(100);
  }
  for (const each of [into.begun, into.accepted]) each.sort((a, b) => a - b);
}

async function accept(services: Target['services'], connection: string, keys: readonly string[]): Promise<string[]> {
  const commands = keys.map((key) => ({
    kind: 'shipment.book' as const, input: bookingInput({ references: [{ kind: 'odoo.delivery', issuer: 'erp', value: `${connection}-${key}` }] }), connection, lane: 'DISPATCH' as const, company: 'main',
    requestedBy: 'chaos', idempotencyKey: `${connection}-${key}`, subject: `odoo.delivery:erp:${connection}-${key}`, correlationId: uuidv7(),
  }));
  return (await services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, commands))).map(({ id }) => id);
}

/** A tenth of the requests comes twice, as from a double click. */
async function acceptBurst(services: Target['services']): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < bookings; i += 250) {
    const keys = Array.from({ length: Math.min(250, bookings - i) }, (_, place) => `b${i + place}`);
    ids.push(...(await accept(services, burst, keys)));
    await accept(services, burst, keys.filter((_, place) => place % 10 === 0));
  }
  return ids;
}

/** Kills workers while the rest of the burst is performed, and takes the carrier down for a while in between. */
async function killWorkers(target: Target, bad: CarrierProcess): Promise<{ kills: number; inTheMiddle: number }> {
  let done = 0;
  for (; done < kills && (await waiting(target.services)) > 0; done++) {
    await pause(randomInt(1_500, 4_000));
    if (done === Math.floor(kills / 2)) {
      await bad.change({ unavailable: 1 });
      await pause(8_000);
      await bad.change({ unavailable: faults.unavailable });
    }
    await target.killWorker((done % 2) as 0 | 1);
    progress(`kill ${done + 1} of ${kills}; ${await waiting(target.services)} bookings left, ${(await bad.bought()).length} bought`);
  }
  const { rows } = await sql<{ count: number }>`select count(*) as count from command_attempt where outcome = 'LOST'`.execute(target.services.database.kysely);
  return { kills: done, inTheMiddle: rows[0]!.count };
}

async function waiting({ database }: Target['services']): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from command where connection = ${burst} and state in ('QUEUED', 'WAITING', 'CALLING')`.execute(database.kysely);
  return rows[0]!.count;
}

async function settled(services: Target['services']): Promise<void> {
  const endMs = Date.now() + settleTimeoutMs;
  for (let toldMs = 0; ; await pause(250)) {
    const left = await waiting(services);
    if (left === 0) return;
    if (Date.now() > endMs) throw new Error(`${left} commands had not ended after ${settleTimeoutMs / 1000} s.`);
    if (Date.now() - toldMs > 10_000) {
      progress(`${left} bookings left`);
      toldMs = Date.now();
    }
  }
}

async function endedStates({ database }: Target['services']): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; count: number }>`select state, count(*) as count from command where connection = ${burst} group by 1`.execute(database.kysely);
  return Object.fromEntries(rows.map((row) => [row.state, row.count]));
}

/** Until every answer is read and projected, or nothing moves any more. */
async function decoded({ database }: Target['services']): Promise<void> {
  const endMs = Date.now() + 120_000;
  const count = async () => (await sql<{ count: number }>`select count(*) as count from booking where connection = ${burst}`.execute(database.kysely)).rows[0]!.count;
  while ((await count()) < bookings && Date.now() < endMs) await pause(500);
}

interface Outcome {
  bad: CarrierProcess;
  accepted: string[];
  before: Quiet;
  during: Quiet;
  left: number;
  killed: { kills: number; inTheMiddle: number };
  seconds: number;
  dead: number;
}

async function compare(services: Target['services'], { bad, accepted, before, during, left, killed, seconds, dead }: Outcome): Promise<Measurement[]> {
  // Carriers know a package by our name of it, or by the UUID that stands for the name where theirs are short.
  const commandOf = new Map(accepted.flatMap((id) => [[`${id}/${packageId}`, id], [uuidOfName(`${id}/${packageId}`), id]]));
  const bought = new Map<string, number>();
  for (const { reference, cancelled } of await bad.bought()) {
    // What was voided because its answer was lost costs nothing.
    if (cancelled) continue;
    const id = commandOf.get(reference ?? '') ?? `unknown: ${reference}`;
    bought.set(id, (bought.get(id) ?? 0) + 1);
  }
  const states = await endedStates(services);
  const count = async (text: ReturnType<typeof sql<{ count: number }>>) => (await text.execute(services.database.kysely)).rows[0]!.count;
  const attempts = await sql<{ outcome: string; count: number }>`select coalesce(error_kind, outcome) as outcome, count(*) as count from command_attempt where connection = ${burst} group by 1 order by 1`.execute(services.database.kysely);
  const told = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: null, ok: true });
  const zero = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: '0', ok: value === 0 });
  const ratio = (name: string, pick: (of: number[]) => number, what: keyof Quiet = 'begun'): Measurement => {
    const [beside, alone] = [pick(during[what]), pick(before[what])];
    return { name, value: beside, unit: 'ms', ratio: beside / alone, against: `without the burst (${alone.toFixed(1)} ms)`, aim: 'at most 1.2', ok: beside / alone <= 1.2 };
  };
  return [
    told('accepted', accepted.length, 'bookings'),
    told('workers killed with -9', killed.kills, 'times'),
    told('attempts cut off in the middle', killed.inTheMiddle, 'attempts'),
    ...attempts.rows.map((row) => told(`attempts: ${row.outcome.toLowerCase()}`, row.count, 'attempts')),
    told('given up, and redriven', dead, 'bookings'),
    told('all ended after', seconds, 's'),
    zero('not bought at the carrier', accepted.filter((id) => !bought.has(id)).length, 'bookings'),
    zero('bought more than once', [...bought.values()].filter((times) => times > 1).length, 'bookings'),
    zero('bought without being asked for', [...bought.keys()].filter((id) => !accepted.includes(id)).length, 'bookings'),
    // Of a carrier that gives a label once: booked, and a person is told that its label was lost.
    told('booked without their label', states['PARTIAL'] ?? 0, 'bookings'),
    zero('commands that are neither done nor given up with a reason', bookings - (states['DONE'] ?? 0) - (states['PARTIAL'] ?? 0) - (await count(sql`select count(*) as count from command where connection = ${burst} and state = 'DEAD' and error ->> 'reason' is not null`)), 'commands'),
    zero('done without a label that is kept', (states['DONE'] ?? 0) - (await count(sql`select count(*) as count from document d join document_content c on c.id = d.id where d.connection = ${burst} and d.kind = 'LABEL'`)), 'bookings'),
    zero('done and not shown as a booking', (states['DONE'] ?? 0) - (await count(sql`select count(*) as count from booking where connection = ${burst} and state = 'BOOKED'`)), 'bookings'),
    told('of the burst left when the quiet partner had been measured', left, 'bookings'),
    ...(turns === 0 ? [] : [
      ratio('quiet partner: accepted until begun, median', median),
      ratio('quiet partner: accepted until begun, mean', (of) => of.reduce((sum, each) => sum + each, 0) / of.length),
      // Whatever the processors and the disk are shared with slows this as well, and no queue is part of it.
      { ...ratio('of that, the accepting transaction alone, median', median, 'accepted'), aim: null, ok: true },
      { ...ratio('quiet partner: accepted until begun, 95th percentile', (of) => of[Math.floor(of.length * 0.95)]!), aim: null, ok: true },
    ]),
  ];
}

function median(of: readonly number[]): number {
  return of[Math.floor(of.length / 2)]!;
}
