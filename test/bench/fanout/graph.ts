import { buildSubgraphSchema } from '@apollo/subgraph';
import DataLoader from 'dataloader';
import { buildSchema, parse, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import type pg from 'pg';
import type { LocalSubgraph } from '../../../src/gateway/compose.js';
import { MemoryLog } from '../../support/live/memory-log.js';

export interface BenchEvent {
  id: string;
  code: string;
  occurredAt: string;
  source: { connection: string; rawCode: string };
  shipmentId: string;
}

export const shipments = 1000;

export function benchEvent(serial: number): BenchEvent {
  return { id: `MilestoneEvent:${serial}`, code: 'IN_TRANSIT', occurredAt: '2026-11-21T12:00:00.000Z', source: { connection: 'parcel', rawCode: 'in_transit' }, shipmentId: String(serial % shipments) };
}

/** Reaches shipment and order, or reads what the event itself holds. */
export const documents = {
  order: 'subscription Board($after: String, $group: Int) { milestones(after: $after, group: $group) { id code occurredAt source { connection rawCode } shipment { id reference status order { id reference state } } } }',
  memory: 'subscription Board($after: String, $group: Int) { milestones(after: $after, group: $group) { id code occurredAt source { connection rawCode } } }',
} as const;
export type DocumentName = keyof typeof documents;

export async function fillTables(pool: pg.Pool): Promise<void> {
  await pool.query('create table bench_shipment (id text primary key, reference text, status text)');
  await pool.query('create table bench_order (id text, shipment_id text primary key, reference text, state text)');
  await pool.query(`insert into bench_shipment select n::text, 'WH/OUT/' || n, 'IN_TRANSIT' from generate_series(0, ${shipments - 1}) n`);
  await pool.query(`insert into bench_order select 'o' || n, n::text, 'S' || n, 'sale' from generate_series(0, ${shipments - 1}) n`);
}

/** Of one execution. */
export class BenchContext {
  readonly correlationId = '';
  readonly principal = { scopes: new Set<string>() };
  readonly shipment: DataLoader<string, unknown>;
  readonly order: DataLoader<string, unknown>;

  constructor(pool: pg.Pool) {
    this.shipment = rowLoader(pool, 'select id, reference, status from bench_shipment where id = any($1)', 'id');
    this.order = rowLoader(pool, 'select id, shipment_id, reference, state from bench_order where shipment_id = any($1)', 'shipment_id');
  }
}

function rowLoader(pool: pg.Pool, text: string, key: string): DataLoader<string, unknown> {
  return new DataLoader(async (ids) => {
    const { rows } = await pool.query<Record<string, unknown>>({ name: key, text, values: [ids] });
    const byKey = new Map(rows.map((row) => [row[key], row]));
    return ids.map((id) => byKey.get(id) ?? null);
  });
}

export const log = new MemoryLog<BenchEvent>(1000);

const ofEvent = `type MilestoneEvent { id: ID! code: String! occurredAt: String! source: Source! shipment: Shipment } type Source { connection: String! rawCode: String! }`;
const root = `type Query { version: String } type Subscription { milestones(after: String, group: Int): MilestoneEvent }`;
const shipmentOf = ({ shipmentId }: BenchEvent, _args: unknown, context: BenchContext) => context.shipment.load(shipmentId);
const orderOf = ({ id }: { id: string }, _args: unknown, context: BenchContext) => context.order.load(id);
const feedOf = (_root: unknown, { after }: { after?: string }) => log.feed(after);

/** As the product has it: shipments of one subgraph, their orders of another. */
export function subgraphs(): LocalSubgraph[] {
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
  const carrier = `${link} ${root.replace('String }', 'String @shareable }')} ${ofEvent} type Shipment @key(fields: "id") { id: ID! reference: String status: String }`;
  const odoo = `${link} type Query { version: String @shareable } type Shipment @key(fields: "id") { id: ID! order: Order } type Order { id: ID! reference: String! state: String! }`;
  const subgraph = (name: string, sdl: string, resolvers: object): LocalSubgraph => ({ name, sdl, schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]) });
  return [
    subgraph('carrier', carrier, { Subscription: { milestones: { subscribe: feedOf, resolve: (event: unknown) => event } }, MilestoneEvent: { shipment: shipmentOf }, Shipment: { __resolveReference: (reference: unknown) => reference } }),
    subgraph('odoo', odoo, { Shipment: { __resolveReference: (reference: unknown) => reference, order: orderOf } }),
  ];
}

/** The same as one schema, for graphql-js. */
export function plainSchema(): GraphQLSchema {
  const schema = buildSchema(`${root} ${ofEvent} type Shipment { id: ID! reference: String status: String order: Order } type Order { id: ID! reference: String! state: String! }`);
  const field = (type: string, name: string) => (schema.getType(type) as unknown as { getFields(): Record<string, { resolve?: unknown; subscribe?: unknown }> }).getFields()[name]!;
  Object.assign(field('Subscription', 'milestones'), { subscribe: feedOf, resolve: ((event) => event) satisfies GraphQLFieldResolver<unknown, unknown> });
  field('MilestoneEvent', 'shipment').resolve = shipmentOf;
  field('Shipment', 'order').resolve = orderOf;
  return schema;
}
