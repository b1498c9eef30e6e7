import type { Principal } from '../../../auth/principal.js';
import { connectorOf } from '../../../connectors/registry.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { Json } from '../../../lib/json.js';
import { isZone } from '../../../lib/zone.js';
import { carrierCode, unknownCarrier } from '../../../model/references.js';
import type { AnswerEffect, TenderCandidate } from '../../../model/transport/tender-plan.js';
import type { WorkingHours } from '../../../model/transport/working-time.js';
import { offerId } from '../../../projections/tenders.js';
import type { TaskContext } from '../context.js';
import { comparable } from '../own/asked.js';
import { assignTo, type DriverWish } from './assignments.js';
import { decideOnce, type Asked } from './decide.js';
import { holdLoads, stateOf, type HeldLoad, type HeldTender } from './held.js';
import type { TransportWork } from './work.js';

export interface TenderWish {
  carriers: TenderCandidate[];
  hours?: WorkingHours;
}

export interface OfferAnswer {
  accepted: boolean;
  /** Revision of the offer that was read. */
  revision: number;
  reason?: string;
  /** Of who accepts: with what it comes. */
  truck?: string;
  trailer?: string;
  driver?: DriverWish;
}

const mostCarriers = 50;
const mostMinutes = 30 * 24 * 60;

/** Tenders of loads, whoever planned these: each method is one transaction, and a repeat under its key changes nothing. */
export function openTenderDesk(tasks: Pick<TaskContext, 'database' | 'bodies' | 'connections' | 'people'>) {
  const decide = <Answer extends Json>(asked: Asked, wish: object, work: (work: TransportWork) => Promise<Answer>): Promise<Answer> => decideOnce(tasks, asked, comparable(tasks.people, wish), work);
  const stepOf = (id: string, step: 'withdraw' | 'skip', asked: Asked): Promise<string> =>
    decide(asked, { [step]: id }, async (work) => {
      const [load] = await holdLoads(work.tx, [id], asked.by.companies);
      if ((await work.stepTender(load!, { do: step })) === null) throw noTender();
      work.audit(`tender.${step}`, id);
      return id;
    });

  return {
    /** Asks the first carrier, and the next ones as answers or deadlines say. @throws GatehouseError NOT_FOUND, BAD_INPUT, CONFLICT */
    async start(id: string, wish: TenderWish, asked: Asked): Promise<string> {
      checkHours(wish.hours);
      const candidates = wish.carriers.map((each) => ({ ...each, carrier: carrierCode(each.carrier) }));
      if (candidates.some(({ carrier }) => carrier === unknownCarrier)) throw new GatehouseError('BAD_INPUT', 'One of the names names no carrier. A name has letters or figures.', { field: 'input.carriers' });
      const companies = await companiesOfConnections(tasks, candidates, asked.by);
      return decide(asked, { tender: id, wish }, async (work) => {
        const [load] = await holdLoads(work.tx, [id], asked.by.companies);
        if (companies.some((company) => company !== load!.company)) throw new GatehouseError('BAD_INPUT', 'A connection is one of another company.', { field: 'input.carriers' });
        await checkFree(work, load!);
        await work.startTender(load!, { candidates, ...(wish.hours === undefined ? {} : { hours: wish.hours }) });
        work.audit('tender.started', id, { carriers: candidates.map(({ carrier }) => carrier) });
        return id;
      });
    },

    /** Passes the carrier over that is asked at the moment. @throws GatehouseError NOT_FOUND, CONFLICT */
    skip: (id: string, asked: Asked): Promise<string> => stepOf(id, 'skip', asked),
    /** Ends the tender, also one that was accepted: whoever has the load is told. @throws GatehouseError NOT_FOUND, CONFLICT */
    withdraw: (id: string, asked: Asked): Promise<string> => stepOf(id, 'withdraw', asked),

    /** Gives the load to a carrier that accepted late. @throws GatehouseError NOT_FOUND, CONFLICT */
    award: (offer: string, asked: Asked): Promise<string> =>
      decide(asked, { award: offer }, async (work) => {
        const { load, tender, ordinal } = await holdOffer(work, offer, asked.by);
        // Since it was too late the load may have ended, or may have been given to another carrier without a tender.
        const carrier = load.record.carrier ?? (await work.assignment(load)).record.carrier;
        if (['CANCELLED', 'COMPLETED', 'IN_TRANSIT'].includes(stateOf(load))) throw new GatehouseError('CONFLICT', 'The load is cancelled, under way or done.', { field: 'input.offerId' });
        if (carrier !== undefined && carrierCode(carrier) !== tender.plan.offers[ordinal]!.carrier) throw new GatehouseError('CONFLICT', `The load was given to ${carrier} since.`, { field: 'input.offerId' });
        await work.stepTender(load, { do: 'award', ordinal });
        work.audit('tender.awarded', load.id, { offer });
        return load.id;
      }),

    /**
     * A carrier answers an offer of its own, or people note what it said. What comes too late is recorded all the same.
     * @returns what became of it
     * @throws GatehouseError NOT_FOUND; BAD_INPUT, CONFLICT for a truck or trailer that cannot be taken
     */
    answer: (offer: string, { accepted, revision, reason, truck, trailer, driver }: OfferAnswer, asked: Asked): Promise<AnswerEffect> =>
      decide(asked, { answer: offer, accepted, revision, reason, truck, trailer, driver }, async (work) => {
        const { load, tender, ordinal } = await holdOffer(work, offer, asked.by);
        if (revision > tender.plan.offers[ordinal]!.revision || revision < 1) throw new GatehouseError('BAD_INPUT', 'The offer has no such revision.', { field: 'input.revision' });
        const key = `${asked.by.subject} ${asked.idempotencyKey}`;
        await work.stepTender(load, { do: 'answer', ordinal, key, said: accepted ? 'ACCEPTED' : 'DECLINED', via: asked.by.companies === 'none' ? 'PORTAL' : 'PEOPLE', at: instant(work.nowMs), revision, ...(reason === undefined ? {} : { reason }) });
        const { effect } = tender.plan.offers[ordinal]!.answers.find((each) => each.key === key)!;
        if (accepted && effect === 'TAKEN' && (truck ?? trailer ?? driver) !== undefined) await assignTo(tasks, work, load, { carrier: tender.plan.offers[ordinal]!.carrier, ...(truck === undefined ? {} : { truck }), ...(trailer === undefined ? {} : { trailer }), ...(driver === undefined ? {} : { driver }) }, asked.by.companies === 'none');
        work.audit('tender.answered', load.id, { carrier: tender.plan.offers[ordinal]!.carrier, accepted, effect });
        return effect;
      }),
  };
}

/** A load that nobody drives and nobody is asked to. */
async function checkFree(work: TransportWork, load: HeldLoad): Promise<void> {
  const refuse = (message: string): never => {
    throw new GatehouseError('CONFLICT', message, { field: 'input.loadId' });
  };
  if (['CANCELLED', 'COMPLETED', 'IN_TRANSIT'].includes(stateOf(load))) refuse('The load is cancelled, under way or done.');
  const before = await work.tender(load);
  if (before?.plan.state === 'OPEN' || before?.plan.state === 'ACCEPTED') refuse('The load is offered or given to a carrier already. Withdraw that tender first.');
  if (load.record.carrier !== undefined || (await work.assignment(load)).record.carrier !== undefined) refuse('The load has a carrier already.');
  if (before?.plan.state === 'EXHAUSTED') await work.stepTender(load, { do: 'withdraw' });
}

/** An offer with its load, held, as far as the principal may answer it. */
async function holdOffer(work: TransportWork, id: string, by: Principal): Promise<{ load: HeldLoad; tender: HeldTender; ordinal: number }> {
  const notFound = () => new GatehouseError('NOT_FOUND', undefined, { field: 'input.offerId' });
  const row = await work.tx.selectFrom('tender_offer').select(['load_id', 'company', 'carrier', 'ordinal']).where('id', '=', id).where('deleted', '=', false).executeTakeFirst();
  if (row === undefined) throw notFound();
  const isTheirs = by.companies === 'none' ? by.keys.includes(`carrier:${row.carrier}`) : by.companies === '*' || by.companies.includes(row.company);
  if (!isTheirs) throw notFound();
  const [load] = await holdLoads(work.tx, [row.load_id], '*');
  const tender = await work.tender(load!);
  // A newer tender of the load took the place of the one of this offer.
  if (tender === null || offerId(tender.id, row.ordinal) !== id) throw new GatehouseError('CONFLICT', 'This offer has ended, and the load was offered anew since.', { field: 'input.offerId' });
  return { load: load!, tender, ordinal: row.ordinal };
}

/** @returns companies of the connections by which carriers are asked */
async function companiesOfConnections({ connections }: Pick<TaskContext, 'connections'>, candidates: readonly TenderCandidate[], by: Principal): Promise<string[]> {
  const refuse = (message: string): never => {
    throw new GatehouseError('BAD_INPUT', message, { field: 'input.carriers' });
  };
  if (candidates.length > mostCarriers) refuse(`At most ${mostCarriers} carriers.`);
  const companies: string[] = [];
  for (const { carrier, channel, connection: id, minutes } of candidates) {
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > mostMinutes) refuse(`Minutes to answer are 1 to ${mostMinutes}.`);
    if (channel === 'PORTAL') continue;
    const connection = id === undefined ? null : await connections.find(id);
    const isTheirs = connection !== null && (by.companies === '*' || (by.companies !== 'none' && by.companies.includes(connection.company)));
    if (connection === null || !isTheirs) throw new GatehouseError('NOT_FOUND', 'There is no such connection, or this token may not see it.', { field: 'input.carriers' });
    if (connectorOf(connection.connector)?.perform?.commands.includes('tender.send') !== true) refuse(`A connection of ${connection.connector} sends no tenders.`);
    if (!/^[A-Z]{2,4}$/.test(carrier)) refuse(`${carrier} is no Standard Carrier Alpha Code of two to four letters, by which carriers are asked over EDI.`);
    companies.push(connection.company);
  }
  return companies;
}

function checkHours(hours: WorkingHours | undefined): void {
  if (hours === undefined) return;
  const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(text);
  if (!isZone(hours.zone)) throw new GatehouseError('BAD_INPUT', 'This is no time zone.', { field: 'input.hours.zone' });
  if (!isTime(hours.from) || !isTime(hours.to) || hours.from >= hours.to) throw new GatehouseError('BAD_INPUT', 'Hours are like 08:00 to 17:00.', { field: 'input.hours.from' });
  if (hours.weekdays.length === 0 || hours.weekdays.some((day) => !Number.isInteger(day) || day < 1 || day > 7)) throw new GatehouseError('BAD_INPUT', 'Days of the week are 1 to 7.', { field: 'input.hours.weekdays' });
}

const noTender = () => new GatehouseError('CONFLICT', 'The load is offered to nobody.', { field: 'input.loadId' });
