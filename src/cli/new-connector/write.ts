import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GatehouseError } from '../../lib/errors.js';
import { callingFiles } from './calling-files.js';
import type { NewConnector } from './plan.js';
import { receivingFiles } from './receiving-files.js';
import { withRegistryLine } from './registry-line.js';
import { sampleFiles } from './sample-files.js';

/**
 * Writes a connector that says what to fill in: its folder, its line in the registry, its sample.
 * @param root the project's folder
 * @returns paths that were written, from the root
 * @throws GatehouseError CONFLICT where there is one of this name; nothing is written then
 */
export function writeConnector(root: string, plan: NewConnector): string[] {
  const [folder, fixtures] = [`src/connectors/${plan.id}`, `test/fixtures/${plan.id}`];
  for (const taken of [folder, fixtures]) if (existsSync(join(root, taken))) throw new GatehouseError('CONFLICT', `${taken} is there already.`);
  const registry = 'src/connectors/registry.ts';
  const files = new Map([
    [registry, withRegistryLine(readFileSync(join(root, registry), 'utf8'), plan)],
    ...inFolder(folder, receivingFiles(plan)), ...inFolder(folder, callingFiles(plan)), ...inFolder(fixtures, sampleFiles(plan)),
  ]);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return [...files.keys()];
}

function inFolder(folder: string, files: ReadonlyMap<string, string>): Array<[string, string]> {
  return [...files].map(([name, text]) => [`${folder}/${name}`, text]);
}
