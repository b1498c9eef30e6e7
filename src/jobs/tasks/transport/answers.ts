import { sql } from 'kysely';
import { system } from '../../../events/audit.js';
import { append } from '../../../events/append.js';
import type { LogEvent } from '../../../events/event.js';
import { uuidOfName, uuidv7 } from '../../../lib/ids.js';
import type { TenderRecord } from '../../../model/edi.js';
import { ourConnection } from '../../../model/our-connection.js';
import { carrierCode, normalizeReferenceValue } from '../../../model/references.js';
import { materialDigest } from '../../../model/transport/load-plan.js';
import { standingOffer, type TenderOffer } from '../../../model/transport/tender-plan.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { holdLoads, type HeldTender } from './held.js';
import { outdatedAnswer, unexpectedAnswer } from './matters.js';
import { sentKey, TransportWork } from './work.js';

type Answered = Pick<LogEvent, 'id' | 'company' | 'connection' | 'recorded_at' | 'correlation_id' | 'causation_id'> & { payload: { data: TenderRecord; recordVersion: number } };

/**
 * A carrier answered over EDI: its answer is a step of the tender of that load, taken once however often this is done.
 * @param events ids of the events of its answers, with their subjects
 */
export async function takeAnswers(tasks: Pick<TaskContext, 'database' | 'bodies'>, events: ReadonlyArray<{ id: string; subject: string }>): Promise<void> {
  for (const { id, subject } of events) await tasks.database.transaction((tx) => takeAnswer(tasks, tx, id, subject));
}

async function takeAnswer(tasks: Pick<TaskContext, 'bodies'>, tx: Transaction, id: string, subject: string): Promise<void> {
  const event = (await tx.selectFrom('event').select(['id', 'company', 'connection', 'recorded_at', 'correlation_id', 'causation_id', 'payload']).where('subject', '=', subject).where('id', '=', id).executeTakeFirst()) as unknown as Answered | undefined;
  if (event === undefined) return;
  const { data, recordVersion } = event.payload;
  const loadId = await loadAsked(tx, event);
  if (loadId === null) return; // it was offered without a tender of ours
  const [load] = await holdLoads(tx, [loadId], '*', undefined, { deleted: true });
  const work = new TransportWork(tasks, tx, system, event.correlation_id);
  const tender = (await work.tender(load!))!;
  const offer = offerOf(tender, event);
  if (offer === undefined) {
    const carrier = data.carrier === undefined ? event.connection! : carrierCode(data.carrier);
    await append(tx, await unexpectedAnswer(tx, load!, { key: id, carrier, state: data.state }, event.correlation_id));
    return;
  }
  const at = await receivedAt(tx, event);
  const answer = { do: 'answer', ordinal: offer.ordinal, key: id, said: data.state === 'ACCEPTED' ? 'ACCEPTED' : 'DECLINED', via: 'EDI', at, ...(data.reason === undefined ? {} : { reason: data.reason }) } as const;
  if (await isOfEarlierTender(tx, tender, offer, data)) {
    const isNew = !offer.answers.some(({ key }) => key === id);
    await work.stepTender(load!, { ...answer, revision: 0 });
    await work.finish();
    if (isNew) await append(tx, await outdatedAnswer(tx, load!, { key: id, carrier: offer.carrier, state: data.state, at: data.at.instant }, event.correlation_id));
    return;
  }
  await work.stepTender(load!, { ...answer, revision: await revisionSeen(tx, tender, offer, at), order: recordVersion });
  await work.finish();
}

/** The load that carriers know by this number and are asked for; of several the one that this carrier was asked for. Also one that its TMS deleted meanwhile: the carrier may still come. */
async function loadAsked(tx: Transaction, { company, connection, payload: { data } }: Answered): Promise<string | null> {
  const key = normalizeReferenceValue(data.load);
  const { rows } = await sql<{ id: string }>`
    select l.id from load l join tender_plan p on p.load_id = l.id left join tender_offer o on o.plan_id = p.id and (o.carrier = ${data.carrier === undefined ? '' : carrierCode(data.carrier)} or o.connection = ${connection})
    where l.company = ${company} and l.name_key = ${key} and (not l.deleted or l.connection <> ${ourConnection}) and not p.deleted order by l.deleted, o.id is null, p.started_at desc limit 1`.execute(tx);
  return rows[0]?.id ?? null;
}

/** What this carrier was asked: by its code, else by the connection where it gives none. One that is asked over EDI answers where it was asked: others may state any code. */
function offerOf({ plan }: HeldTender, { connection, payload: { data } }: Answered): TenderOffer | undefined {
  if (data.carrier === undefined) return plan.offers.findLast((offer) => offer.connection === connection);
  return plan.offers.find((offer) => offer.carrier === carrierCode(data.carrier!) && (offer.connection === undefined || offer.connection === connection));
}

/** When the message came, however long it took to be read. */
async function receivedAt(tx: Transaction, event: Answered): Promise<string> {
  const row = event.causation_id === null ? undefined : await tx.selectFrom('inbox').select('received_at').where('id', '=', event.causation_id).executeTakeFirst();
  return row?.received_at ?? event.recorded_at;
}

/** Times of messages are told in minutes. */
const toldToMs = 60_000;

/**
 * Whether an answer is to an offer of a tender before: it says itself that it is older than this offer. Who was never asked before
 * can answer nothing else, whatever its clock says.
 */
async function isOfEarlierTender(tx: Transaction, { id, loadId, startedAt }: HeldTender, { carrier, connection, revision, offeredAt }: TenderOffer, { at }: TenderRecord): Promise<boolean> {
  // A change dates the offer anew, and what came before the change may still be an answer to it.
  if (Date.parse(at.instant) + toldToMs > Date.parse(revision === 1 ? offeredAt : startedAt)) return false;
  let asked = tx.selectFrom('tender_offer').select('id').where('load_id', '=', loadId).where('plan_id', '<>', id).where('deleted', '=', false);
  asked = connection === undefined ? asked.where('carrier', '=', carrier) : asked.where('connection', '=', connection);
  return (await asked.limit(1).executeTakeFirst()) !== undefined;
}

/** An answer names no revision: it can only be to what had been sent by then. */
async function revisionSeen(tx: Transaction, { id }: HeldTender, offer: TenderOffer, at: string): Promise<number> {
  if (offer.revision === 1) return 1;
  if (offer.channel !== 'EDI') return offer.offeredAt <= at ? offer.revision : offer.revision - 1;
  const command = (revision: number) => uuidOfName(sentKey(id, offer.ordinal, revision, 'CHANGE'));
  const revisions = Array.from({ length: offer.revision - 1 }, (_, index) => index + 2);
  const sent = await tx.selectFrom('command').select('id').where('id', '=', sql<string>`any(${revisions.map(command)}::uuid[])`).where('state', '=', 'DONE').where('finished_at', '<=', at).execute();
  return Math.max(1, ...revisions.filter((revision) => sent.some((row) => row.id === command(revision))));
}

/** Loads of a TMS that are tendered here were stated anew: carriers are told of what changed, and of the end. */
export async function followLoads(tasks: Pick<TaskContext, 'database' | 'bodies'>, loadIds: readonly string[]): Promise<void> {
  for (const id of loadIds) {
    await tasks.database.transaction(async (tx) => {
      const held = await tx.selectFrom('load').select('deleted').where('id', '=', id).forUpdate().executeTakeFirst();
      if (held === undefined) return;
      const work = new TransportWork(tasks, tx, system, uuidv7());
      const [load] = await holdLoads(tx, [id], '*', undefined, { deleted: true });
      const tender = await work.tender(load!);
      if (tender === null || standingOffer(tender.plan) === undefined) return;
      if (held.deleted || load!.record.state === 'CANCELLED') await work.stepTender(load!, { do: 'withdraw' });
      else if (materialDigest(load!.record) !== tender.loadDigest) await work.stepTender(load!, { do: 'change' });
      await work.finish();
    });
  }
}
