import { sql } from 'kysely';
import type { Principal } from '../../../auth/principal.js';
import { keepPersonalData } from '../../../events/personal-data.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidv7 } from '../../../lib/ids.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordSubject } from '../../../model/record-ids.js';
import { carrierCode, normalizeReferenceValue } from '../../../model/references.js';
import { overlapping, type Occupied } from '../../../model/transport/assignment.js';
import { spanOf } from '../../../model/transport/load-plan.js';
import type { LoadStop } from '../../../model/transport/records.js';
import { holdNames } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { comparable } from '../own/asked.js';
import { decideOnce, type Asked } from './decide.js';
import { holdLoads, stateOf, type HeldLoad } from './held.js';
import type { TransportWork } from './work.js';

/** Who drives: personal data, kept sealed. */
export interface DriverWish {
  name: string;
  phone?: string;
}

/** What is absent stays as it is; null takes it away. */
export interface AssignmentWish {
  carrier?: string | null;
  truck?: string | null;
  trailer?: string | null;
  driver?: DriverWish | null;
  /** Why a truck or trailer is taken that another load has at the same time. */
  force?: string;
}

/** Says who drives a load, whoever planned it: kept beside the load, with its history. */
export function openAssignmentDesk(tasks: Pick<TaskContext, 'database' | 'bodies' | 'people'>) {
  return {
    /**
     * Insiders assign any load; a carrier names truck, trailer and driver of a load that it has.
     * @throws GatehouseError NOT_FOUND, BAD_INPUT; CONFLICT where truck or trailer are taken, or the load is given to another carrier
     */
    assign: (id: string, wish: AssignmentWish, asked: Asked): Promise<string> =>
      decideOnce(tasks, asked, comparable(tasks.people, { assign: id, wish }), async (work) => {
        const { by } = asked;
        const [load] = await holdLoads(work.tx, [id], by.companies === 'none' ? '*' : by.companies);
        await checkMayAssign(work, load!, wish, by);
        await assignTo(tasks, work, load!, wish, by.companies === 'none');
        work.audit('load.assigned', id, { ...(wish.carrier == null ? {} : { carrier: wish.carrier }), ...(wish.truck == null ? {} : { truck: wish.truck }), ...(wish.trailer == null ? {} : { trailer: wish.trailer }), ...(wish.force === undefined ? {} : { force: wish.force }) });
        return id;
      }),
  };
}

/** A carrier of its own load names what comes, and no other carrier; it forces nothing. */
async function checkMayAssign(work: TransportWork, load: HeldLoad, wish: AssignmentWish, by: Principal): Promise<void> {
  const isOver = ['CANCELLED', 'COMPLETED'].includes(stateOf(load));
  if (by.companies === 'none') {
    const { carrier } = (await work.assignment(load)).record;
    const theirs = carrier ?? load.record.carrier;
    if (theirs === undefined || !by.keys.includes(`carrier:${carrierCode(theirs)}`)) throw new GatehouseError('NOT_FOUND', undefined, { field: 'input.loadId' });
    if (wish.carrier !== undefined || wish.force !== undefined) throw new GatehouseError('FORBIDDEN', 'A carrier names its truck, trailer and driver.', { field: wish.carrier === undefined ? 'input.force' : 'input.carrier' });
    if (isOver) throw new GatehouseError('CONFLICT', 'The load is cancelled or done.', { field: 'input.loadId' });
    return;
  }
  if (isOver) throw new GatehouseError('CONFLICT', 'The load is cancelled or done.', { field: 'input.loadId' });
  if (wish.carrier === undefined) return;
  const tender = await work.tender(load);
  const state = tender?.plan.state;
  const accepted = tender?.plan.offers.find((offer) => offer.state === 'ACCEPTED');
  if (state === 'ACCEPTED' && wish.carrier !== null && carrierCode(wish.carrier) === accepted?.carrier) return;
  // Two would come where one is asked still.
  if (state === 'OPEN' || state === 'ACCEPTED') throw new GatehouseError('CONFLICT', 'The load is offered or given to a carrier. Withdraw the tender first.', { field: 'input.carrier' });
}

/** @throws GatehouseError BAD_INPUT, CONFLICT */
export async function assignTo({ people }: Pick<TaskContext, 'people'>, work: TransportWork, load: HeldLoad, wish: AssignmentWish, isOutsider: boolean): Promise<void> {
  if (wish.carrier != null) await endExhausted(work, load, carrierCode(wish.carrier));
  const before = (await work.assignment(load)).record;
  const named = { carrier: chosen(wish.carrier, before.carrier), truck: chosen(wish.truck, before.truck), trailer: chosen(wish.trailer, before.trailer) };
  for (const [field, name] of Object.entries(named)) if (name !== undefined && (name.length > 60 || normalizeReferenceValue(name) === '')) throw new GatehouseError('BAD_INPUT', 'A name has 1 to 60 characters.', { field: `input.${field}` });
  if (wish.force === undefined) {
    for (const which of ['truck', 'trailer'] as const) if (named[which] !== undefined && named[which] !== before[which]) await checkUntaken(work, load, which, named[which], isOutsider ? carrierCode(named.carrier ?? load.record.carrier ?? '') : null);
  } else if (wish.force.trim() === '') throw new GatehouseError('BAD_INPUT', 'Say why it is taken all the same.', { field: 'input.force' });
  const isSameCarrier = named.carrier === undefined || before.carrier === undefined || carrierCode(named.carrier) === carrierCode(before.carrier);
  let driver = wish.driver === undefined && isSameCarrier ? before.personalDataId : undefined;
  if (wish.driver != null) driver = await keepDriver({ people }, work, load, wish.driver);
  await work.assign(load, {
    ...(named.carrier === undefined ? {} : { carrier: carrierCode(named.carrier) }), ...(named.truck === undefined ? {} : { truck: named.truck }), ...(named.trailer === undefined ? {} : { trailer: named.trailer }),
    ...(wish.force === undefined ? {} : { reason: wish.force }), ...(driver === undefined ? {} : { personalDataId: driver }),
  }, 'load.assign', wish.driver != null);
}

/** Nobody took the load, and people give it to somebody: that ends the tender, and tells who accepted late, unless it is the very one. */
async function endExhausted(work: TransportWork, load: HeldLoad, carrier: string): Promise<void> {
  const plan = (await work.tender(load))?.plan;
  if (plan?.state !== 'EXHAUSTED') return;
  const late = plan.offers.find((offer) => offer.carrier === carrier && offer.answers.some(({ effect }) => effect === 'LATE'));
  await work.stepTender(load, late === undefined ? { do: 'withdraw' } : { do: 'award', ordinal: late.ordinal });
}

function chosen(wanted: string | null | undefined, before: string | undefined): string | undefined {
  return wanted === undefined ? before : (wanted?.trim() ?? undefined);
}

/** A fresh row each time: what an earlier one said is another's, and both can be erased. */
async function keepDriver({ people }: Pick<TaskContext, 'people'>, { tx }: TransportWork, load: HeldLoad, { name, phone }: DriverWish): Promise<string> {
  if (name.trim() === '' || name.length > 200 || (phone?.length ?? 0) > 60) throw new GatehouseError('BAD_INPUT', 'A driver has a name.', { field: 'input.driver' });
  const id = uuidv7();
  const fields = { name: name.trim(), ...(phone === undefined ? {} : { phone }) };
  await keepPersonalData(tx, [{ id, subject: recordSubject('load_assignment', ourConnection, load.id), data: {}, sealed: people.seal(id, fields), index: people.index(fields) }]);
  return id;
}

/**
 * @param outsider code of the carrier that names its own; null of people of the company
 * @throws GatehouseError CONFLICT where another load of the company has it at the same time. Trucks that carriers name are their own: two may have one name
 */
async function checkUntaken({ tx }: TransportWork, load: HeldLoad, which: 'truck' | 'trailer', name: string, outsider: string | null): Promise<void> {
  const key = normalizeReferenceValue(name);
  // Who gives the same to another load at this moment is waited for, and found.
  await holdNames(tx, [`${which}:${load.company}:${key}`]);
  const column = sql.ref(`${which}_key`);
  const { rows } = await sql<{ id: string; reference: string; stops: LoadStop[] }>`
    select l.id, l.reference, l.stops from load l left join load_assignment a on a.load_id = l.id
    where l.company = ${load.company} and l.id <> ${load.id}::uuid and not l.deleted and l.state not in ('CANCELLED', 'COMPLETED')
      and l.id in (select id from load where company = ${load.company} and ${column} = ${key} union select load_id from load_assignment where company = ${load.company} and ${column} = ${key})
      and coalesce(${sql.ref(`a.${which}_key`)}, ${sql.ref(`l.${which}_key`)}) = ${key}
      and (${which === 'truck' ? outsider : null}::text is null or coalesce(a.carrier, l.carrier) = ${outsider}::text)`.execute(tx);
  const others = rows.flatMap(({ id, reference, stops }): Occupied[] => {
    const span = spanOf(stops);
    return span === null ? [] : [{ load: id, reference, ...span }];
  });
  const [other] = overlapping(spanOf(load.record.stops), others);
  // Whose load that is, and when it goes, is no matter of a carrier.
  if (other !== undefined && outsider !== null) throw new GatehouseError('CONFLICT', `${name} is on another load at that time.`, { field: `input.${which}` });
  if (other !== undefined) throw new GatehouseError('CONFLICT', `${name} is on load ${other.reference} from ${other.from} to ${other.to}. Say why where it is meant all the same.`, { field: `input.${which}` });
}
