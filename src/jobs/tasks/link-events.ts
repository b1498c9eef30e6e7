import type { EventPayloads, NewEvent } from '../../events/event.js';
import { referenceKey, type Reference } from '../../model/references.js';
import type { LinkDecision } from '../../projections/resolve.js';
import { base, exceptionEvent, type MessageContext, type MessageNaming } from './message-events.js';

/**
 * Events of the decisions about names, each caused by the message that stated the name.
 * @param otherwise the cause where none of the namings states it
 */
export function linkEvents(decisions: readonly LinkDecision[], namings: readonly MessageNaming[], otherwise: MessageContext | undefined = namings[0]?.context): NewEvent[] {
  const contexts = new Map(namings.flatMap(({ naming, context }) => [naming.primary, ...naming.also].map((reference) => [referenceKey(reference), context] as const)));
  let context = otherwise;
  return decisions.flatMap((decision) => {
    const reference = decision.type === 'registered' ? decision.naming.primary : 'reference' in decision ? decision.reference : undefined;
    context = (reference === undefined ? undefined : contexts.get(referenceKey(reference))) ?? context;
    return eventsOf(decision, context!);
  });
}

function eventsOf(decision: LinkDecision, context: MessageContext): NewEvent[] {
  switch (decision.type) {
    case 'registered':
      return [{ ...ours(context), type: 'shipment.registered', subject: `shipment:${decision.shipmentId}`, factKey: 'registered', payload: {} }];
    case 'linked': {
      const { reference, shipmentId, sequence, from } = decision;
      const payload: EventPayloads['reference.linked'] = { reference: named(reference), shipmentId, sequence, ...(from === undefined ? {} : { from }) };
      return [{ ...ours(context), type: 'reference.linked', subject: referenceKey(reference), factKey: `linked-${sequence}`, payload }];
    }
    case 'unlinked': {
      const { reference, sequence, from } = decision;
      const payload: EventPayloads['reference.unlinked'] = { reference: named(reference), sequence, from };
      return [{ ...ours(context), type: 'reference.unlinked', subject: referenceKey(reference), factKey: `unlinked-${sequence}`, payload }];
    }
    case 'named':
      return [{ ...ours(context), type: 'reference.named', subject: referenceKey(decision.source), payload: { also: decision.also, sequence: decision.sequence } satisfies EventPayloads['reference.named'] }];
    case 'merged':
      return [{ ...ours(context), type: 'shipment.merged', subject: `shipment:${decision.from}`, factKey: 'merged', payload: { from: decision.from, into: decision.into } satisfies EventPayloads['shipment.merged'] }];
    case 'ambiguous':
      return [
        exceptionEvent(context, 'AMBIGUOUS', ambiguityOf(decision.shipmentId, decision.reference), {
          class: 'DATA', severity: 'HIGH', title: `${decision.reference.value} names more than one shipment`,
          detail: `The ${decision.reference.kind} ${decision.reference.value} also stands for ${decision.candidates.length === 1 ? 'another shipment' : `${decision.candidates.length} other shipments`}. Check which one is meant.`,
          shipmentId: decision.shipmentId,
        }),
      ];
  }
}

function named({ kind, issuer, value }: Reference): Reference {
  return { kind, issuer, value };
}

/** About which reference of which shipment an AMBIGUOUS exception is. */
export function ambiguityOf(shipmentId: string, reference: Reference): string {
  return `${shipmentId} ${referenceKey(reference)}`;
}

/** Decisions are ours; that a message led to them is kept as their cause. */
function ours(context: MessageContext): Omit<NewEvent, 'type' | 'subject' | 'payload'> {
  return { ...base(context), connection: null };
}
