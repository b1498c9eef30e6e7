import { describe, expect, it } from 'vitest';
import { milestoneFields, milestoneOf, shipmentFields, shipmentOf } from '../../src/subgraphs/carrier/rows.js';
import { invoiceFields, invoiceOf } from '../../src/subgraphs/odoo/invoices/rows.js';
import { orderFields, orderOf } from '../../src/subgraphs/odoo/loaders.js';
import { productFields, productOf, stockLevelFields, stockLevelOf } from '../../src/subgraphs/odoo/products/rows.js';
import { transferFields, transferOf } from '../../src/subgraphs/odoo/transfers/rows.js';
import { exceptionFields, exceptionOf } from '../../src/subgraphs/operations/loaders.js';
import type { FieldColumns } from '../../src/subgraphs/shared/columns.js';
import { loadFields, loadOf, stopFields, stopOf } from '../../src/subgraphs/tms/rows.js';
import { appointmentFields, appointmentOf, facilityFields, facilityOf, visitFields, visitOf } from '../../src/subgraphs/yard/rows.js';

type ItemOf = (row: never) => object;

describe.each<[string, FieldColumns, ItemOf]>([
  ['shipment', shipmentFields, shipmentOf], ['milestone', milestoneFields, milestoneOf], ['order', orderFields, orderOf], ['transfer', transferFields, transferOf], ['invoice', invoiceFields, invoiceOf],
  ['product', productFields, productOf], ['stock level', stockLevelFields, stockLevelOf], ['exception', exceptionFields, exceptionOf], ['load', loadFields, loadOf], ['stop', stopFields, stopOf],
  ['appointment', appointmentFields, appointmentOf], ['visit', visitFields, visitOf], ['facility', facilityFields, facilityOf],
])('the columns that are read of a %s', (_what, fields, itemOf) => {
  /** Expressions that a statement selects with every row. */
  const always = ['available'];
  /** Makes an item of a row with only these columns; each holds its own name. */
  const itemWith = (names: readonly string[]) => {
    const columns = new Set([...always, ...names.map((name) => name.split('.')[1]!)]);
    const used = new Set<string>();
    const item = itemOf(new Proxy({}, { get: (_row, name: string) => (used.add(name), columns.has(name) ? name : undefined) }) as never) as Record<string, unknown>;
    return { item, used };
  };
  const all = itemWith(fields.of(undefined).names);

  it('are, where any field may be read, all that it is made of', () => {
    const selected = fields.of(undefined).names.map((name) => name.split('.')[1]!);
    expect([...all.used].filter((name) => !always.includes(name) && !selected.includes(name))).toEqual([]);
  });

  it('are for each field those that its value is made of', () => {
    for (const [field, value] of Object.entries(all.item)) {
      if (typeof value === 'object' && value !== null) {
        for (const [inner, expected] of Object.entries(value)) {
          const name = `${field}.${inner}`;
          // Kept under another name for a resolver of that field.
          if (inner !== 'text') expect((itemWith(fields.of([field, name]).names).item[field] as Record<string, unknown>)[inner], name).toEqual(expected);
        }
      } else if (!isForResolvers(field)) expect(itemWith(fields.of([fieldShowing[field] ?? field]).names).item[field], field).toEqual(value);
    }
  });
});

/** Properties whose field has another name: a resolver makes something more of them. */
const fieldShowing: Readonly<Record<string, string | undefined>> = {
  splitFromUuid: 'splitFrom', mergedIntoUuid: 'mergedInto', claimed: 'claimedNames', standing: 'standingOn',
  sealNumbers: 'seals', countRecords: 'counts', findingRecords: 'findings', equipmentRecords: 'equipment', sealedDriver: 'driver',
};

/** Properties that no field of this name shows. */
function isForResolvers(property: string): boolean {
  return ['allLines', 'text', 'facilityCode', 'company', 'nameKey'].includes(property) || property.endsWith('Id');
}
