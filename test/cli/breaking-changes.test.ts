import { expect, it } from 'vitest';
import { compareSchemas } from '../../src/cli/breaking-changes.js';

const released = `type Query { shipment(id: ID!): Shipment } type Shipment { id: ID! carrier: String status: Status! } enum Status { PLANNED DELIVERED }`;

it('lets clients of the last release be: fields, optional arguments and values that are new break nobody', async () => {
  const now = `type Query { shipment(id: ID!, reference: String): Shipment load: Load } type Load { id: ID! } type Shipment { id: ID! carrier: String! status: Status! eta: String } enum Status { PLANNED DELIVERED LOST }`;
  expect(await compareSchemas(released, now, [])).toEqual({ breaking: [], approved: [], unused: [] });
});

it('names each change that breaks clients by its place, and lets through what was approved there', async () => {
  const now = `type Query { shipment(id: ID!, company: ID!): Shipment } type Shipment { id: ID! status: Status! } enum Status { PLANNED }`;
  const all = await compareSchemas(released, now, []);
  expect(all.breaking.map((change) => change.path).sort()).toEqual(['Query.shipment.company', 'Shipment.carrier', 'Status.DELIVERED']);
  const approval = { path: 'Shipment.carrier', reason: 'No client ever asked for it.', date: '2026-11-21' };
  const some = await compareSchemas(released, now, [approval, { ...approval, path: 'Shipment.gone' }]);
  expect(some.breaking.map((change) => change.path).sort()).toEqual(['Query.shipment.company', 'Status.DELIVERED']);
  expect(some.approved).toMatchObject([approval]);
  expect(some.unused).toMatchObject([{ path: 'Shipment.gone' }]);
});
