import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UnreadableMessage, type Connector, type RawMessage } from '../connectors/contract.js';
import { connectorOf } from '../connectors/registry.js';
import { GatehouseError } from '../lib/errors.js';
import type { Decoded } from '../model/facts.js';

/** A message as a partner sends it, and what it must mean here. One file each. */
const contractSchema = z.strictObject({
  connector: z.string(),
  /** In words: what happened. */
  says: z.string().min(1),
  /** Settings of the connection that decoding depends on; no secrets. */
  settings: z.record(z.string(), z.json()).default({}),
  /** Name of the connection: names that are unique at the partner alone carry it. */
  connection: z.string().default('partner'),
  /** IANA zone of times without one. */
  zone: z.string().default('UTC'),
  receivedAt: z.iso.datetime(),
  request: z.strictObject({
    contentType: z.string(),
    /** JSON is sent as its text; anything else as the text that it is, or from a file beside this one. */
    body: z.json().optional(),
    bodyFile: z.string().regex(/^[\w.-]+$/, 'must be the name of a file in the same folder').optional(),
  }).refine(({ body, bodyFile }) => (body === undefined) !== (bodyFile === undefined), 'give body or bodyFile'),
  expected: z.strictObject({
    /** As many as there are, in order; each with at least these members. */
    facts: z.array(z.json()),
    anomalies: z.array(z.json()),
  }),
});
export type Contract = z.infer<typeof contractSchema>;

/** @throws GatehouseError BAD_INPUT where the file is no contract */
export function readContract(file: string): Contract {
  const parsed = contractSchema.safeParse(jsonOf(file));
  if (!parsed.success) throw new GatehouseError('BAD_INPUT', `${file} is no contract: ${parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`).join('; ')}`);
  return parsed.data;
}

function jsonOf(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GatehouseError('BAD_INPUT', `${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Where what the message means differs from what is expected; empty where the contract holds.
 * @param file where the contract was read from
 */
export function differences(contract: Contract, file: string): string[] {
  const connector = connectorOf(contract.connector);
  if (connector?.receive === undefined) return [`There is no connector ${contract.connector} that receives messages.`];
  if (!connector.receive.contentTypes.includes(contract.request.contentType)) return [`${contract.connector} does not take ${contract.request.contentType}; it takes ${connector.receive.contentTypes.join(', ')}.`];
  try {
    const { facts, anomalies } = plain(decoded(contract, connector, file));
    return [...listDifferences('facts', contract.expected.facts, facts), ...listDifferences('anomalies', contract.expected.anomalies, anomalies)];
  } catch (error) {
    if (error instanceof UnreadableMessage) return [`The message cannot be read: ${error.message}`];
    throw error;
  }
}

function decoded({ request, settings, connection, zone, receivedAt }: Contract, connector: Connector, file: string): Decoded {
  const { body, bodyFile, contentType } = request;
  const bytes = bodyFile !== undefined ? readFileSync(join(dirname(file), bodyFile)) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const message: RawMessage = { headers: { 'content-type': contentType }, body: bytes, receivedAt, connection, zone };
  return connector.receive!.decode(message, settings);
}

function plain(value: Decoded): { facts: unknown[]; anomalies: unknown[] } {
  return JSON.parse(JSON.stringify(value)) as { facts: unknown[]; anomalies: unknown[] };
}

function listDifferences(name: string, expected: readonly unknown[], found: readonly unknown[]): string[] {
  if (expected.length !== found.length) return [`${name}: ${expected.length} expected, ${found.length} found: ${JSON.stringify(found)}`];
  return expected.flatMap((each, index) => lacking(each, found[index], `${name}[${index}]`));
}

/** What `expected` has and `found` has not; what `found` has besides is no breach. */
function lacking(expected: unknown, found: unknown, path: string): string[] {
  if (Array.isArray(expected)) return Array.isArray(found) ? listDifferences(path, expected, found) : [`${path}: a list expected, ${JSON.stringify(found)} found`];
  if (typeof expected === 'object' && expected !== null) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return [`${path}: an object expected, ${JSON.stringify(found)} found`];
    return Object.entries(expected).flatMap(([key, value]) => lacking(value, (found as Record<string, unknown>)[key], `${path}.${key}`));
  }
  return expected === found ? [] : [`${path}: ${JSON.stringify(expected)} expected, ${JSON.stringify(found)} found`];
}

/** Checks files one by one and prints what differs; exit status 1 where one does not hold. */
export function checkContracts(files: readonly string[]): void {
  for (const file of files) {
    const contract = readContract(file);
    const found = differences(contract, file);
    console.log(`${found.length === 0 ? 'holds ' : 'BROKEN'}  ${file}: ${contract.says}`);
    for (const difference of found) console.log(`        ${difference}`);
    if (found.length > 0) process.exitCode = 1;
  }
}
