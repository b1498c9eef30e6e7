import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { connectorOf, connectors, settingsSchema } from '../../connectors/registry.js';
import type { Connector } from '../../connectors/contract.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Json } from '../../lib/json.js';
import type { DataCommand } from './command.js';

const addSchema = z.object({ connector: z.string(), id: z.string(), company: z.string().default('main'), set: z.array(z.string()).default([]), shadow: z.boolean().default(false) });

export const connectionAdd: DataCommand = {
  name: 'connection add',
  fourEyes: 'connections',
  audit: (given) => ({ action: 'connection.added', target: { kind: 'connection', id: String(given.id) }, payload: { connector: String(given.connector), settings: namesOf(given.set), ...(given.shadow === true ? { shadow: true } : {}) } }),
  shown: async (_services, given) => ({ company: String(given.company ?? 'main'), values: openSettings(connectorOf(String(given.connector)), given.set) }),
  async *run({ connections }, given) {
    const { connector: name, id, company, set, shadow } = addSchema.parse(given);
    const connector = connectorOf(name);
    if (connector === undefined) throw new GatehouseError('BAD_INPUT', `There is no connector ${name}. Connectors: ${[...connectors.keys()].join(', ')}.`);
    const { settings, secrets } = splitSettings(connector, set);
    await connections.add({ id, connector: name, company, settings, secrets, shadow });
    yield `Connection ${id} added (${connector.label}). Messages go to POST /ingest/${id}`;
    if (shadow) yield `It is in shadow mode: its messages are read and have no effect. Compare it with: gatehouse connection compare ${id} <live connection>`;
    if (secrets.webhookSecret === undefined && connector.authentication !== 'none') yield `It has no webhookSecret yet, so every message is refused. Set one with: gatehouse connection rotate ${id}`;
  },
};

export const connectionList: DataCommand = {
  name: 'connection list',
  async *run({ connections }) {
    const rows = await connections.list();
    if (rows.length === 0) yield 'No connections yet. Add one with: gatehouse connection add easypost --id ep --set webhookSecret=...';
    for (const row of rows) yield [row.id.padEnd(24), row.connector.padEnd(12), row.company.padEnd(12), `${row.secrets} secret${row.secrets === 1 ? '' : 's'}`, `since ${row.createdAt.slice(0, 10)}`, ...(row.shadow ? ['shadow'] : [])].join('  ');
  },
};

const rotateSchema = z.object({ id: z.string(), set: z.array(z.string()).default([]), atOnce: z.boolean().default(false) });

export const connectionRotate: DataCommand = {
  name: 'connection rotate',
  fourEyes: 'connections',
  audit: (given) => ({ action: 'connection.rotated', target: { kind: 'connection', id: String(given.id) }, payload: { secret: 'webhookSecret', ...(given.atOnce === true ? { atOnce: true } : {}) } }),
  async *run({ connections }, given) {
    const { id, set, atOnce } = rotateSchema.parse(given);
    const { webhookSecret: chosen, ...others } = parsePairs(set);
    const [wrong] = Object.keys(others);
    if (wrong !== undefined) throw new GatehouseError('BAD_INPUT', `rotate changes webhookSecret only, not ${wrong}.`);
    const connector = connectorOf((await connections.find(id))?.connector ?? '');
    if (chosen !== undefined && connector !== undefined) checkSecret(connector, chosen);
    const secret = chosen ?? `whsec_${randomBytes(32).toString('base64')}`;
    await connections.rotate(id, 'webhookSecret', secret, { atOnce });
    yield `Connection ${id} has a new webhookSecret; the old one ${atOnce ? 'is not taken any more' : 'stays valid for 24 hours'}.`;
    if (chosen === undefined) yield `New secret (shown once): ${secret}`;
  },
};

/**
 * Settings that the connector marks as secret go apart, to be encrypted.
 * @throws GatehouseError BAD_INPUT with a line for each setting that is wrong, unknown or given twice
 */
export function splitSettings(connector: Connector, pairs: readonly string[]): { settings: Record<string, Json>; secrets: Record<string, string> } {
  const given = parsePairs(pairs);
  const schema = settingsSchema(connector);
  const parsed = schema.safeParse(given, { error: plainWords });
  if (!parsed.success) throw new GatehouseError('BAD_INPUT', parsed.error.issues.map((issue) => wordsOf(issue, schema)).join('\n'));
  const lack = connector.settingsLack?.(parsed.data) ?? null;
  if (lack !== null) throw new GatehouseError('BAD_INPUT', lack);
  const secretNames = new Set(secretSettings(schema));
  const entries = Object.entries(parsed.data as Record<string, Json>).filter(([, value]) => value !== undefined);
  return {
    settings: Object.fromEntries(entries.filter(([name]) => !secretNames.has(name))),
    secrets: Object.fromEntries(entries.filter(([name]) => secretNames.has(name)).map(([name, value]) => [name, String(value)])),
  };
}

function wordsOf(issue: z.core.$ZodIssue, schema: z.ZodObject): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: there is no such setting. Settings: ${Object.keys(schema.shape).join(', ')}.`;
  return `${issue.path.join('.') || 'setting'}: ${issue.message}`;
}

/** Words for what the schema has none of its own for. */
function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_union' && Array.isArray(issue.options)) return `must be one of ${issue.options.join(', ')}`;
  return issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value') ? 'is missing' : undefined;
}

function checkSecret(connector: Connector, webhookSecret: string): void {
  const schema = settingsSchema(connector).pick({ webhookSecret: true });
  const parsed = schema.safeParse({ webhookSecret }, { error: plainWords });
  if (!parsed.success) throw new GatehouseError('BAD_INPUT', parsed.error.issues.map((issue) => wordsOf(issue, schema)).join('\n'));
}

function secretSettings(schema: z.ZodObject): string[] {
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, { secret?: boolean }> };
  return Object.entries(properties ?? {}).filter(([, property]) => property.secret === true).map(([name]) => name);
}

/** Those of the settings given that the connector has and that are not secret, with their values. */
export function openSettings(connector: Connector | undefined, set: unknown): { [name: string]: Json } {
  if (connector === undefined || !Array.isArray(set)) return {};
  const schema = settingsSchema(connector);
  const secretNames = new Set(secretSettings(schema));
  return Object.fromEntries(set.map(String).filter((pair) => pair.includes('=')).map(parsePair).filter(([name]) => Object.hasOwn(schema.shape, name) && !secretNames.has(name)));
}

/** Names of settings that are given, without their values, which may be secret; so may be what has no name. */
export function namesOf(set: unknown): string[] {
  return Array.isArray(set) ? set.map((pair) => String(pair)).map((pair) => (pair.includes('=') ? pair.split('=')[0]! : '?')) : [];
}

function parsePairs(pairs: readonly string[]): Record<string, string> {
  const parsed = pairs.map(parsePair);
  const twice = parsed.find(([name], index) => parsed.findIndex(([other]) => other === name) !== index);
  if (twice !== undefined) throw new GatehouseError('BAD_INPUT', `${twice[0]}: given twice.`);
  return Object.fromEntries(parsed);
}

function parsePair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new GatehouseError('BAD_INPUT', `--set takes key=value; this is "${pair}".`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}
