import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runSuite, type Mode } from './run.js';
import { readSuites } from './suites.js';

/**
 * graphql-hive's federation-gateway-audit against the gateway, its subgraphs once remote and once local.
 * FEDERATION_AUDIT is the folder of a checkout. Arguments: names of suites (`name` or `name:case`), all where there are none.
 */
const folder = process.env.FEDERATION_AUDIT;
const modes: Mode[] = ['remote, supergraph given', 'remote, composed here', 'first local, others remote', 'local, fused'];

if (folder === undefined || !existsSync(join(folder, 'src', 'test-suites'))) {
  console.log('Skipped: FEDERATION_AUDIT names no checkout of graphql-hive/federation-gateway-audit.');
  process.exit();
}
const suites = await readSuites(folder);
const asked = process.argv.slice(2).map((name) => name.split(':') as [string, string?]);
const chosen = suites.filter(({ id }) => asked.length === 0 || asked.some(([name]) => name === id));
const total = suites.reduce((sum, { cases }) => sum + cases.length, 0);
console.log(`${suites.length} suites, ${total} cases`);

for (const mode of modes) {
  let [passed, failed, refused] = [0, 0, 0];
  console.log(`\n${mode}`);
  for (const suite of chosen) {
    const only = asked.find(([name]) => name === suite.id)?.[1];
    const outcome = await runSuite(suite, mode, only === undefined ? undefined : Number(only));
    passed += outcome.passed;
    failed += outcome.failed.length;
    if (outcome.refused !== undefined) refused += suite.cases.length;
    console.log(`  ${suite.id}: ${outcome.refused === undefined ? `${outcome.passed} of ${outcome.passed + outcome.failed.length}` : `refused (${suite.cases.length} cases): ${outcome.refused.replace(/\s+/g, ' ').slice(0, 300)}`}`);
    for (const { number, received, expected } of outcome.failed) console.log(`    case ${number}\n      received ${received.slice(0, 600)}\n      expected ${expected.slice(0, 600)}`);
  }
  console.log(`  passed ${passed}, failed ${failed}, refused ${refused}`);
}
process.exit();
