import {
  getNamedType, isEnumType, isInputObjectType, isInterfaceType, isListType, isNonNullType, isObjectType, isUnionType,
  type GraphQLField, type GraphQLInputType, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema,
} from 'graphql';
import { oddNumbers, oddTexts, damaged, type Random } from './random.js';

export interface FuzzedOperation {
  query: string;
  variables: Record<string, unknown>;
  operationName?: string;
  kind: 'query' | 'mutation' | 'subscription';
}

const maxLevels = 5;

/** Operations by the grammar of a schema: mostly valid, with values that are at the edge or beyond it. */
export class Documents {
  readonly #schema: GraphQLSchema;
  /** Ids and cursors that are there, so that records are found. */
  readonly #known: readonly string[];

  constructor(schema: GraphQLSchema, known: readonly string[]) {
    this.#schema = schema;
    this.#known = known;
  }

  operation(random: Random): FuzzedOperation {
    const kind = random.pick(['query', 'query', 'query', 'query', 'mutation', 'subscription'] as const);
    const root = { query: this.#schema.getQueryType(), mutation: this.#schema.getMutationType(), subscription: this.#schema.getSubscriptionType() }[kind];
    if (root == null) return { kind: 'query', query: '{ __typename }', variables: {} };
    const writer = new Writer(random, this.#known);
    const body = writer.selection(root, kind === 'subscription' ? 1 : 1 + random.below(3), 0);
    const name = random.pick(['', 'A', 'A', random.pick(['query', 'on', 'null', '_'])]);
    const head = `${kind} ${name}${writer.declarations.length === 0 ? '' : `(${writer.declarations.join(', ')})`}`;
    let query = `${head} ${body} ${writer.fragments.join(' ')}`;
    if (random.chance(0.25)) query = damaged(random, Buffer.from(query)).toString('utf8');
    return { kind, query, variables: writer.variables, ...(random.chance(0.2) ? { operationName: random.pick(['A', 'B', '', ...oddTexts]) } : {}) };
  }
}

class Writer {
  readonly declarations: string[] = [];
  readonly variables: Record<string, unknown> = {};
  readonly fragments: string[] = [];
  readonly #random: Random;
  readonly #known: readonly string[];

  constructor(random: Random, known: readonly string[]) {
    this.#random = random;
    this.#known = known;
  }

  selection(type: GraphQLNamedType, count: number, level: number): string {
    const random = this.#random;
    if (isUnionType(type)) return `{ __typename ${type.getTypes().map((member) => `... on ${member.name} ${this.selection(member, 1, level)}`).join(' ')} }`;
    if (!isObjectType(type) && !isInterfaceType(type)) return '';
    const fields = Object.values((type as GraphQLObjectType).getFields());
    const chosen = Array.from({ length: count }, () => random.pick(fields));
    const text = chosen.map((field) => this.#field(field, level)).filter((each) => each !== '').join(' ');
    const body = `{ ${text === '' || random.chance(0.1) ? '__typename ' : ''}${text} }`;
    if (!random.chance(0.1)) return body;
    const name = `F${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${type.name} ${body}`);
    return `{ ...${name} }`;
  }

  #field(field: GraphQLField<unknown, unknown>, level: number): string {
    const random = this.#random;
    const type = getNamedType(field.type);
    const isLeaf = !('getFields' in type) && !isUnionType(type);
    if (!isLeaf && level >= maxLevels) return '';
    const given = field.args.filter((argument) => isNonNullType(argument.type) ? !random.chance(0.03) : random.chance(0.4));
    const args = given.map((argument) => `${argument.name}: ${random.chance(0.3) ? this.#variable(argument.type) : this.#literal(this.#value(argument.type, argument.name, 0), argument.type)}`);
    const directive = random.chance(0.08) ? random.pick([' @include(if: true)', ' @skip(if: false)', ' @include(if: $v0)', ' @defer', ' @x']) : '';
    const alias = random.chance(0.1) ? `a${random.below(3)}: ` : '';
    return `${alias}${field.name}${args.length === 0 ? '' : `(${args.join(', ')})`}${directive}${isLeaf ? '' : ` ${this.selection(type, 1 + random.below(4), level + 1)}`}`;
  }

  #variable(type: GraphQLInputType): string {
    const name = `v${this.declarations.length}`;
    this.declarations.push(`$${name}: ${String(type)}`);
    if (!this.#random.chance(0.05)) this.variables[name] = this.#value(type, name, 0);
    return `$${name}`;
  }

  /** A value as it would stand in variables; now and then one of another type. */
  #value(type: GraphQLInputType, name: string, level: number): unknown {
    const random = this.#random;
    if (random.chance(0.06)) return random.pick<unknown>([...oddTexts, ...oddNumbers, null, [], {}, [[]], true]);
    if (isNonNullType(type)) return this.#value(type.ofType, name, level);
    if (random.chance(0.08)) return null;
    if (isListType(type)) return Array.from({ length: random.below(4) }, () => this.#value(type.ofType, name, level));
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || (level < 3 && random.chance(0.5)));
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type, field.name, level + 1)]));
    }
    switch (type.name) {
      case 'Int': return random.chance(0.7) ? 1 + random.below(5) : random.pick(oddNumbers);
      case 'Float': return random.pick(oddNumbers);
      case 'Boolean': return random.chance(0.5);
      default: return random.chance(0.4) && this.#known.length > 0 ? random.pick(this.#known) : random.pick(oddTexts);
    }
  }

  #literal(value: unknown, type: GraphQLInputType): string {
    const inner = isNonNullType(type) ? type.ofType : type;
    if (value === null || typeof value === 'boolean') return String(value);
    if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : value.toExponential();
    if (typeof value === 'string') return isEnumType(inner) && /^\w+$/.test(value) ? value : JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map((item) => this.#literal(item, isListType(inner) ? inner.ofType : inner)).join(', ')}]`;
    const fields = isInputObjectType(inner) ? inner.getFields() : {};
    return `{ ${Object.entries(value as object).filter(([key]) => /^[_A-Za-z]\w*$/.test(key)).map(([key, item]) => `${key}: ${this.#literal(item, fields[key]?.type ?? inner)}`).join(', ')} }`;
  }
}
