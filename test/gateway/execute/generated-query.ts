import { doTypesOverlap, getNamedType, isCompositeType, isUnionType, type GraphQLCompositeType, type GraphQLSchema } from 'graphql';
import { fieldNames, objectNames, type Dice, type Draw } from './generated-schema.js';
import { hash } from './scheduler.js';

const fragmentNames = ['F0', 'F1', 'F2', 'F3'];
const compositeNames = [...objectNames, 'I0', 'I1', 'U'];
const variablesSdl = '($b0: Boolean!, $b1: Boolean = true, $b2: Boolean, $s: String, $n: Int = 4, $nn: Int!, $e: E, $in: In, $l: [Int!], $i: Int, $x: S)';

export interface GeneratedRequest {
  query: string;
  /** One execution after the other. */
  variables: Array<Record<string, unknown>>;
}

/** A document against the schema; nearly always a valid one, and what is not must be executed alike, too. */
export function drawRequest(draw: Draw, dice: Dice, schema: GraphQLSchema): GeneratedRequest {
  const drawing = new Drawing(draw, dice, schema);
  const isMutation = dice.chance(draw, 15);
  const operation = `${isMutation ? 'mutation' : 'query'} Q${variablesSdl} ${drawing.selection((isMutation ? schema.getMutationType() : schema.getQueryType())!, 4)}`;
  const fragments = fragmentNames.map((name, index) => {
    const type = drawing.fragmentTypes[name]!;
    return `fragment ${name} on ${type} ${drawing.selection(schema.getType(type) as GraphQLCompositeType, 2, index + 1)}`;
  });
  const query = [operation, ...fragments].join('\n');
  return { query, variables: [drawVariables(draw, dice), drawVariables(draw, dice), drawVariables(draw, dice)] };
}

class Drawing {
  /** Which type each fragment is on. */
  readonly fragmentTypes: Readonly<Record<string, string>>;

  constructor(readonly draw: Draw, readonly dice: Dice, readonly schema: GraphQLSchema) {
    this.fragmentTypes = Object.fromEntries(fragmentNames.map((name) => [name, dice.oneOf(draw, [...compositeNames, 'Query'])]));
  }

  /** @param fragment first of the fragments that may be spread, so that none spreads itself */
  selection(type: GraphQLCompositeType, depth: number, fragment = 0): string {
    const count = this.dice.oneOf(this.draw, [1, 2, 2, 3, 4]);
    return `{ ${Array.from({ length: count }, () => this.#selected(type, depth, fragment)).join(' ')} }`;
  }

  #selected(type: GraphQLCompositeType, depth: number, fragment: number): string {
    const { draw, dice } = this;
    if (dice.chance(draw, 12) && depth > 0) {
      const condition = dice.oneOf(draw, ['', ...compositeNames.filter((name) => this.#canSpread(type, name))]);
      const inner = condition === '' ? type : (this.schema.getType(condition) as GraphQLCompositeType);
      return `...${condition === '' ? '' : ` on ${condition}`} ${this.#directives()} ${this.selection(inner, depth - 1, fragment)}`;
    }
    const spreadable = fragmentNames.filter((name, index) => index >= fragment && this.#canSpread(type, this.fragmentTypes[name]!));
    if (dice.chance(draw, 30) && spreadable.length > 0) return `...${dice.oneOf(draw, spreadable)} ${this.#directives()}`;
    if (isUnionType(type) || dice.chance(draw, 8)) return `${dice.oneOf(draw, ['', 'kind: ', '__proto__: '])}__typename ${this.#directives()}`;
    const field = dice.oneOf(draw, Object.values(type.getFields()));
    const named = getNamedType(field.type);
    const isComposite = isCompositeType(named);
    if (isComposite && depth <= 0) return '__typename';
    const given = field.args.length === 0 ? '' : this.#arguments();
    return `${this.#alias(type, field.name, given)}${field.name}${given} ${this.#directives()} ${isComposite ? this.selection(named, depth - 1, fragment) : ''}`;
  }

  /** Fields that merge are the same field with the same arguments, save now and then. */
  #alias(type: GraphQLCompositeType, field: string, given: string): string {
    const { draw, dice } = this;
    if (dice.chance(draw, 2)) return dice.oneOf(draw, ['', 'x: ', 'y: ', 'then: ', '__proto__: ']);
    const isShared = fieldNames.indexOf(field) < 3;
    if (given === '' && isShared) return dice.oneOf(draw, ['', '', `x_${field}: `]);
    return `${isShared ? '' : `${type.name}_`}${field}_${given === '' ? '' : hash(given)}: `;
  }

  #canSpread(type: GraphQLCompositeType, name: string): boolean {
    return this.dice.chance(this.draw, 1) || doTypesOverlap(this.schema, type, this.schema.getType(name) as GraphQLCompositeType);
  }

  #directives(): string {
    const { draw, dice } = this;
    if (!dice.chance(draw, 18)) return '';
    return dice.oneOf(draw, ['@include(if: $b0)', '@skip(if: $b0)', '@include(if: $b1)', '@skip(if: $b1)', '@skip(if: true)', '@include(if: true)', '@include(if: false)', '@skip(if: false) @include(if: $b0)', '@skip(if: $b0) @include(if: $b1)', ...(dice.chance(draw, 1) ? ['@include(if: $b2)'] : [])]);
  }

  #arguments(): string {
    const { draw, dice } = this;
    const [valid, percent] = dice.chance(draw, 99) ? [true, 25] : [false, 40];
    const values: Readonly<Record<string, readonly string[]>> = valid ? validArguments : invalidArguments;
    const chosen = Object.keys(values).filter(() => dice.chance(draw, percent)).map((name) => `${name}: ${dice.oneOf(draw, values[name]!)}`);
    return chosen.length === 0 ? '' : `(${chosen.join(', ')})`;
  }
}

const validArguments = {
  s: ['"text"', '$s', 'null', '"""block"""'], n: ['5', '$nn', '$n'], e: ['RED', '$e', 'null'], b: ['true', '$b0', '$b2', 'null'], l: ['[1, 2]', '[$nn]', '$l', '3', '[]'],
  in: ['{}', '{a: 2, b: "one"}', '{a: $i, b: ["x", "y"], c: {a: $nn, e: BLUE}}', '$in', '{c: {c: {e: $e, r: false}}}', '{x: "in"}', '{x: $x}'], x: ['"lit"', '5', '{a: [1, $i], b: $s}', '$x', 'null'],
};
const invalidArguments = { n: ['$i', 'null', '"no"'], e: ['BLACK', '"RED"'], l: ['[1, $i]', '[1, null]', '"x"'], in: ['{r: null}', '{zzz: 1}', '3'], x: ['"unparseable"'], zzz: ['1'] };

function drawVariables(draw: Draw, { chance, oneOf }: Dice): Record<string, unknown> {
  const variables: Record<string, unknown> = { b0: oneOf(draw, [true, false]), nn: 9 };
  const others: Readonly<Record<string, readonly unknown[]>> = {
    b1: [true, false], b2: [true, false, null], s: ['hello', null], n: [1], e: ['RED', 'BLUE', null], in: [{}, { a: 5, c: { b: ['q'] } }, { e: 'RED', x: 1 }, null], l: [[1, 2], 3, null], i: [8, null], x: ['v', { deep: 1 }, null],
  };
  for (const [name, values] of Object.entries(others)) if (chance(draw, 60)) variables[name] = oneOf(draw, values);
  if (chance(draw, 6)) Object.assign(variables, oneOf<Record<string, unknown>>(draw, [{ b0: undefined }, { n: null }, { b1: null }, { b0: 'no' }, { nn: null }, { e: 'BLACK' }, { in: { zzz: 1 } }, { in: { a: 'x', b: [1, 2] } }, { l: ['x', null] }, { x: 'unparseable' }]));
  return variables;
}
