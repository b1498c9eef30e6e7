import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { z } from 'zod';
import { packageRoot } from '../lib/package-root.js';

const released = join(packageRoot, 'schema', 'released', 'api.graphql');
const approvals = join(packageRoot, 'schema', 'approved-changes.json');

/** A breaking change that was decided on: where it is, why, and when it was decided. */
const approval = z.strictObject({
  path: z.string().min(1),
  reason: z.string().min(10, 'say in a sentence why clients may be broken'),
  date: z.iso.date(),
});
export type Approval = z.infer<typeof approval>;

export interface BreakingChange {
  /** Coordinate in the schema, e.g. `Shipment.carrier`. */
  path: string;
  message: string;
}

export interface SchemaComparison {
  breaking: BreakingChange[];
  approved: Array<BreakingChange & Approval>;
  /** Approvals of changes that are not there. */
  unused: Approval[];
}

/**
 * What of the public API breaks clients of the released one.
 * @param before SDL of the released API
 * @param after SDL of the API now
 */
export async function compareSchemas(before: string, after: string, approved: readonly Approval[]): Promise<SchemaComparison> {
  // A tool of developers: it is no dependency of the product that is installed.
  const { CriticalityLevel, diff } = await import('@graphql-inspector/core');
  const changes = (await diff(buildSchema(before), buildSchema(after))).filter((change) => change.criticality.level === CriticalityLevel.Breaking);
  const breaking = changes.map((change): BreakingChange => ({ path: change.path ?? '', message: change.message }));
  const approvalOf = (change: BreakingChange) => approved.find(({ path }) => path === change.path);
  return {
    breaking: breaking.filter((change) => approvalOf(change) === undefined),
    approved: breaking.flatMap((change) => (approvalOf(change) === undefined ? [] : [{ ...change, ...approvalOf(change)! }])),
    unused: approved.filter(({ path }) => !breaking.some((change) => change.path === path)),
  };
}

/** Prints what breaks clients of the last release; exit status 1 unless all of it is approved. */
export async function checkBreakingChanges(api: string): Promise<void> {
  if (!existsSync(released)) {
    console.log('Nothing is released yet, so nothing can break. At a release: npm run schema -- release');
    return;
  }
  const approved = existsSync(approvals) ? z.array(approval).parse(JSON.parse(readFileSync(approvals, 'utf8'))) : [];
  const { breaking, approved: known, unused } = await compareSchemas(readFileSync(released, 'utf8'), api, approved);
  for (const change of known) console.log(`approved on ${change.date}: ${change.message} ${change.reason}`);
  for (const { path } of unused) console.log(`schema/approved-changes.json approves a change at ${path} that is not there: take it out.`);
  for (const change of breaking) console.error(`breaks clients: ${change.path}: ${change.message}`);
  if (breaking.length === 0) return console.log('The API breaks no client of the last release.');
  console.error('Keep the old field beside the new one and deprecate it, or approve the change in schema/approved-changes.json: [{"path", "reason", "date"}].');
  process.exitCode = 1;
}

/** Makes the API as it is now the one that later changes are measured against. */
export function releaseSchema(api: string): void {
  mkdirSync(join(released, '..'), { recursive: true });
  writeFileSync(released, api);
  writeFileSync(approvals, '[]\n');
  console.log('schema/released/api.graphql is what later changes are measured against now.');
}
