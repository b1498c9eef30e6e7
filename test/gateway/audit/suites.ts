import { existsSync, readdirSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A subgraph as the audit writes it. */
export interface AuditSubgraph {
  name: string;
  typeDefs: string;
  resolvers: Record<string, unknown>;
}

export interface AuditCase {
  query: string;
  expected: { data?: unknown; errors?: boolean };
}

export interface AuditSuite {
  id: string;
  subgraphs: AuditSubgraph[];
  cases: AuditCase[];
}

/** What stands for the audit's own server: suites are taken as data. */
const standIns: Readonly<Record<string, string>> = {
  'subgraph.js': 'export const createSubgraph = (name, { typeDefs, resolvers }) => ({ name, typeDefs, resolvers });',
  'supergraph.js': 'export const serve = (id, subgraphs, tests) => ({ id, subgraphs, tests });',
  'testkit.js': 'export const createTest = (query, expected) => ({ query, expected });',
  'env.js': 'export const shouldPunishForPoorPlans = () => false;',
};

/**
 * Reads the suites of a checkout of graphql-hive's federation-gateway-audit.
 * @param folder of the checkout
 */
export async function readSuites(folder: string): Promise<AuditSuite[]> {
  const source = join(folder, 'src');
  const require = createRequire(import.meta.url);
  registerHooks({
    resolve(specifier, context, next) {
      const from = context.parentURL;
      if (from === undefined || !from.startsWith(pathToFileURL(source).href)) return next(specifier, context);
      if (specifier === 'graphql') return { url: pathToFileURL(require.resolve('graphql')).href, shortCircuit: true };
      const url = new URL(specifier, from);
      const name = Object.keys(standIns).find((each) => fileURLToPath(url) === join(source, each));
      if (name !== undefined) return { url: `data:text/javascript,${encodeURIComponent(standIns[name]!)}`, shortCircuit: true };
      const path = fileURLToPath(url).replace(/\.js$/, '.ts');
      return { url: pathToFileURL(path).href, format: 'module-typescript', shortCircuit: true };
    },
  });
  const suites: AuditSuite[] = [];
  for (const name of readdirSync(join(source, 'test-suites')).sort()) {
    const index = join(source, 'test-suites', name, 'index.ts');
    if (!existsSync(index)) continue;
    const { default: suite } = (await import(pathToFileURL(index).href)) as { default: { id: string; subgraphs: AuditSubgraph[]; tests: AuditCase[] | (() => AuditCase[]) } };
    suites.push({ id: suite.id, subgraphs: suite.subgraphs, cases: typeof suite.tests === 'function' ? suite.tests() : suite.tests });
  }
  return suites;
}
