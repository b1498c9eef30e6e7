import type { EventPayloads, NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { TenderEffect, TenderMatter, TenderOffer } from '../../../model/transport/tender-plan.js';
import { takeStep } from '../../../projections/change-exception.js';
import { exceptionSubject, projectExceptions } from '../../../projections/exceptions.js';
import type { Transaction } from '../../engine.js';
import type { HeldLoad, HeldTender } from './held.js';

type Matter = Extract<TenderEffect, { matter: TenderMatter }>;

const kinds = { EXHAUSTED: 'TENDER_EXHAUSTED', LATE_ACCEPTANCE: 'TENDER_ACCEPTED_LATE', GIVEN_BACK: 'TENDER_GIVEN_BACK', CHANGE_UNCONFIRMED: 'TENDER_CHANGE_UNCONFIRMED' } as const satisfies Record<TenderMatter, string>;

const subjectOf = ({ id }: HeldTender, { matter, ordinal }: Pick<Matter, 'matter' | 'ordinal'>) => exceptionSubject(kinds[matter], `${id}:${ordinal}`);

/** Something of a tender is for people to decide. Its row is there at once: what ends it may come before the projector does. */
export async function raised(tx: Transaction, load: HeldLoad, tender: HeldTender, { matter, ordinal }: Matter, correlationId: string): Promise<NewEvent[]> {
  const subject = subjectOf(tender, { matter, ordinal });
  const standing = await tx.selectFrom('exception').select(['subject', 'version', 'company', 'state']).where('subject', '=', subject).forUpdate().executeTakeFirst();
  if (standing !== undefined) return standing.state === 'RESOLVED' ? [await takeStep(tx, standing, { action: 'reopen', reason: 'It came up again.' }, 'gatehouse', correlationId)] : [];
  return raise(tx, load, subject, kinds[matter], wordsOf(load, tender, matter, ordinal), correlationId);
}

export async function settled(tx: Transaction, tender: HeldTender, of: Matter, by: string, correlationId: string): Promise<NewEvent[]> {
  const row = await tx.selectFrom('exception').select(['subject', 'version', 'company']).where('subject', '=', subjectOf(tender, of)).where('state', '<>', 'RESOLVED').forUpdate().executeTakeFirst();
  return row === undefined ? [] : [await takeStep(tx, row, { action: 'resolve', resolution: 'The tender went on.' }, by, correlationId)];
}

/** A carrier cannot be told: its connection is not there any more, or has no effects. */
export async function unsentTender(tx: Transaction, load: HeldLoad, tender: HeldTender, { carrier, connection, ordinal, revision }: TenderOffer, purpose: string, correlationId: string): Promise<NewEvent[]> {
  const subject = exceptionSubject('TENDER_NOT_SENT', `${tender.id}:${ordinal}.${revision}:${purpose}`);
  return raise(tx, load, subject, 'TENDER_NOT_SENT', {
    title: `${carrier} could not be told of load ${load.record.name}`, detail: `${purpose === 'ORIGINAL' ? 'The offer' : purpose === 'CHANGE' ? 'The change' : 'The end of the offer'} could not be sent: the connection ${connection ?? ''} was removed or is in shadow mode.`,
  }, correlationId);
}

/** An answer came from a carrier that was not asked by this tender. */
export async function unexpectedAnswer(tx: Transaction, load: HeldLoad, { key, carrier, state }: { key: string; carrier: string; state: string }, correlationId: string): Promise<NewEvent[]> {
  return raise(tx, load, exceptionSubject('TENDER_ANSWER_UNEXPECTED', key), 'TENDER_ANSWER_UNEXPECTED', { title: `${carrier} answered for load ${load.record.name} and was not asked`, detail: `It said ${state}. Nothing was decided by it.` }, correlationId);
}

/** A carrier answered what it was asked before: it is for people to find out whether it means the new offer, too. */
export async function outdatedAnswer(tx: Transaction, load: HeldLoad, { key, carrier, state, at }: { key: string; carrier: string; state: string; at: string }, correlationId: string): Promise<NewEvent[]> {
  return raise(tx, load, exceptionSubject('TENDER_ANSWER_OUTDATED', key), 'TENDER_ANSWER_OUTDATED', {
    title: `${carrier} answered an earlier offer of load ${load.record.name}`, detail: `It said ${state} at ${at}, before the load was offered anew. Nothing was decided by it: ask ${carrier} whether it means the new offer.`,
  }, correlationId);
}

function wordsOf({ record: { name } }: HeldLoad, { plan }: HeldTender, matter: TenderMatter, ordinal: number): { title: string; detail: string } {
  const offer = plan.offers[ordinal]!;
  const others = plan.offers.filter((each) => each.ordinal !== ordinal && each.state === 'OPEN').map((each) => each.carrier);
  const answers = plan.offers.map((each) => `${each.carrier} ${each.state}`).join(', ');
  switch (matter) {
    case 'EXHAUSTED': return { title: `Nobody took load ${name}`, detail: `${answers}. Offer it again, or assign a carrier.` };
    case 'LATE_ACCEPTANCE': return { title: `${offer.carrier} accepted load ${name} after its offer had ended`, detail: `The offer was ${offer.state} at ${offer.endedAt ?? offer.deadlineAt}. ${others.length === 0 ? 'Nobody else is asked at the moment.' : `${others.join(', ')} is asked meanwhile.`} Award the load to ${offer.carrier}, or let the tender go on: it is told if somebody else gets it.` };
    case 'GIVEN_BACK': return { title: `${offer.carrier} gave load ${name} back`, detail: `It had accepted. ${answers}.` };
    case 'CHANGE_UNCONFIRMED': return { title: `${offer.carrier} did not confirm the change of load ${name}`, detail: `It accepted the load as it was before, and said nothing until ${offer.deadlineAt}. It goes on being the carrier until people decide.` };
  }
}

async function raise(tx: Transaction, load: HeldLoad, subject: string, kind: string, words: { title: string; detail: string }, correlationId: string): Promise<NewEvent[]> {
  const now = instant(Date.now());
  const payload: EventPayloads['exception.raised'] = { class: 'CAPACITY', kind, severity: 'HIGH', ...words, sourceSubject: load.subject };
  const event: NewEvent = { id: uuidv7(), version: 1, type: 'exception.raised', subject, company: load.company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId, causationId: null, payload };
  await projectExceptions(tx, [{ ...event, position: 0, subject_version: null, fact_key: 'raised', occurred_at: now, recorded_at: now, correlation_id: correlationId, causation_id: null }]);
  return [event];
}
