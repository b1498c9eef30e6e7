import { sql } from 'kysely';
import type { Services } from '../../../src/main.js';
import { globalId } from '../../../src/lib/ids.js';
import { expectedMilestones, journeyLength, trackingNumber } from '../../support/easypost-messages.js';
import type { Asked, Who } from './asked.js';
import type { Carrier } from './carrier.js';
import { parcels, sightOf } from './parcels.js';
import { carrierOf, nameOf, stateOf, type RecordKind, type Records } from './records.js';
import type { Watermark } from './watermark.js';

/** When something left somebody's sight: at which position of the log, and by when that was certainly projected. */
export interface Loss {
  position: number;
  projectedMs: number;
}

/** What was done, as the test did it and as the log holds it: nothing of it comes from the feed. */
export interface Done {
  carrier: Pick<Carrier, 'scans'>;
  records: Pick<Records, 'versions'>;
  /** Of parcels that were taken from a customer, by serial number. */
  losses: ReadonlyMap<number, Loss>;
  exceptions: ReadonlyArray<{ id: string; company: string; state: string }>;
}

export interface Expected {
  /** What must have been told, and what of it is to be shown last; undefined: whatever that is. */
  must: ReadonlyMap<string, string | undefined>;
  may(name: string, state: string | null): boolean;
  /** How often a milestone may be told. */
  times(name: string): number;
  lossOf(name: string): Loss | undefined;
}

export async function readDone({ database }: Services, start: number, { carrier, records, watermark }: { carrier: Carrier; records: Records; watermark: Watermark }): Promise<Done> {
  const moves = await sql<{ subject: string; position: number }>`
    select subject, position from event where (type = 'transfer.reported' and (payload->>'recordVersion')::bigint = 2)
      or (type in ('reference.linked', 'reference.unlinked') and (payload->>'sequence')::integer > 1 and subject like 'tracking:%') order by position
  `.execute(database.kysely);
  const first = new Map<string, number>();
  for (const { subject, position } of moves.rows) if (!first.has(subject)) first.set(subject, Number(position));
  const losses = new Map<number, Loss>();
  for (const serial of carrier.scans.keys()) {
    const position = parcels.fateOf(serial) === 'handed on' ? first.get(`transfer:erp:${serial}`) : parcels.fateOf(serial) === 'wrong number' ? first.get(`tracking:FEDEX:${trackingNumber(serial)}`) : undefined;
    if (position !== undefined) losses.set(serial, { position, projectedMs: watermark.reachedMs(position) });
  }
  const exceptions = await sql<{ id: string; company: string; state: string }>`
    select id, company, state from exception x where exists (select 1 from event e where e.subject = x.subject and e.position > ${start})
  `.execute(database.kysely);
  return { carrier, records, losses, exceptions: exceptions.rows };
}

export function expectedOf(asked: Asked, done: Done): Expected {
  const expected = { times: () => 1, lossOf: () => undefined };
  switch (asked.topic.name) {
    case 'milestones': return { ...expected, ...milestonesOf(asked, done) };
    case 'shipmentChanges': return { ...expected, ...shipmentsOf(asked.who, done) };
    case 'exceptionChanges': return { ...expected, ...exceptionsOf(asked.who, done) };
    case 'loadChanges': return { ...expected, ...recordsOf(asked.who, ['load'], done) };
    case 'yardEvents': return { ...expected, ...recordsOf(asked.who, ['appointment', 'visit'], done) };
    case 'stockChanges': return { ...expected, ...recordsOf(asked.who, ['stock'], done) };
  }
}

const serialOfParcel = (name: string) => Number(name.slice(1, 12));
const owners = (who: Who): number[] => ('always' in who ? [who.always, ...(who.sometimes === undefined ? [] : [who.sometimes])] : []);

function seesAtEnd(who: Who, serial: number): boolean {
  if ('company' in who) return who.company === 'all' || parcels.companyOf(serial) === who.company;
  if ('carrier' in who) return parcels.carrierOf(serial) === who.carrier;
  return sightOf(serial, who.always)?.isLost === false;
}

function sawOnce(who: Who, serial: number): boolean {
  return 'always' in who ? owners(who).some((customer) => sightOf(serial, customer) !== undefined) : seesAtEnd(who, serial);
}

function milestonesOf({ who, passes }: Asked, { carrier, losses }: Done): Partial<Expected> & Pick<Expected, 'must' | 'may'> {
  const must = new Map<string, undefined>();
  for (const [serial, scans] of carrier.scans) {
    if (!seesAtEnd(who, serial)) continue;
    for (const scan of expectedMilestones(serial, scans)) if (passes(scan.split(' ')[0]!)) must.set(`${trackingNumber(serial)} ${scan}`, undefined);
  }
  return {
    must,
    may: (name) => sawOnce(who, serialOfParcel(name)) && passes(name.split(' ')[1]!),
    // Who held the right of both lost sight of it in between, or may have: better twice than never.
    times: (name) => owners(who).filter((customer) => sightOf(serialOfParcel(name), customer) !== undefined).length || 1,
    lossOf: (name) => ('always' in who && who.sometimes === undefined && sightOf(serialOfParcel(name), who.always)?.isLost === true ? losses.get(serialOfParcel(name)) : undefined),
  };
}

function shipmentsOf(who: Who, { carrier, losses }: Done): Partial<Expected> & Pick<Expected, 'must' | 'may'> {
  const must = new Map<string, string | undefined>();
  const seen = new Map<string, Loss | undefined>();
  for (const [serial, scans] of carrier.scans) {
    const state = scans === journeyLength ? 'DELIVERED' : undefined;
    if (!('always' in who)) {
      if (seesAtEnd(who, serial)) must.set(trackingNumber(serial), state);
      continue;
    }
    const sight = sightOf(serial, who.always);
    if (sight === undefined) continue;
    seen.set(sight.delivery, sight.keepsDelivery ? undefined : losses.get(serial));
    if (sight.keepsDelivery) must.set(sight.delivery, sight.isLost ? undefined : state);
  }
  return { must, may: (name) => must.has(name) || seen.has(name), lossOf: (name) => seen.get(name) };
}

function exceptionsOf(who: Who, { exceptions }: Done): Pick<Expected, 'must' | 'may'> {
  const own = exceptions.filter(({ company }) => 'company' in who && (who.company === 'all' || who.company === company));
  const must = new Map(own.map(({ id, state }) => [globalId('Exception', id), state]));
  return { must, may: (name) => must.has(name) };
}

function recordsOf(who: Who, kinds: readonly RecordKind[], { records }: Done): Pick<Expected, 'must' | 'may'> {
  const sees = (record: number, version: number) => !('carrier' in who) || carrierOf(record, version) === who.carrier;
  const must = new Map<string, string>();
  const shows = new Set<string>();
  for (const [key, last] of records.versions) {
    const [kind, number] = [key.split(' ')[0] as RecordKind, Number(key.split(' ')[1])];
    if (!kinds.includes(kind)) continue;
    if (sees(number, last)) must.set(nameOf(kind, number), stateOf(kind, last));
    for (let version = 1; version <= last; version++) if (sees(number, version)) shows.add(`${nameOf(kind, number)} ${stateOf(kind, version)}`);
  }
  return { must, may: (name, state) => shows.has(`${name} ${state}`) };
}
