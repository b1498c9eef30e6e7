import { instant } from '../../lib/clock.js';
import { decimalText, millionths } from '../../lib/decimal.js';
import { isPlausible } from '../../model/time.js';
import { UnreadableMessage } from '../contract.js';
import { facilityOf } from '../kit/warehouse.js';
import { clip, factKeyOf, filled } from '../kit/text.js';
import { rowOf } from '../kit/table.js';
import { changeReasons } from './codes.js';
import { inventoryChange, inventoryItem, level, levelsAnswer } from './payloads.js';
import { decimal, name, timeOf } from './values.js';
import type { Reading } from './reading.js';

const maxItems = 5_000;

/** Inventory Update: levels after a movement, of the warehouse in which it was. It carries no time: that of its arrival counts. */
export function levelFacts(value: unknown, reading: Reading): void {
  if (!Array.isArray(value)) throw new UnreadableMessage('The webhook tells of an inventory that is no list.');
  for (const each of value.slice(0, maxItems) as unknown[]) {
    const parsed = inventoryItem.safeParse(each);
    if (!parsed.success) continue;
    const { updated_warehouse: of } = parsed.data;
    const onHand = decimal(of?.on_hand) ?? decimal(parsed.data.on_hand);
    const available = decimal(of?.inventory) ?? decimal(parsed.data.inventory);
    addLevel(reading, { sku: parsed.data.sku, facility: facilityOf(reading.settings, [of?.warehouse_uuid, of?.warehouse_id, of?.identifier]), onHand: onHand ?? available, available }, reading.receivedAt);
  }
}

/** A page of levels that we read. */
export function levelsOfPage(value: unknown, reading: Reading): void {
  const parsed = levelsAnswer.safeParse(value);
  if (!parsed.success || !isPlausible(Date.parse(parsed.data.at))) throw new UnreadableMessage('The page of levels is not in the form in which it is kept.');
  const facility = facilityOf(reading.settings, [parsed.data.warehouse]);
  for (const each of parsed.data.levels.slice(0, maxItems)) {
    const row = level.safeParse(each);
    if (!row.success) continue;
    addLevel(reading, { sku: row.data.sku, facility, onHand: decimal(row.data.on_hand), allocated: decimal(row.data.allocated), available: decimal(row.data.available) }, parsed.data.at);
  }
}

interface Level {
  sku: string | null | undefined;
  facility: string | undefined;
  onHand: string | undefined;
  allocated?: string | undefined;
  available?: string | undefined;
}

function addLevel({ facts, anomalies }: Reading, of: Level, at: string): void {
  const sku = name(of.sku);
  if (sku === undefined || of.onHand === undefined) {
    anomalies.push({ kind: 'FIELD_INVALID', message: 'A level has no SKU or no quantity and was left out.', severity: 'MEDIUM' });
    return;
  }
  const version = Date.parse(at);
  facts.add({
    type: 'inventory_level.reported', key: { kind: 'inventory_level', id: factKeyOf(of.facility ?? '', sku.toUpperCase()) }, factKey: `v${version}`, version, observedAt: instant(version),
    payload: { sku, onHand: of.onHand, ...(of.facility === undefined ? {} : { facility: of.facility }), ...(of.allocated === undefined ? {} : { allocated: of.allocated }), ...(of.available === undefined ? {} : { available: of.available }) },
  });
}

/** Inventory Change: by how much a level changed at a location, and why. */
export function changeFacts(value: unknown, { receivedAt, settings, facts, anomalies }: Reading): void {
  const parsed = inventoryChange.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage('The webhook of an inventory change cannot be read.');
  const of = parsed.data;
  const [sku, after, before] = [name(of.sku), millionths(decimal(of.quantity) ?? ''), millionths(decimal(of.old_quantity) ?? '')];
  if (sku === undefined || after === null || before === null) {
    anomalies.push({ kind: 'FIELD_INVALID', message: 'A change has no SKU, or not the quantities before and after, and was left out.', severity: 'MEDIUM' });
    return;
  }
  const adjustedAt = timeOf(of.timestamp, receivedAt);
  const facility = facilityOf(settings, [of.warehouse_uuid, of.warehouse_id]);
  const [lot, location] = [name(of.lot_name) ?? name(of.lot_uuid), name(of.location_name)];
  const onHandBefore = millionths(decimal(of.previous_on_hand) ?? '');
  const version = Date.parse(adjustedAt.instant);
  facts.add({
    type: 'inventory_adjustment.reported', key: { kind: 'inventory_adjustment', id: factKeyOf(facility ?? '', sku, location ?? '', lot ?? '', adjustedAt.instant, decimalText(before), decimalText(after)) }, factKey: `v${version}`, version, observedAt: adjustedAt.instant,
    payload: {
      sku, quantity: decimalText(after - before), adjustedAt, reason: rowOf(changeReasons, (filled(of.source) ?? '').toLowerCase()) ?? 'UNKNOWN', rawReason: clip([filled(of.source), filled(of.reason)].filter((part) => part !== undefined).join(': '), 300),
      ...(facility === undefined ? {} : { facility }), ...(lot === undefined ? {} : { lot }), ...(location === undefined ? {} : { location }), ...(onHandBefore === null ? {} : { onHand: decimalText(onHandBefore + after - before) }),
    },
  });
}
