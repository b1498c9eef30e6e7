import type { FactType } from './facts.js';

/**
 * Which kind of system may state which facts. What a source states outside of this is appended,
 * marked, not applied, and raised as an Exception.
 */
const freight: readonly FactType[] = ['milestone.reported', 'milestone.retracted', 'estimate.reported'];
const records: readonly FactType[] = ['order.reported', 'transfer.reported', 'party.reported', 'product.reported', 'stock.reported', 'invoice.reported', 'record.deleted'];

/** The transport management system owns loads with their stops. */
const loads: readonly FactType[] = ['load.reported', 'record.deleted'];
/** The yard owns its facilities, and who comes and came when. */
const yard: readonly FactType[] = ['facility.reported', 'appointment.reported', 'visit.reported', 'record.deleted'];

const owned: Readonly<Record<string, readonly FactType[]>> = {
  odoo: records,
  easypost: freight,
  x12: freight,
  otm: [...loads, ...freight],
  opendock: yard,
};

/** False for a connector that is not in the table. */
export function owns(connector: string, type: FactType): boolean {
  return owned[connector]?.includes(type) ?? false;
}
