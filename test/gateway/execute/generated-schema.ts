import type fc from 'fast-check';
import { buildSchema, GraphQLSchema, isAbstractType, isObjectType, type GraphQLAbstractType, type GraphQLEnumType, type GraphQLObjectType, type GraphQLScalarType } from 'graphql';
import type { GeneratedData } from './generated-data.js';

/** Draws a value; failing cases shrink. */
export type Draw = fc.GeneratorValue;

interface Shape {
  sdl: string;
  /** Fields, `Type.field`, that have no resolver. */
  plain: ReadonlySet<string>;
  /** Interfaces and unions that have no resolveType. */
  untyped: ReadonlySet<string>;
  /** Object types that have isTypeOf. */
  checked: ReadonlySet<string>;
}

export const objectNames = ['O0', 'O1', 'O2', 'O3'];
export const fieldNames = ['f0', 'f1', 'f2', 'f3', 'f4', 'f5'];
const leaves = ['String', 'Int', 'Float', 'Boolean', 'ID', 'E', 'S'];
export const argumentsSdl = '(s: String = "d", n: Int!= 3, e: E, b: Boolean, l: [Int!], in: In, x: S)';
const fixed = `
  scalar S
  enum E { RED GREEN BLUE }
  input In { a: Int = 1 b: [String!] c: In e: E = GREEN r: Boolean! = true x: S }
`;

/** A schema whose types refer to each other at random; interfaces give the names that all their objects share. */
export function drawShape(draw: Draw, { chance, oneOf }: Dice): Shape {
  const shared = fieldNames.slice(0, 3).map((name) => ({ name, type: drawType(draw, { chance, oneOf }), hasArguments: chance(draw, 20) }));
  const line = ({ name, type, hasArguments }: (typeof shared)[number]) => `${name}${hasArguments ? argumentsSdl : ''}: ${type}`;
  const objects = objectNames.map((name, index) => {
    const own = fieldNames.slice(3).map((field) => ({ name: field, type: drawType(draw, { chance, oneOf }), hasArguments: chance(draw, 20) }));
    const implemented = index < 2 ? ' implements I0' : index === 2 ? ' implements I0 & I1' : '';
    return `type ${name}${implemented} { ${[...shared, ...own].map(line).join(' ')} }`;
  });
  const interfaces = ['I0', 'I1'].map((name) => `interface ${name} { ${shared.map(line).join(' ')} }`);
  const roots = ['Query', 'Mutation'].map((name) => `type ${name} { ${fieldNames.map((field) => `${field}${argumentsSdl}: ${drawType(draw, { chance, oneOf }, 70)}`).join(' ')} }`);
  const all = [...objectNames, 'Query', 'Mutation'].flatMap((type) => fieldNames.map((field) => `${type}.${field}`));
  const some = (names: readonly string[], percent: number) => new Set(names.filter(() => chance(draw, percent)));
  return { sdl: [fixed, ...objects, ...interfaces, 'union U = O0 | O2 | O3', ...roots].join('\n'), plain: new Set(all.filter((name) => chance(draw, objectNames.includes(name.slice(0, 2)) ? 50 : 4))), untyped: some(['I0', 'I1', 'U'], 30), checked: some(objectNames, 30) };
}

export interface Dice {
  chance(draw: Draw, percent: number): boolean;
  oneOf<Value>(draw: Draw, values: readonly Value[]): Value;
}

function drawType(draw: Draw, { chance, oneOf }: Dice, compositePercent = 45): string {
  const named = chance(draw, compositePercent) ? oneOf(draw, [...objectNames, 'I0', 'I1', 'U']) : oneOf(draw, leaves);
  let type = chance(draw, 35) ? `${named}!` : named;
  if (chance(draw, 35)) type = `[${type}]${chance(draw, 40) ? '!' : ''}`;
  if (chance(draw, 8)) type = `[${type}]`;
  return type;
}

/** Makes the schema executable over the data. */
export function executable({ sdl, plain, untyped, checked }: Shape, data: GeneratedData): GraphQLSchema {
  const schema = buildSchema(sdl);
  const scalar = schema.getType('S') as GraphQLScalarType;
  scalar.serialize = (value) => data.serializeScalar(value);
  scalar.parseValue = (value) => data.parseScalar(value);
  const colours = schema.getType('E') as GraphQLEnumType;
  for (const value of colours.getValues()) value.value = `internal ${value.name}`;
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isObjectType(type)) addResolvers(type, plain, checked, data);
    else if (isAbstractType(type) && !untyped.has(type.name)) addTypeResolver(type, data);
  }
  return schema;
}

function addResolvers(type: GraphQLObjectType, plain: ReadonlySet<string>, checked: ReadonlySet<string>, data: GeneratedData): void {
  for (const field of Object.values(type.getFields())) {
    if (!plain.has(`${type.name}.${field.name}`)) field.resolve = (source, args, context, info) => data.resolve(source, args, context, info);
  }
  if (checked.has(type.name)) type.isTypeOf = (value, _context, info) => data.isTypeOf(type, value, info) as boolean;
}

function addTypeResolver(type: GraphQLAbstractType, data: GeneratedData): void {
  type.resolveType = (value, _context, info) => data.typeOf(value, info) as string;
}
