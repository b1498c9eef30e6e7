import { isEnumType, isListType, isNonNullType, isObjectType, isScalarType, type GraphQLObjectType, type GraphQLOutputType, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import { fieldNames, objectNames } from './generated-schema.js';
import { hash, type Scheduler } from './scheduler.js';

interface Generated {
  key: string;
  type: string;
}

/** Values, errors and promises, each decided by its place and a seed: the same for whoever asks. */
export class GeneratedData {
  readonly #seed: string;
  readonly #scheduler: Scheduler;
  readonly #plain: ReadonlySet<string>;
  /** Percent of values that are promises. */
  readonly #asynchrony: number;
  /** Percent of values that are amiss. */
  readonly #faults: number;
  schema!: GraphQLSchema;

  constructor(options: { seed: number; scheduler: Scheduler; plain: ReadonlySet<string>; asynchrony: number; faults: number }) {
    this.#seed = String(options.seed);
    this.#scheduler = options.scheduler;
    this.#plain = options.plain;
    this.#asynchrony = options.asynchrony;
    this.#faults = options.faults;
  }

  resolve(source: unknown, args: Record<string, unknown>, context: unknown, info: GraphQLResolveInfo): unknown {
    const key = `${(source as Generated | undefined)?.key ?? 'root'}.${pathOf(info)}`;
    return this.#value(info.returnType, key, () => told(args, context, info), 0);
  }

  isTypeOf(type: GraphQLObjectType, value: unknown, info: GraphQLResolveInfo): unknown {
    const key = `is ${type.name} ${(value as Generated).key} ${info.fieldName}`;
    return this.#perhapsLater(key, () => {
      if (this.#isFault(key, 2)) throw new Error(`isTypeOf ${key}`);
      return (value as Generated).type === type.name ? !this.#isFault(`not ${key}`, 3) : false;
    });
  }

  typeOf(value: unknown, info: GraphQLResolveInfo): unknown {
    const key = `type ${(value as Generated).key} ${pathOf(info)}`;
    return this.#perhapsLater(key, () => {
      if (!this.#isFault(key, 1)) return (value as Generated).type;
      const wrong: Array<() => unknown> = [() => 'Nothing', () => 'I0', () => 'E', () => null, () => 7, () => 'O1', () => 'O3', () => this.schema.getType('O0'), () => { throw new Error(`resolveType ${key}`); }];
      return this.#pick(`wrong ${key}`, wrong)();
    });
  }

  serializeScalar(value: unknown): unknown {
    if (value === 'unserializable') throw new Error('cannot serialize');
    return value === 'nothing' ? undefined : { scalar: value };
  }

  parseScalar(value: unknown): unknown {
    if (value === 'unparseable') throw new Error('cannot parse');
    return ['parsed', value];
  }

  #value(type: GraphQLOutputType, key: string, tell: () => string, depth: number): unknown {
    if (this.#isFault(`throw ${key}`, 1)) throw new Error(`thrown ${key}`);
    if (this.#isFault(`return ${key}`, 2)) return new Error(`returned ${key}`);
    return this.#perhapsLater(key, () => {
      if (this.#isFault(`reject ${key}`, 1)) throw this.#isFault(`odd ${key}`, 0.2) ? (`odd ${key}` as unknown as Error) : new Error(`rejected ${key}`);
      if (this.#isFault(`null ${key}`, 1)) return this.#isFault(`undefined ${key}`, 0.1) ? undefined : null;
      return this.#present(type, key, tell, depth);
    });
  }

  #present(type: GraphQLOutputType, key: string, tell: () => string, depth: number): unknown {
    if (isNonNullType(type)) return this.#present(type.ofType, key, tell, depth);
    if (isListType(type)) return this.#list(type.ofType, key, tell, depth);
    if (isScalarType(type)) return this.#scalar(type.name, key, tell);
    if (isEnumType(type)) return this.#isFault(`enum ${key}`, 1) ? 'RED' : this.#pick(key, ['internal RED', 'internal GREEN', 'internal BLUE']);
    const names = isObjectType(type) ? [type.name] : this.schema.getPossibleTypes(type as never).map(({ name }) => name);
    return this.#object(this.#pick(`of ${key}`, names), key, depth);
  }

  #list(itemType: GraphQLOutputType, key: string, tell: () => string, depth: number): unknown {
    if (this.#isFault(`no list ${key}`, 1)) return this.#pick(key, [5, 'text', {}]);
    const items = Array.from({ length: hash(`length ${this.#seed} ${key}`) % 4 }, (_, index) => {
      try {
        return this.#value(itemType, `${key}[${index}]`, tell, depth + 1);
      } catch (error) {
        return error;
      }
    });
    const ends = this.#isFault(`ends ${key}`, 1);
    if (!ends && this.#pick(`kind ${key}`, [true, true, false])) return items;
    return (function* () {
      yield* items;
      if (ends) throw new Error(`the list ends ${key}`);
    })();
  }

  #scalar(name: string, key: string, tell: () => string): unknown {
    const isWrong = this.#isFault(`scalar ${key}`, 1);
    if (name === 'Int') return isWrong ? this.#pick(key, [1.5, 'x', 2 ** 31, NaN, {}]) : this.#pick(key, [0, -0, 7, '12', true, -(2 ** 31)]);
    if (name === 'Float') return isWrong ? this.#pick(key, ['', 'x', Infinity]) : this.#pick(key, [0.5, -1, '3.5', false]);
    if (name === 'Boolean') return isWrong ? 'yes' : this.#pick(key, [true, false, 1]);
    if (name === 'ID') return isWrong ? 1.5 : this.#pick(key, ['id', 7, 'x']);
    if (name === 'S') return isWrong ? this.#pick(key, ['unserializable', 'nothing']) : this.#pick(key, ['s', 0, tell()]);
    return isWrong ? { no: 'text' } : this.#pick(key, [tell(), tell(), '', 5, true]);
  }

  /** With its plain fields as properties: values, promises and methods. */
  #object(type: string, key: string, depth: number): unknown {
    const object: Record<string, unknown> = { key, type };
    if (hash(`typename ${this.#seed} ${key}`) % 2 === 0) object.__typename = type;
    const fields = (this.schema.getType(type) as GraphQLObjectType).getFields();
    for (const name of fieldNames) {
      const place = `${key}.${name}`;
      if (depth > 1 || !objectNames.includes(type) || !this.#plain.has(`${type}.${name}`)) continue;
      const kind = hash(`kind ${this.#seed} ${place}`) % 5;
      if (kind < 2) object[name] = (args: Record<string, unknown>, context: unknown, info: GraphQLResolveInfo) => this.#value(fields[name]!.type, `${place} ${info.path.key}`, () => told(args, context, info), depth + 1);
      else if (kind < 3) Object.defineProperty(object, name, { get: () => this.#value(fields[name]!.type, place, () => 'a getter', depth + 1) });
      else {
        try {
          object[name] = this.#value(fields[name]!.type, place, () => 'a property', depth + 1);
        } catch (error) {
          object[name] = error;
        }
      }
    }
    return object;
  }

  #perhapsLater(key: string, make: () => unknown): unknown {
    if (hash(`async ${this.#seed} ${key}`) % 100 >= this.#asynchrony) return make();
    const promise = this.#scheduler.later(key, make);
    promise.catch(() => {}); // properties that nobody selects
    return promise;
  }

  /** @param weight 1: as often as set */
  #isFault(key: string, weight: number): boolean {
    return hash(`fault ${this.#seed} ${key}`) % 10_000 < this.#faults * 100 * Math.max(weight, 0.1);
  }

  #pick<Value>(key: string, values: readonly Value[]): Value {
    return values[hash(`pick ${this.#seed} ${key}`) % values.length]!;
  }
}

/** Everything that a resolver is told, so that a difference in it shows in the data. */
function told(args: Record<string, unknown>, context: unknown, info: GraphQLResolveInfo): string {
  return JSON.stringify([args, context, info.fieldName, info.fieldNodes.length, info.fieldNodes.map((node) => node.loc?.start), String(info.returnType), info.parentType.name, pathOf(info), info.rootValue, info.operation.operation, Object.keys(info.fragments), info.variableValues, info.schema.getType('Query')?.name]);
}

function pathOf(info: GraphQLResolveInfo): string {
  const keys: string[] = [];
  for (let place: GraphQLResolveInfo['path'] | undefined = info.path; place !== undefined; place = place.prev) keys.push(`${place.key}${place.typename === undefined ? '' : `:${place.typename}`}`);
  return keys.reverse().join('/');
}
