import {
  AliasNode, IdentifierNode, OperationNodeTransformer, ParensNode, SelectQueryNode, SchemableIdentifierNode, TableNode, WhereNode, SelectionNode, FromNode,
  type JoinNode, type Kysely, type KyselyPlugin, type OperationNode, type PluginTransformQueryArgs, type PluginTransformResultArgs,
  type QueryResult, type RawNode, type RootOperationNode, type UnknownRow,
} from 'kysely';
import type { Queryable } from '../db/database.js';
import type { Schema } from '../db/schema.js';
import type { Principal } from './principal.js';
import { readableTables, visible, type ReadableTable } from './visibility.js';

/** What a principal may read of. Only these tables exist for subgraphs. */
export type ReadableSchema = Pick<Schema, ReadableTable>;

/**
 * The only way to read on behalf of somebody. Every table in every FROM and JOIN of every query,
 * however deep, is replaced by its rows that the principal sees, so that a forgotten condition shows
 * nothing more. Anything but SELECT, a table without a rule, and raw SQL that names tables are refused.
 */
export interface Reader {
  readonly principal: Principal;
  readonly db: Kysely<ReadableSchema>;
}

export function readerFor(db: Queryable, principal: Principal): Reader {
  return { principal, db: db.withPlugin(new VisibilityPlugin(principal)) as unknown as Kysely<ReadableSchema> };
}

class VisibilityPlugin implements KyselyPlugin {
  readonly #transformer: VisibilityTransformer;

  constructor(principal: Principal) {
    this.#transformer = new VisibilityTransformer(principal);
  }

  transformQuery(args: PluginTransformQueryArgs): RootOperationNode {
    if (args.node.kind !== 'SelectQueryNode') throw new Error(`A reader only selects; this is a ${args.node.kind}.`);
    return this.#transformer.transformNode(args.node, args.queryId);
  }

  async transformResult(args: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return args.result;
  }
}

class VisibilityTransformer extends OperationNodeTransformer {
  readonly #principal: Principal;

  constructor(principal: Principal) {
    super();
    this.#principal = principal;
  }

  protected override transformFrom(node: FromNode, queryId?: never): FromNode {
    const inner = super.transformFrom(node, queryId);
    return { ...inner, froms: inner.froms.map((from) => this.#restrict(from)) };
  }

  protected override transformJoin(node: JoinNode, queryId?: never): JoinNode {
    const inner = super.transformJoin(node, queryId);
    return { ...inner, table: this.#restrict(inner.table) };
  }

  protected override transformRaw(node: RawNode, queryId?: never): RawNode {
    if (node.sqlFragments.some((fragment) => /\b(from|join|select|table)\b/i.test(fragment))) {
      throw new Error('Raw SQL in a reader must not name tables: build the query with the reader.');
    }
    return super.transformRaw(node, queryId);
  }

  /** `shipment as s` → `(select shipment.* from shipment where <visible>) as s`. Subqueries were restricted on the way in. */
  #restrict(node: OperationNode): OperationNode {
    if (TableNode.is(node)) return this.#visibleRows(node, nameOf(node));
    if (AliasNode.is(node) && TableNode.is(node.node)) {
      if (!IdentifierNode.is(node.alias)) throw new Error('A reader takes plain aliases only.');
      return this.#visibleRows(node.node, node.alias.name);
    }
    return node;
  }

  #visibleRows(table: TableNode, alias: string): OperationNode {
    const name = nameOf(table);
    if (table.table.schema !== undefined || !Object.hasOwn(readableTables, name)) throw new Error(`A reader cannot read table ${name}: it has no visibility rule.`);
    const from = SelectQueryNode.createFrom([TableNode.create(name)]);
    const all = SelectQueryNode.cloneWithSelections(from, [SelectionNode.createSelectAllFromTable(TableNode.create(name))]);
    const restricted = { ...all, where: WhereNode.create(visible(name as ReadableTable, this.#principal).toOperationNode()) };
    return AliasNode.create(ParensNode.create(restricted), IdentifierNode.create(alias));
  }
}

function nameOf(table: TableNode): string {
  return SchemableIdentifierNode.is(table.table) ? table.table.identifier.name : '';
}
