import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse, type ExecutionResult } from 'graphql';
import { compose, type LocalSubgraph } from '../../../src/gateway/compose.js';
import { fuse } from '../../../src/gateway/fuse.js';
import { openGateway } from '../../../src/gateway/gateway.js';
import { createLog } from '../../../src/lib/log.js';
import { subgraphOf } from '../fusion/subgraph.js';
import { schemaOf, serveSubgraphs } from './subgraph-server.js';
import type { AuditCase, AuditSubgraph, AuditSuite } from './suites.js';

/** How the subgraphs of a suite reach the gateway. */
export type Mode = 'remote, supergraph given' | 'remote, composed here' | 'first local, others remote' | 'local, fused';

export interface SuiteOutcome {
  passed: number;
  /** Cases that failed, by their place in the suite from 1, each with what came back. */
  failed: Array<{ number: number; received: string; expected: string }>;
  /** Why the suite was not taken as a whole; its cases count as neither. */
  refused?: string;
}

const log = createLog('silent');
/** Something of our own, as in a real gateway; no case asks for it. */
const ours = subgraphOf('ours', 'type Query { auditedGateway: Boolean }', {});

export async function runSuite(suite: AuditSuite, mode: Mode, only?: number): Promise<SuiteOutcome> {
  return mode === 'local, fused' ? runLocal(suite, only) : runRemote(suite, mode, only);
}

async function runRemote(suite: AuditSuite, mode: Mode, only?: number): Promise<SuiteOutcome> {
  const ownName = mode === 'first local, others remote' ? suite.subgraphs.find(standsAlone)?.name : undefined;
  if (mode === 'first local, others remote' && ownName === undefined) return { passed: 0, failed: [], refused: 'none of its subgraphs stands alone' };
  const server = await serveSubgraphs(suite.subgraphs);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-audit-'));
  try {
    const remoteFile = join(folder, 'remote.json');
    const subgraphs = suite.subgraphs.filter(({ name }) => name !== ownName).map((subgraph) => ({ name: subgraph.name, url: server.urlOf(subgraph), ...(mode !== 'remote, supergraph given' ? { sdl: `${subgraph.name}.graphql`, keepNonNull: true } : {}) }));
    for (const { name, typeDefs } of suite.subgraphs) writeFileSync(join(folder, `${name}.graphql`), typeDefs);
    if (mode === 'remote, supergraph given') writeFileSync(join(folder, 'supergraph.graphql'), await supergraphOf(suite, server));
    writeFileSync(remoteFile, JSON.stringify({ subgraphs, ...(mode === 'remote, supergraph given' ? { supergraph: 'supergraph.graphql' } : {}) }));
    return await runThrough(ownName === undefined ? [ours] : suite.subgraphs.filter(({ name }) => name === ownName).map(localOf), remoteFile, suite.cases, only);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.close();
  }
}

const localOf = (subgraph: AuditSubgraph): LocalSubgraph => ({ name: subgraph.name, schema: schemaOf(subgraph), sdl: subgraph.typeDefs });

function standsAlone(subgraph: AuditSubgraph): boolean {
  try {
    const local = localOf(subgraph);
    fuse([local], compose([local]).api);
    return true;
  } catch {
    return false; // it needs what others have, or cannot be fused
  }
}

async function runLocal(suite: AuditSuite, only?: number): Promise<SuiteOutcome> {
  const locals = suite.subgraphs.map(localOf);
  try {
    fuse(locals, compose(locals).api);
  } catch (error) {
    return { passed: 0, failed: [], refused: (error as Error).message };
  }
  return runThrough(locals, undefined, suite.cases, only);
}

async function runThrough(locals: readonly LocalSubgraph[], remoteFile: string | undefined, cases: readonly AuditCase[], only?: number): Promise<SuiteOutcome> {
  let gateway;
  try {
    gateway = await openGateway(locals, { log, introspection: true, ...(remoteFile === undefined ? {} : { remoteFile }) });
  } catch (error) {
    return { passed: 0, failed: [], refused: (error as Error).message };
  }
  const outcome: SuiteOutcome = { passed: 0, failed: [] };
  for (const [index, { query, expected }] of cases.entries()) {
    if (only !== undefined && only !== index + 1) continue;
    const { body } = await gateway.apollo.executeOperation({ query }, { contextValue: { correlationId: 'audit' } });
    const result = (body.kind === 'single' ? body.singleResult : {}) as ExecutionResult;
    if (agrees(result, expected)) outcome.passed++;
    else outcome.failed.push({ number: index + 1, received: JSON.stringify(result), expected: JSON.stringify(expected) });
  }
  await gateway.apollo.stop();
  return outcome;
}

/** As the audit compares: errors by whether there are any, and only where the case says. */
function agrees(received: ExecutionResult, expected: AuditCase['expected']): boolean {
  const plain = JSON.parse(JSON.stringify(received)) as { data?: unknown; errors?: unknown[] };
  const errorsAgree = typeof expected.errors !== 'boolean' || expected.errors === (plain.errors ?? []).length > 0;
  return errorsAgree && isDeepStrictEqual(plain.data ?? null, expected.data ?? null);
}

async function supergraphOf(suite: AuditSuite, server: { urlOf(subgraph: AuditSuite['subgraphs'][number]): string }): Promise<string> {
  const { composeServices } = (await import('@apollo/composition' as string)) as { composeServices(services: unknown[]): { supergraphSdl?: string; errors?: Error[] } };
  const { supergraphSdl, errors } = composeServices(suite.subgraphs.map((subgraph) => ({ name: subgraph.name, url: server.urlOf(subgraph), typeDefs: parse(subgraph.typeDefs) })));
  if (supergraphSdl === undefined) throw new Error(`${suite.id} does not compose: ${errors?.map(({ message }) => message).join('; ')}`);
  return supergraphSdl;
}
