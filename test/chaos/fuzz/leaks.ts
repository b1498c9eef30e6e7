import { homedir } from 'node:os';
import { packageRoot } from '../../../src/lib/package-root.js';

/** What stands in no answer: stacks, statements, paths of this machine, names of what this is made of. */
const internals: ReadonlyArray<[what: string, pattern: RegExp]> = [
  ['a stack', /\bat [^\n"]{1,200}:\d+:\d+/],
  ['a statement', /\b(select [^"]{1,300} from|insert into|update "?\w+"? set|delete from|returning) /i],
  ['a fault of the database', /SQLSTATE|syntax error at or near|violates \w+ constraint|relation "[^"]+" does not exist|duplicate key value|invalid input syntax|invalid byte sequence/i],
  ['a package', /node_modules|\b(fastify|kysely|pglite|pg-boss|@apollo|graphql-ws|type-graphql|graphql-tools|jose|pino)\b|FST_ERR|ERR_[A-Z_]{4,}/i],
  ['a file', /\/src\/[a-z]|\/dist\/|\.(?:ts|mjs|cjs):\d/],
  ['a fault of the language', /TypeError|RangeError|ReferenceError|Cannot read propert|is not a function|undefined is not|Maximum call stack/],
];

/** What of the inside an answer tells; undefined where it tells nothing. */
export function leakIn(text: string): string | undefined {
  for (const path of [packageRoot, homedir()]) if (path.length > 3 && text.includes(path)) return 'a path of this machine';
  return internals.find(([, pattern]) => pattern.test(text))?.[0];
}
