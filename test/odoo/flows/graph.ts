import { globalId } from '../../../src/lib/ids.js';
import type { RecordKind } from '../../../src/model/facts.js';
import { recordId } from '../../../src/projections/records.js';
import type { Many2one, World } from './world.js';

/** Every node of a list of the graph. */
export async function allOf<Node>(world: World, field: string, selection: string): Promise<Node[]> {
  const found: Node[] = [];
  for (let after: string | null = null; ; ) {
    const answer: { page: { nodes: Node[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } = await world.gatehouse.graphql(`query ($after: String) { page: ${field}(first: 20, after: $after) { nodes { ${selection} } pageInfo { hasNextPage endCursor } } }`, { after });
    found.push(...answer.page.nodes);
    if (!answer.page.pageInfo.hasNextPage) return found;
    after = answer.page.pageInfo.endCursor;
  }
}

export async function allById<Node extends { id: string }>(world: World, field: string, selection: string): Promise<Map<string, Node>> {
  return new Map((await allOf<Node>(world, field, selection)).map((node) => [node.id, node]));
}

const typeOfKind = { order: 'Order', transfer: 'Transfer', party: 'Party', product: 'Product', stock: 'StockLevel', invoice: 'Invoice' } as const satisfies Partial<Record<RecordKind, string>>;

/** Id in the graph of a record of Odoo that is told to a connection. */
export function graphId(kind: keyof typeof typeOfKind, connection: string, id: string | number): string {
  return globalId(typeOfKind[kind], recordId(kind, connection, String(id)));
}

/**
 * What the graph should show under a field that names a record: its id; but of one that stood in Odoo before
 * anybody told of it, nothing or it.
 */
export function reference(kind: keyof typeof typeOfKind, connection: string, many2one: Many2one, isTold: (id: number) => boolean, shown: { id: string } | null): string | null {
  if (many2one === false) return null;
  return isTold(many2one[0]) || shown !== null ? graphId(kind, connection, many2one[0]) : null;
}
