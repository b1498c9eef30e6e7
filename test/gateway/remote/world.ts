import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, validate, type ExecutionResult } from 'graphql';
import { Graphs } from '../../../src/gateway/graphs.js';
import type { LocalSubgraph } from '../../../src/gateway/compose.js';
import { createLog } from '../../../src/lib/log.js';
import { subgraphOf } from '../fusion/subgraph.js';

/** Asks of local resolvers, so that a test sees which were. */
export class Asked {
  readonly fields: string[] = [];
  readonly principal: { scopes: Set<string> };
  readonly correlationId = 'test';

  constructor(scopes: readonly string[] = ['shipments:read', 'carbon:read'], readonly headers: Record<string, string> = {}) {
    this.principal = { scopes: new Set(scopes) };
  }
}

const shipments = Array.from({ length: 5 }, (_, n) => ({ id: `s${n}`, tracking: `T${n}`, status: 'IN_TRANSIT', weight: 100 * n }));
/** Not for this token to see: no subgraph tells anything of it. */
const known = (by: (shipment: (typeof shipments)[number]) => boolean) => shipments.find(by) ?? null;

/** Two local subgraphs that join shipments by id, and one of them by tracking number, too. */
export function localSubgraphs(): LocalSubgraph[] {
  const tracking = subgraphOf('tracking', `
    type Query { shipments(first: Int): [Shipment!] shipment(id: ID!): Shipment secret: String @requiresScopes(scopes: [["secret:read"]]) }
    type Subscription { moved: Shipment }
    type Shipment @key(fields: "id") @key(fields: "tracking") { id: ID! tracking: String! status: String! @shareable }`, {
    Query: {
      shipments: (_: unknown, { first }: { first?: number }, context: Asked) => (context.fields.push('shipments'), shipments.slice(0, first ?? 5)),
      shipment: (_: unknown, { id }: { id: string }) => known((each) => each.id === id),
      secret: () => 'told',
    },
    Subscription: {
      moved: { subscribe: async function* () { for (const shipment of shipments.slice(0, 3)) yield { moved: shipment }; } },
    },
    Shipment: { __resolveReference: (reference: { id?: string; tracking?: string }, context: Asked) => (context.fields.push('tracking.Shipment'), known((each) => each.id === reference.id || each.tracking === reference.tracking)) },
  });
  const scales = subgraphOf('scales', 'type Query { scales: Int } type Shipment @key(fields: "id") { id: ID! weight: Int }', {
    Query: { scales: () => 1 },
    Shipment: { __resolveReference: ({ id }: { id: string }) => known((each) => each.id === id) },
  });
  return [tracking, scales];
}

/** A customer's own service: adds to shipments, and knows some by tracking number only. */
export const carbon = subgraphOf('carbon', `
  type Query { heaviest: Shipment offsets: [Offset!]! carbonVersion: String! hidden: Int @requiresScopes(scopes: [["carbon:read"]]) }
  type Mutation { offset(shipment: ID!): Offset }
  type Shipment @key(fields: "id") { id: ID! weight: Int @external emission: Float! footprint: Float @requires(fields: "weight") }
  type Offset @key(fields: "id") { id: ID! parcel: Parcel }
  type Parcel { shipment: Shipment }`, {
  Query: { heaviest: () => ({ id: 's4' }), offsets: () => [{ id: 'o1', parcel: { shipment: { id: 's1' } } }, { id: 'o2', parcel: { shipment: { id: 'unknown' } } }], carbonVersion: () => '1', hidden: () => 7 },
  Mutation: { offset: (_: unknown, { shipment }: { shipment: string }) => ({ id: `o-${shipment}`, parcel: { shipment: { id: shipment } } }) },
  Shipment: {
    __resolveReference: (reference: object) => reference,
    emission: ({ id }: { id: string }) => Number(id.slice(1)) + 0.5,
    footprint: ({ weight }: { weight?: number }) => (weight === undefined ? null : weight / 10),
  },
});

export interface World {
  graphs: Graphs;
  /** Writes the file of remote subgraphs. */
  configure(settings: object, files?: Readonly<Record<string, string>>): void;
  ask(query: string, context?: Asked, variables?: Record<string, unknown>): Promise<ExecutionResult & { data?: any }>;
  close(): void;
}

/** A gateway over the local subgraphs and what `settings` says. */
export async function openWorld(settings: object, files: Readonly<Record<string, string>> = {}, maxCost = 10_000): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-remote-'));
  const remoteFile = join(folder, 'remote.json');
  const configure: World['configure'] = (next, more = {}) => {
    for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text);
    writeFileSync(remoteFile, JSON.stringify(next));
  };
  configure(settings, files);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let graphs: Graphs;
  try {
    graphs = await Graphs.open(localSubgraphs(), { log: createLog('silent'), cost: { maxCost }, remoteFile });
  } catch (error) {
    remove();
    throw error;
  }
  return {
    graphs,
    configure,
    async ask(query, context = new Asked(), variableValues = {}) {
      const graph = graphs.current;
      const document = parse(query);
      const errors = validate(graph.schema, document);
      if (errors.length > 0) throw new AggregateError(errors, `It is not valid: ${errors.map(({ message }) => message).join(' ')}`);
      return JSON.parse(JSON.stringify(await graph.execute({ document, contextValue: context, variableValues }))) as ExecutionResult;
    },
    close() {
      graphs.close();
      remove();
    },
  };
}
