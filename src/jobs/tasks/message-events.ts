import type { PersonalVault } from '../../auth/personal-vault.js';
import type { NewEvent, EventPayloads } from '../../events/event.js';
import { sha256, uuidv7 } from '../../lib/ids.js';
import { titleText } from '../../lib/storable-text.js';
import { canonicalJson } from '../../lib/json.js';
import type { Anomaly, Decoded, Fact } from '../../model/facts.js';
import { owns } from '../../model/ownership.js';
import { referenceKey, transferNames, type Reference } from '../../model/references.js';
import { exceptionSubject } from '../../projections/exceptions.js';
import { recordSubject } from '../../projections/records.js';
import type { Naming } from '../../projections/resolve.js';
import { loggedPayload } from './personal-facts.js';

/** Where a message came from. */
export interface MessageContext {
  connection: string;
  connector: string;
  company: string;
  rawId: string;
  correlationId: string;
  recordedAt: string;
}

/** What a fact needs besides, to become an event: personal data are taken out of it. */
export interface DecodingContext extends MessageContext {
  people: PersonalVault;
}

/** A naming with the message that stated it. */
export interface MessageNaming {
  naming: Naming;
  context: MessageContext;
}

/** Which names the facts of a message use for shipments. */
export function namingsOf(decoded: Decoded, context: MessageContext): MessageNaming[] {
  const found = new Map<string, MessageNaming>();
  for (const fact of decoded.facts) {
    if (!owns(context.connector, fact.type)) continue;
    const naming = 'reference' in fact ? { primary: fact.reference, also: fact.also ?? [], claims: false } : transferNaming(fact, context);
    if (naming !== null) found.set([naming.primary, ...naming.also].map(referenceKey).join(' '), { naming, context });
  }
  return [...found.values()];
}

/** A step within our walls names no shipment: the transfer that crosses the door does. */
function transferNaming(fact: Fact, context: MessageContext): Naming | null {
  if (fact.type !== 'transfer.reported') return null;
  const transfer = fact.payload;
  if (transfer.direction === 'INTERNAL') return null;
  const primary: Reference = { kind: 'odoo.delivery', issuer: context.connection, value: fact.key.id };
  return { primary, also: transferNames(context.connection, transfer.name, transfer.trackingNumbers), claims: true, version: fact.version };
}

/** One event for each fact, and an exception for each that its source does not own. */
export function factEvents(decoded: Decoded, context: DecodingContext): NewEvent[] {
  return decoded.facts.flatMap((fact) => {
    const event = factEvent(fact, context);
    if (!owns(context.connector, fact.type)) {
      return [{ ...event, payload: { ...(event.payload as object), notOwned: true } }, notOwnedEvent(fact, event, context)];
    }
    return [event];
  });
}

/** By what a fact's content is told from another of the same key. */
export function contentHash(type: string, payload: unknown, carrier: string | undefined): string {
  return sha256(canonicalJson([type, payload, carrier ?? null])).slice(0, 32);
}

function factEvent(fact: Fact, context: DecodingContext): NewEvent {
  const freight = 'reference' in fact;
  const subject = freight ? referenceKey(fact.reference) : recordSubject(fact.key.kind, context.connection, fact.key.id);
  const logged = loggedPayload(fact, subject, context.people);
  return {
    ...base(context),
    ...('company' in fact && fact.company !== undefined ? { company: fact.company } : {}),
    type: fact.type,
    subject,
    factKey: fact.factKey,
    contentHash: contentHash(fact.type, logged, freight ? fact.carrier : undefined),
    occurredAt: fact.type === 'milestone.reported' ? fact.payload.occurred.instant : fact.observedAt,
    payload: {
      data: logged,
      observedAt: fact.observedAt,
      ...(freight ? (fact.carrier === undefined ? {} : { carrier: fact.carrier }) : { recordVersion: fact.version }),
    },
  };
}

function notOwnedEvent(fact: Fact, event: NewEvent, context: MessageContext): NewEvent {
  return exceptionEvent(context, 'NOT_OWNED', `${context.connection} ${event.subject} ${fact.factKey}`, {
    class: 'DATA',
    severity: 'MEDIUM',
    title: `${context.connection} reported what it does not own`,
    detail: `A connection of kind ${context.connector} may not state ${fact.type}. The fact is kept in the log and not applied.`,
  });
}

export function anomalyEvents(decoded: Decoded, context: MessageContext): NewEvent[] {
  return decoded.anomalies.map((anomaly, index) => anomalyEvent(anomaly, index, context));
}

/** What concerns a code is raised once for the code, not for every message that carries it. */
function anomalyEvent(anomaly: Anomaly, index: number, context: MessageContext): NewEvent {
  const about = anomaly.rawCode === undefined ? `${context.rawId} ${index}` : `${context.connection} ${anomaly.rawCode}`;
  return exceptionEvent(context, anomaly.kind, about, { class: 'DATA', severity: anomaly.severity, title: anomaly.kind, detail: anomaly.message });
}

/** An authentic message that could not be read. */
export function quarantineEvent(context: MessageContext, reason: string): NewEvent {
  return exceptionEvent(context, 'QUARANTINED', context.rawId, { class: 'DATA', severity: 'HIGH', title: `A message from ${context.connection} cannot be read`, detail: reason, connection: context.connection });
}

/** Characters of what an exception says at most. */
const mostDetail = 4_000;

type Raised = Omit<EventPayloads['exception.raised'], 'kind' | 'rawId'>;

/** Raised once for the same kind and matter, however often it is noticed. */
export function exceptionEvent(context: MessageContext, kind: string, about: string, raised: Raised): NewEvent {
  return {
    ...base(context),
    type: 'exception.raised',
    subject: exceptionSubject(kind, about),
    connection: null,
    factKey: 'raised',
    occurredAt: context.recordedAt,
    // What is said of a message may hold bytes of it.
    payload: { ...raised, title: titleText(raised.title), detail: titleText(raised.detail, mostDetail), kind, rawId: context.rawId } satisfies EventPayloads['exception.raised'],
  };
}

export function base(context: MessageContext): Omit<NewEvent, 'type' | 'subject' | 'payload'> {
  return {
    id: uuidv7(), version: 1, company: context.company, connection: context.connection, factKey: null, occurredAt: null,
    recordedAt: context.recordedAt, correlationId: context.correlationId, causationId: context.rawId,
  };
}
