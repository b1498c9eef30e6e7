import { z } from 'zod';
import { canonicalJson } from '../../lib/json.js';
import type { Anomaly, Decoded, Fact } from '../../model/facts.js';
import { parseOffsetTime } from '../../model/time.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { parseJson } from '../kit/json.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { companyCodes } from './companies.js';
import { orderDirections, recordKinds, transferDirections } from './codes.js';
import { idOf, InvalidField, type Drop } from './fields.js';
import { event, eventBase, looseEnvelope, requestEvent, stockRecord, topics, type OdooEvent, type OdooEventBase, type OdooTopic } from './payloads.js';
import type { OdooSettings } from './settings.js';
import { toWish } from './requests.js';
import { orderId, toInvoice, toOrder, toParty, toProduct, toStock, toTransfer } from './records.js';

type RecordFacts = Extract<Fact, { key: unknown }>;
type RequestFacts = Extract<Fact, { type: 'request.reported' }>;

/** The addon sends about a hundred at a time. */
const maxEvents = 5_000;

/**
 * Reads a batch of the Odoo addon. Each event is read on its own: a bad one becomes an anomaly and
 * the others live.
 * @throws UnreadableMessage where the envelope is not ours
 */
export function decodeBatch(message: RawMessage, settings: Pick<OdooSettings, 'companies'> = {}): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const parsed = looseEnvelope.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage(`The body is no envelope of the Odoo addon: ${describe(parsed.error)}.`);
  if (parsed.data.events.length > maxEvents) throw new UnreadableMessage(`The batch holds more than ${maxEvents} events. Send smaller batches.`);
  const facts = new Map<string, RecordFacts | RequestFacts>();
  const contentOfVersion = new Map<string, string>();
  const companies = companyCodes(settings.companies);
  parsed.data.events.forEach((raw, index) => {
    const fact = decodeEvent(raw, index, { companies, connection: message.connection }, anomalies);
    if (fact === null) return;
    if (fact.type === 'request.reported') {
      if (!facts.has(`request ${fact.factKey}`)) facts.set(`request ${fact.factKey}`, fact);
      return;
    }
    const version = `${fact.key.kind}:${fact.key.id}|${fact.factKey}`;
    const content = canonicalJson({ type: fact.type, payload: fact.payload });
    if ((contentOfVersion.get(version) ?? content) !== content) anomalies.push(versionReused(raw, index, fact));
    contentOfVersion.set(version, content);
    // Both states of a version used twice are given, as two batches would give them: the one stated last stands.
    const key = `${version}\n${content}`;
    if (!facts.has(key)) facts.set(key, fact);
  });
  return { facts: [...facts.values()], anomalies: boundAnomalies(anomalies) };
}

interface Source {
  companies: ReadonlyMap<string, string>;
  connection: string;
}

function decodeEvent(raw: unknown, index: number, { companies, connection }: Source, anomalies: Anomaly[]): RecordFacts | RequestFacts | null {
  const base = eventBase.safeParse(raw);
  if (!base.success) {
    const issue = base.error.issues[0];
    anomalies.push(invalid(raw, index, issue?.path.join('.') ?? '', issue?.message ?? 'not valid'));
    return null;
  }
  if (base.data.topic !== 'request' && !isTopic(base.data.topic)) {
    const message = `Event ${clip(base.data.id, 100)} has the topic ${clip(base.data.topic, 60)}, which this version does not read.`;
    anomalies.push({ kind: 'EVENT_IGNORED', message, severity: 'LOW', rawCode: clip(base.data.topic, 60) });
    return null;
  }
  const parsed = base.data.topic === 'request' ? requestEvent.safeParse(raw) : event.safeParse(raw);
  if (!parsed.success) {
    const issue = recordIssue(base.data, parsed.error);
    anomalies.push(invalid(raw, index, issue?.path.join('.') ?? '', issue?.message ?? 'not valid'));
    return null;
  }
  const drop: Drop = (path, why) => {
    const message = `Event ${clip(parsed.data.id, 100)}, record.${path}: ${why}. The field was left out.`;
    anomalies.push({ kind: 'FIELD_INVALID', message, severity: 'MEDIUM' });
  };
  try {
    const company = companies.get(idOf(parsed.data.company) ?? '');
    return parsed.data.topic === 'request' ? toRequestFact(parsed.data, company, connection, drop) : toFact(parsed.data, company, drop);
  } catch (error) {
    if (!(error instanceof InvalidField)) throw error;
    anomalies.push(invalid(raw, index, error.path, error.message));
    return null;
  }
}

/** Null where the record is none that Gatehouse keeps (see transferDirections). */
function toFact(of: OdooEvent, company: string | undefined, drop: Drop): RecordFacts | null {
  const observed = parseOffsetTime(of.occurredAt);
  if (observed === null) throw new InvalidField('occurredAt', `${clip(of.occurredAt, 40)} is no plausible time with offset`);
  const kind = recordKinds[of.topic];
  const base = { factKey: `v${of.version}`, version: of.version, observedAt: observed.instant, key: { kind, id: String(of.recordId) }, ...(company === undefined ? {} : { company }) };
  if (of.action === 'deleted') return { ...base, type: 'record.deleted', key: { kind, id: idOfRecord(of) }, payload: { deleted: true } };
  switch (of.topic) {
    case 'order': {
      const direction = orderDirection(of.model);
      return { ...base, type: 'order.reported', key: { kind, id: orderId(direction, of.recordId) }, payload: toOrder(of.record, direction, drop) };
    }
    case 'delivery':
    case 'receipt': {
      const direction = rowOf(transferDirections, of.record.picking_type_code);
      return direction === undefined ? null : { ...base, type: 'transfer.reported', payload: toTransfer(of.record, direction, drop) };
    }
    case 'invoice':
      // A journal entry is no invoice; it has no customer and no payment.
      return of.record.move_type === 'entry' ? null : { ...base, type: 'invoice.reported', payload: toInvoice(of.record, drop) };
    case 'product':
      return { ...base, type: 'product.reported', payload: toProduct(of.record, drop) };
    case 'partner':
      return { ...base, type: 'party.reported', payload: toParty(of.record, of.recordId) };
    case 'stock':
      return { ...base, type: 'stock.reported', key: { kind, id: idOfRecord(of) }, payload: toStock(of.record, drop) };
  }
}

/** A request is told of the transfer that it is about. */
function toRequestFact(of: z.infer<typeof requestEvent>, company: string | undefined, connection: string, drop: Drop): RequestFacts {
  const observed = parseOffsetTime(of.occurredAt);
  if (observed === null) throw new InvalidField('occurredAt', `${clip(of.occurredAt, 40)} is no plausible time with offset`);
  const pickingId = String(of.recordId);
  const payload = toWish(of.record, pickingId, connection, drop);
  return { type: 'request.reported', reference: { kind: 'odoo.delivery', issuer: connection, value: pickingId }, factKey: payload.requestId, observedAt: observed.instant, ...(company === undefined ? {} : { company }), payload };
}

/** The id under which the record is known: Odoo's own, save where that does not tell records apart. */
function idOfRecord(of: OdooEvent): string {
  if (of.topic === 'order') return orderId(orderDirection(of.model), of.recordId);
  if (of.topic !== 'stock') return String(of.recordId);
  const named = stockRecord.pick({ product_id: true, location_id: true }).safeParse(of.record);
  if (!named.success) throw new InvalidField(`record.${named.error.issues[0]?.path.join('.')}`, 'names the stock level and is missing');
  return `${named.data.product_id.id}-${named.data.location_id.id}-${idOf(of.company) ?? '0'}`;
}

function orderDirection(model: string): 'SALE' | 'PURCHASE' {
  const direction = rowOf(orderDirections, model);
  if (direction === undefined) throw new InvalidField('model', `${clip(model, 60)} is no model of orders`);
  return direction;
}

function isTopic(topic: string): topic is OdooTopic {
  return (topics as readonly string[]).includes(topic);
}

/** A union's error lists every variant; the issue that helps is that of the event's own topic. */
function recordIssue(base: OdooEventBase, error: z.ZodError): z.core.$ZodIssue | undefined {
  const union = error.issues[0];
  if (union?.code !== 'invalid_union') return union;
  const names = (issues: readonly z.core.$ZodIssue[]) => issues.some((issue) => issue.path[0] === 'topic' || (issue.path[0] === 'action' && base.action === 'deleted'));
  const own = union.errors.find((issues) => !names(issues) && issues.every((issue) => issue.path[0] !== 'action'));
  return own?.[0] ?? union;
}

function versionReused(raw: unknown, index: number, fact: RecordFacts): Anomaly {
  const message = `Event ${nameOfEvent(raw, index)} at version: ${fact.version} of ${fact.key.kind} ${fact.key.id} is another state elsewhere in this batch. Both were kept; the one stated last stands.`;
  return { kind: 'VERSION_REUSED', message, severity: 'MEDIUM' };
}

function nameOfEvent(raw: unknown, index: number): string {
  return typeof raw === 'object' && raw !== null && 'id' in raw && typeof raw.id === 'string' ? clip(raw.id, 100) : `number ${index} of the batch`;
}

function invalid(raw: unknown, index: number, path: string, why: string): Anomaly {
  return { kind: 'EVENT_INVALID', message: `Event ${nameOfEvent(raw, index)}${path === '' ? '' : ` at ${clip(path, 200)}`}: ${why}.`, severity: 'HIGH' };
}

function describe(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'not valid' : `${issue.path.join('.') || 'body'}: ${issue.message}`;
}
