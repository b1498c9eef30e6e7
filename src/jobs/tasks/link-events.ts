import type { EventPayloads, NewEvent } from '../../events/event.js';
import { referenceKey } from '../../model/references.js';
import { exceptionSubject } from '../../projections/exceptions.js';
import type { LinkDecision } from '../../projections/resolve.js';
import { base, exceptionEvent, type MessageContext, type MessageNaming } from './message-events.js';

/** Events of the decisions about names, each caused by the message that stated the name. */
export function linkEvents(decisions: readonly LinkDecision[], namings: readonly MessageNaming[]): NewEvent[] {
  const contexts = new Map(namings.flatMap(({ naming, context }) => [naming.primary, ...naming.also].map((reference) => [referenceKey(reference), context] as const)));
  let context = namings[0]?.context;
  return decisions.flatMap((decision) => {
    const reference = decision.type === 'registered' ? decision.naming.primary : 'reference' in decision ? decision.reference : undefined;
    context = (reference === undefined ? undefined : contexts.get(referenceKey(reference))) ?? context;
    return eventsOf(decision, context!);
  });
}

function eventsOf(decision: LinkDecision, context: MessageContext): NewEvent[] {
  switch (decision.type) {
    case 'registered':
      return [
        { ...ours(context), type: 'shipment.registered', subject: `shipment:${decision.shipmentId}`, factKey: 'registered', payload: {} },
        ...(decision.provisional ? [unmatched(decision.shipmentId, `${decision.naming.primary.kind} ${decision.naming.primary.value}`, context)] : []),
      ];
    case 'linked':
      return [
        {
          ...ours(context), type: 'reference.linked', subject: referenceKey(decision.reference), factKey: 'linked',
          payload: { reference: { kind: decision.reference.kind, issuer: decision.reference.issuer, value: decision.reference.value }, shipmentId: decision.shipmentId } satisfies EventPayloads['reference.linked'],
        },
      ];
    case 'merged':
      return [
        { ...ours(context), type: 'shipment.merged', subject: `shipment:${decision.from}`, factKey: 'merged', payload: { from: decision.from, into: decision.into } satisfies EventPayloads['shipment.merged'] },
        matched(decision.from, context),
      ];
    case 'claimed':
      return [matched(decision.shipmentId, context)];
    case 'ambiguous':
      return [
        exceptionEvent(context, 'AMBIGUOUS', `${decision.shipmentId} ${referenceKey(decision.reference)}`, {
          class: 'DATA', severity: 'HIGH', title: `${decision.reference.value} names more than one shipment`,
          detail: `The ${decision.reference.kind} ${decision.reference.value} also stands for ${decision.candidates.length === 1 ? 'another shipment' : `${decision.candidates.length} other shipments`}. Check which one is meant.`,
          shipmentId: decision.shipmentId,
        }),
      ];
  }
}

/** Decisions are ours; that a message led to them is kept as their cause. */
function ours(context: MessageContext): Omit<NewEvent, 'type' | 'subject' | 'payload'> {
  return { ...base(context), connection: null };
}

function unmatched(shipmentId: string, name: string, context: MessageContext): NewEvent {
  return exceptionEvent(context, 'UNMATCHED', shipmentId, {
    class: 'DATA', severity: 'LOW', title: `${name} matches no delivery`,
    detail: `${context.connection} reported on ${name}, which no delivery of Odoo carries yet. It joins the right one as soon as that names it.`, shipmentId,
  });
}

function matched(shipmentId: string, context: MessageContext): NewEvent {
  return {
    ...ours(context), type: 'exception.resolved', subject: exceptionSubject('UNMATCHED', shipmentId), factKey: 'matched',
    payload: { resolution: 'A delivery now carries this name.', by: 'gatehouse' } satisfies EventPayloads['exception.resolved'],
  };
}
