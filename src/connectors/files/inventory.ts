import type { Fact } from '../../model/facts.js';
import { clip, factKeyOf } from '../kit/text.js';
import type { Line } from './lines.js';
import type { InventoryMapping, Source } from './mapping.js';
import { decimalOf, RefusedLine, required, timeOf } from './values.js';

const maxName = 100;

/**
 * The level that a line states.
 * @param known numbers of the lines that stated a level of the same product and place before: a second one would take its place
 * @throws RefusedLine
 */
export function levelOf(line: Line, mapping: InventoryMapping, { zone, receivedAt }: { zone: string; receivedAt: string }, known: Map<string, number>): Fact {
  const { fields } = mapping;
  const sku = named(required(line, fields.sku, 'sku'), 'sku');
  const facility = line.get(fields.facility);
  const id = factKeyOf(facility === undefined ? '' : named(facility, 'facility'), sku);
  const before = known.get(id);
  if (before !== undefined) throw new RefusedLine(`the level of ${sku} stands in line ${before} already`);
  const observedAt = timeOf(line, fields, mapping, zone)?.instant ?? receivedAt;
  const quantity = (where: Source | undefined, name: string) => {
    const value = line.get(where);
    return value === undefined ? {} : { [name]: decimalOf(value, mapping, name) };
  };
  const unit = line.get(fields.unit);
  const fact: Fact = {
    type: 'inventory_level.reported', key: { kind: 'inventory_level', id }, version: Date.parse(observedAt), factKey: observedAt, observedAt,
    payload: {
      sku, onHand: decimalOf(required(line, fields.onHand, 'onHand'), mapping, 'onHand'), ...(facility === undefined ? {} : { facility }),
      ...quantity(fields.allocated, 'allocated'), ...quantity(fields.available, 'available'), ...quantity(fields.unavailable, 'unavailable'), ...(unit === undefined ? {} : { unit: clip(unit, 20) }),
    },
  };
  known.set(id, line.number);
  return fact;
}

function named(value: string, name: string): string {
  if (value.length > maxName) throw new RefusedLine(`${name} is longer than ${maxName} characters`);
  return value;
}
