import {
  AliasNode, CompiledQuery, createQueryId, IdentifierNode, OperationNodeTransformer, ParensNode, SelectQueryNode, SchemableIdentifierNode, TableNode, WhereNode, SelectionNode, FromNode, ValueNode,
  type JoinNode, type Kysely, type KyselyPlugin, type OperationNode, type PluginTransformQueryArgs, type PluginTransformResultArgs,
  type QueryId, type QueryResult, type RawNode, type RootOperationNode, type UnknownRow, type PrimitiveValueListNode,
} from 'kysely';
import type { Queryable } from '../db/database.js';
import { holdKeys } from '../db/held-keys.js';
import { countRun } from '../db/prepared.js';
import type { Schema } from '../db/schema.js';
import { GatehouseError } from '../lib/errors.js';
import type { Principal } from './principal.js';
import { bind, ReadStatement, templateOf, VisibleRows, type Buildable, type Template } from './statements.js';
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
  readonly db: RestrictedDatabase;
  /**
   * Runs a statement that is compiled once for its shape, prepared where the database can.
   * @param values what its `given(index)` stand for
   */
  read<Row, Shape>(statement: ReadStatement<Shape>, shape: Shape, values: readonly unknown[]): Promise<Row[]>;
}

/** All of the query builder that a reader hands out: from its other entries a way leads past the rules. */
export type RestrictedDatabase = Pick<Kysely<ReadableSchema>, 'selectFrom'>;

export function readerFor(db: Queryable, principal: Principal): Reader {
  const asWhom = (statement: QueryId) => {
    if (principal.companies === 'none') holdKeys(statement, principal.keys);
  };
  const restricted = db.withPlugin(new VisibilityPlugin((table) => visible(table, principal).toOperationNode(), asWhom)) as unknown as Kysely<ReadableSchema>;
  // The same rules, with conditions left open: what is built is restricted here, whatever it was built with.
  const open = db.withPlugin(new VisibilityPlugin((table) => ValueNode.create(new VisibleRows(table)))) as unknown as Kysely<ReadableSchema>;
  const compile = (query: Buildable): CompiledQuery => {
    const queryId = createQueryId();
    const executor = open.getExecutor();
    return executor.compileQuery(executor.transformQuery(query.toOperationNode() as RootOperationNode, queryId), queryId);
  };
  const conditions = new Map<ReadableTable, Template>();
  const condition = (table: ReadableTable): Template => {
    let template = conditions.get(table);
    if (template === undefined) conditions.set(table, (template = templateOf(compileCondition(db, visible(table, principal).toOperationNode()))));
    return template;
  };
  return {
    principal,
    db: selectOnly(restricted),
    async read<Row, Shape>(statement: ReadStatement<Shape>, shape: Shape, values: readonly unknown[]): Promise<Row[]> {
      refuseNul(values);
      const { text, values: bound } = bind(ReadStatement.templateOf(statement, shape, selectOnly(open), compile), values, condition);
      countRun(text);
      const query = CompiledQuery.raw(text, bound);
      asWhom(query.queryId);
      return (await restricted.executeQuery<Row>(query)).rows;
    },
  };
}

function selectOnly(db: Kysely<ReadableSchema>): RestrictedDatabase {
  const selectFrom = (from: never) => db.selectFrom(from);
  return { selectFrom } as RestrictedDatabase;
}

function compileCondition(db: Queryable, condition: OperationNode): CompiledQuery {
  return db.getExecutor().compileQuery(condition as RootOperationNode, createQueryId());
}

/** The condition on rows of a table. */
type ConditionOf = (table: ReadableTable) => OperationNode;

class VisibilityPlugin implements KyselyPlugin {
  readonly #transformer: VisibilityTransformer;
  readonly #asWhom: (statement: QueryId) => void;

  constructor(conditionOf: ConditionOf, asWhom: (statement: QueryId) => void = () => {}) {
    this.#transformer = new VisibilityTransformer(conditionOf);
    this.#asWhom = asWhom;
  }

  transformQuery(args: PluginTransformQueryArgs): RootOperationNode {
    if (args.node.kind !== 'SelectQueryNode') throw new Error(`A reader only selects; this is a ${args.node.kind}.`);
    this.#asWhom(args.queryId);
    return this.#transformer.transformNode(args.node, args.queryId);
  }

  async transformResult(args: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return args.result;
  }
}

/**
 * Selections that are restricted already. A query built with a reader is transformed when it becomes
 * part of another, and then once more with that one: what the rules put in must not be judged as
 * raw SQL of a caller, nor restricted twice.
 */
const restrictedSelections = new WeakSet<OperationNode>();

class VisibilityTransformer extends OperationNodeTransformer {
  readonly #conditionOf: ConditionOf;

  constructor(conditionOf: ConditionOf) {
    super();
    this.#conditionOf = conditionOf;
  }

  protected override transformSelectQuery(node: SelectQueryNode, queryId?: never): SelectQueryNode {
    return restrictedSelections.has(node) ? node : super.transformSelectQuery(node, queryId);
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

  /** A common table expression could write, or stand before a table that the rules read. */
  protected override transformWith(): never {
    throw new Error('A reader takes no common table expressions: use subqueries.');
  }

  protected override transformValue(node: ValueNode, queryId?: never): ValueNode {
    refuseNul(node.value);
    return super.transformValue(node, queryId);
  }

  protected override transformPrimitiveValueList(node: PrimitiveValueListNode, queryId?: never): PrimitiveValueListNode {
    refuseNul(node.values);
    return super.transformPrimitiveValueList(node, queryId);
  }

  /** `shipment as s` → `(select shipment.* from shipment where <visible>) as s`. Subqueries were restricted on the way in. */
  #restrict(node: OperationNode): OperationNode {
    if (TableNode.is(node)) return this.#visibleRows(node, nameOf(node));
    if (AliasNode.is(node) && TableNode.is(node.node)) {
      if (!IdentifierNode.is(node.alias)) throw new Error('A reader takes plain aliases only.');
      return this.#visibleRows(node.node, node.alias.name);
    }
    const inner = AliasNode.is(node) ? node.node : node;
    if (SelectQueryNode.is(ParensNode.is(inner) ? inner.node : inner)) return node;
    throw new Error(`A reader reads from tables and subqueries only; this is a ${inner.kind}.`);
  }

  #visibleRows(table: TableNode, alias: string): OperationNode {
    const name = nameOf(table);
    if (table.table.schema !== undefined || !Object.hasOwn(readableTables, name)) throw new Error(`A reader cannot read table ${name}: it has no visibility rule.`);
    const from = SelectQueryNode.createFrom([TableNode.create(name)]);
    const all = SelectQueryNode.cloneWithSelections(from, [SelectionNode.createSelectAllFromTable(TableNode.create(name))]);
    const restricted = { ...all, where: WhereNode.create(this.#conditionOf(name as ReadableTable)) };
    restrictedSelections.add(restricted);
    return AliasNode.create(ParensNode.create(restricted), IdentifierNode.create(alias));
  }
}

/** PostgreSQL stores no NUL, so a text with one names nothing; handed on, it would fail as our fault. */
function refuseNul(value: unknown): void {
  if (Array.isArray(value)) value.forEach(refuseNul);
  else if (typeof value === 'string' && value.includes('\0')) throw new GatehouseError('BAD_INPUT', 'A text in the arguments holds a NUL character.');
}

function nameOf(table: TableNode): string {
  return SchemableIdentifierNode.is(table.table) ? table.table.identifier.name : '';
}
