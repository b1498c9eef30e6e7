import type { FactType } from './facts.js';

/**
 * Which kind of system may state which facts. What a source states outside of this is appended,
 * marked, not applied, and raised as an Exception.
 */
const freight: readonly FactType[] = ['milestone.reported', 'milestone.retracted', 'estimate.reported'];
const records: readonly FactType[] = ['order.reported', 'transfer.reported', 'party.reported', 'product.reported', 'stock.reported', 'invoice.reported', 'record.deleted'];

const owned: Readonly<Record<string, readonly FactType[]>> = {
  odoo: records,
  easypost: freight,
  x12: freight,
};

/** False for a connector that is not in the table. */
export function owns(connector: string, type: FactType): boolean {
  return owned[connector]?.includes(type) ?? false;
}
