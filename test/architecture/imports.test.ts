import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/lib/package-root.js';

const config = createRequire(import.meta.url)(join(packageRoot, '.dependency-cruiser.cjs')) as { forbidden: Array<{ name: string; from: { path?: string } }> };
const src = join(packageRoot, 'src');

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

it('keeps the import rules of every folder', () => {
  const cruiser = join(packageRoot, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const report = JSON.parse(execFileSync(process.execPath, [cruiser, '--config', '.dependency-cruiser.cjs', '-T', 'json', 'src'], { cwd: packageRoot, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }).toString()) as {
    summary: { totalCruised: number; violations: Array<{ from: string; to: string; rule: { name: string } }> };
  };
  expect(report.summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}`)).toEqual([]);
  expect(report.summary.totalCruised).toBeGreaterThan(100);
});

it('has a rule for every folder under src', () => {
  const ruled = config.forbidden.map((rule) => rule.from.path).filter((path) => path !== undefined);
  const folders = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory() && name !== 'cli');
  for (const folder of folders) expect(ruled, `src/${folder} has no rule in .dependency-cruiser.cjs`).toContain(`^src/${folder}/`);
});

it('reads the environment in lib/config only', () => {
  const readers = sources(src).filter((path) => readFileSync(path, 'utf8').includes('process.env') && !path.endsWith(join('lib', 'config.ts')));
  expect(readers).toEqual([]);
});

it('fetches from outside in connectors/kit and gateway only', () => {
  // The sandbox and the pages speak to our own server, and the command line to the server on its data folder.
  const own = /[\\/]src[\\/](sandbox|control-room|cli)[\\/]/;
  const fetching = sources(src).filter((path) => /\bfetch\(/.test(readFileSync(path, 'utf8')) && !own.test(path) && !/[\\/]src[\\/](connectors[\\/]kit|gateway)[\\/]/.test(path));
  expect(fetching).toEqual([]);
});

it('keeps files at 400 lines and below', () => {
  const long = sources(src).filter((path) => readFileSync(path, 'utf8').split('\n').length > 400);
  expect(long).toEqual([]);
});
