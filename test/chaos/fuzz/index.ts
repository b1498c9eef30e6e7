import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { packageRoot } from '../../../src/lib/package-root.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { ask, type FuzzedAnswer } from './ask.js';
import { Documents } from './documents.js';
import { leakIn } from './leaks.js';
import { Random } from './random.js';
import { Requests, type FuzzedRequest } from './requests.js';
import type { FuzzTarget } from './server.js';
import { fuzzSocket } from './sockets.js';

const requests = 10_000;
/** Messages on WebSockets, besides. */
const messages = 1_500;
const messagesPerSocket = 12;
const atOnce = 8;
/** Files that are public: package names and code stand in them by right. */
const publicTypes = /html|javascript|css|svg/;
/** Faults of which the first are told whole. */
const told = 10;

interface Faults {
  status5xx: number;
  internal: number;
  unanswered: number;
  leaks: number;
}

/**
 * Sends what a seed makes of the routes, the schema and the messages of partners, with the token of every role and
 * none, and looks for faults of the server and for words of its inside. `GATEHOUSE_FUZZ_SEED` repeats a run.
 */
export async function chaosFuzz(): Promise<Measurement[]> {
  const seed = Number(process.env['GATEHOUSE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  progress(`fuzz: seed ${seed}; repeat it with GATEHOUSE_FUZZ_SEED=${seed}`);
  const { child, target } = await startServer();
  try {
    return [{ name: 'seed', value: seed, unit: '', aim: null, ok: true }, ...(await fuzz(child, target, new Random(seed)))];
  } finally {
    child.kill('SIGTERM');
    await new Promise((ended) => (child.exitCode === null && child.signalCode === null ? child.once('exit', ended) : ended(undefined)));
  }
}

async function fuzz(child: ChildProcess, target: FuzzTarget, random: Random): Promise<Measurement[]> {
  const documents = new Documents(await schemaOf(target), await knownIds(target));
  const maker = new Requests(target, documents);
  const [faults, kinds, statuses] = [{ status5xx: 0, internal: 0, unanswered: 0, leaks: 0 } satisfies Faults as Faults, new Map<string, number>(), new Map<number, number>()];
  const add = <Key>(counts: Map<Key, number>, key: Key, count = 1) => counts.set(key, (counts.get(key) ?? 0) + count);
  let shown = 0;
  const fault = (which: keyof Faults, what: string, of: string) => {
    faults[which]++;
    if (shown++ < told) progress(`fuzz: ${what}: ${of}`);
  };
  const before = residentBytes(child);
  const overHttp = Array.from({ length: requests }, () => random.fork());
  await inParallel(overHttp, async (own, index) => {
    const request = maker.make(own);
    add(kinds, request.kind);
    try {
      const answer = await ask(target.url, request);
      add(statuses, answer.status);
      judge(answer, request, fault);
    } catch (error) {
      fault('unanswered', (error as Error).message, shownRequest(request));
    }
    if (index % 1000 === 999) progress(`fuzz: ${index + 1} requests`);
  });
  const tokens = [undefined, ...Object.values(target.tokens)];
  let sent = 0;
  await inParallel(Array.from({ length: Math.ceil(messages / messagesPerSocket) }, () => random.fork()), async (own) => {
    const outcome = await fuzzSocket(target.url, own.pick(tokens), documents, own, messagesPerSocket);
    sent += outcome.sent;
    if (outcome.code === 1011 || outcome.code === 4500) fault('status5xx', `closed with ${outcome.code}`, outcome.text.slice(-300));
    if (outcome.text.includes('"code":"INTERNAL"')) fault('internal', 'INTERNAL on a socket', outcome.text.slice(0, 500));
    const leak = leakIn(outcome.text);
    if (leak !== undefined) fault('leaks', `${leak} on a socket`, outcome.text.slice(0, 500));
  });
  add(kinds, 'message on a WebSocket', sent);
  return results(child, target, { faults, kinds, statuses, grown: residentBytes(child) - before });
}

function judge(answer: FuzzedAnswer, request: FuzzedRequest, fault: (which: keyof Faults, what: string, of: string) => void): void {
  const of = `${shownRequest(request)} -> ${answer.text.slice(0, 600)}`;
  if (answer.status >= 500) fault('status5xx', String(answer.status), of);
  if (/"code":"INTERNAL"/.test(answer.text)) fault('internal', 'INTERNAL', of);
  const leak = publicTypes.test(answer.type) ? undefined : leakIn(answer.text);
  if (leak !== undefined) fault('leaks', leak, of);
}

function shownRequest({ method, path, headers, body }: FuzzedRequest): string {
  const { authorization, ...others } = headers;
  return `${method} ${path} ${JSON.stringify(others)}${authorization === undefined ? '' : ' with a token'} ${body?.toString('utf8').slice(0, 700) ?? ''}`;
}

async function results(child: ChildProcess, { url, routes, tokens }: FuzzTarget, { faults, kinds, statuses, grown }: { faults: Faults; kinds: Map<string, number>; statuses: Map<number, number>; grown: number }): Promise<Measurement[]> {
  const lives = await fetch(`${url}/readyz`).then(({ status }) => status === 200, () => false);
  const crashed = child.exitCode !== null || child.signalCode !== null || !lives;
  const info = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: null, ok: true });
  const zero = (name: string, value: number, unit: string): Measurement => ({ name, value, unit, aim: '0', ok: value === 0 });
  const total = [...kinds.values()].reduce((sum, count) => sum + count, 0);
  return [
    { name: 'requests', value: total, unit: 'requests', aim: `${requests.toLocaleString('en')} or more`, ok: total >= requests },
    ...[...kinds].map(([kind, count]) => info(`of these: ${kind}`, count, 'requests')),
    info('routes', routes.length, 'routes'), info('roles, and without a token', Object.keys(tokens).length + 1, 'roles'),
    ...[...statuses].sort(([a], [b]) => a - b).map(([status, count]) => info(`answered ${status}`, count, 'answers')),
    zero('answered 5xx, or closed for a fault of ours', faults.status5xx, 'answers'), zero('errors INTERNAL', faults.internal, 'answers'), zero('not answered', faults.unanswered, 'requests'),
    zero('answers that tell of the inside', faults.leaks, 'answers'), zero('crashes', crashed ? 1 : 0, 'crashes'), info('memory grew by', grown / 1024 / 1024, 'MiB'),
  ];
}

async function inParallel<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index]!, index);
  }));
}

async function graphql<Data>({ url, tokens }: FuzzTarget, query: string): Promise<Data> {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens['admin']}` }, body: JSON.stringify({ query }) });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (data == null) throw new Error(`The server does not answer a plain query: ${JSON.stringify(errors)}`);
  return data;
}

async function schemaOf(target: FuzzTarget) {
  return buildClientSchema(await graphql<IntrospectionQuery>(target, getIntrospectionQuery()));
}

/** Some ids and cursors that are there: one good message of the carrier makes them. */
async function knownIds(target: FuzzTarget): Promise<string[]> {
  const { signature } = await import('../../../src/connectors/easypost/webhook.js');
  const body = readFileSync(join(packageRoot, 'test', 'fixtures', 'easypost', 'tracker.json'));
  await fetch(`${target.url}/ingest/easypost`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-hmac-signature': signature(target.secrets['easypost']!, body) }, body });
  for (let waited = 0; waited < 20_000; waited += 200) {
    const data = await graphql<{ latestCursor: string; shipments: { nodes: Array<{ id: string; trackingNumbers: string[] }>; pageInfo: { endCursor: string | null } } }>(target, '{ latestCursor shipments(first: 5) { nodes { id trackingNumbers } pageInfo { endCursor } } }');
    if (data.shipments.nodes.length > 0) return [data.latestCursor, ...data.shipments.nodes.flatMap(({ id, trackingNumbers }) => [id, ...trackingNumbers]), data.shipments.pageInfo.endCursor ?? ''];
    await new Promise((next) => setTimeout(next, 200));
  }
  throw new Error('The message that the run begins with did not become a shipment within 20 s.');
}

function startServer(): Promise<{ child: ChildProcess; target: FuzzTarget }> {
  const own = /^(PORT|HOST|DATABASE_URL|GATEHOUSE_.*|NODE_ENV)$/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'test', 'chaos', 'fuzz', 'server.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const line = output.indexOf('\n');
      if (line >= 0) resolve({ child, target: JSON.parse(output.slice(0, line)) as FuzzTarget });
    });
    child.once('exit', (code) => reject(new Error(`The server ended with ${code} before it was ready.`)));
  });
}

/** Of the process, where the system tells it; else 0. */
function residentBytes({ pid }: ChildProcess): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // not on this system
  }
}
