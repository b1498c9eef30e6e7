import autocannon from 'autocannon';
import { fork, type ChildProcess } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';
import { progress, type Measurement } from '../../../support/measurements.js';
import { medianInTurns } from '../rate.js';
import { boardQuery } from '../subgraphs.js';
import { ours, servers, withoutApollo } from './servers.js';

interface Server {
  url: string;
  token: string;
}

/** Requests under way at a time, each on a connection of its own. */
const connections = 16;
/** Of one turn: in the first second a server that has been idle is slower, the faster it is the more. */
const seconds = 2;
/** Least ratio to the best reference gateway, and to the same engine without Apollo Server. */
const aims = { reference: 6, withoutApollo: 0.5 } as const;

/** Board queries a second over HTTP on loopback: each server in a process of its own, the clients in this one. */
export async function measureOverHttp(): Promise<Measurement[]> {
  const processes: ChildProcess[] = [];
  try {
    const running = new Map<string, Server>();
    for (const name of Object.keys(servers)) {
      const server = await start(name, processes);
      if (server === null) progress(`${name} is not installed: its rows are left out. To add it: npm install --no-save @graphql-hive/gateway-runtime`);
      else running.set(name, server);
    }
    const results: Measurement[] = [];
    for (const rows of [1, 20, 100]) {
      await checkAlike(running, rows);
      const rates = await medianInTurns(new Map([...running].map(([name, server]) => [name, () => requestsPerSecond(server, rows)])));
      for (const [name, rate] of rates) progress(`${rows} rows over HTTP, ${name}: ${Math.round(rate)}/s`);
      results.push(...compared(rows, rates));
    }
    return results;
  } finally {
    for (const child of processes) child.disconnect();
  }
}

/** Null where a package that it needs is not installed. */
function start(name: string, processes: ChildProcess[]): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('server.js', import.meta.url)), [name], { env: { ...process.env, NODE_ENV: 'production' } });
    processes.push(child);
    child.once('message', (message) => {
      const { url, token } = message as { url: string | null; token: string };
      resolve(url === null ? null : { url, token });
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The server "${name}" ended with status ${code}.`)));
  });
}

function requestOf({ token }: Server, rows: number) {
  return { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query: boardQuery, operationName: 'Board', variables: { first: rows } }) } as const;
}

/** @throws where two give different answers: then there is nothing to compare */
async function checkAlike(running: ReadonlyMap<string, Server>, rows: number): Promise<void> {
  let expected: unknown;
  for (const [name, server] of running) {
    const response = await fetch(server.url, requestOf(server, rows));
    const answer = (await response.json()) as { data?: { shipments?: unknown[] } };
    if (response.status !== 200 || answer.data?.shipments?.length !== rows) throw new Error(`${name} answers the board query with ${response.status} ${JSON.stringify(answer).slice(0, 500)}`);
    if (!isDeepStrictEqual(answer, (expected ??= answer))) throw new Error(`${name} answers the board query differently.`);
  }
}

/** @throws where anything but 200 comes back, or nothing at all: then there is no rate to compare with */
async function requestsPerSecond(server: Server, rows: number): Promise<number> {
  const result = await autocannon({ url: server.url, ...requestOf(server, rows), connections, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${server.url} answered ${result.non2xx} requests with another status than 200, and ${result.errors} not at all.`);
  if (result['2xx'] === 0) throw new Error(`${server.url} answered nothing within ${seconds} s: the machine is too busy to measure.`);
  return result['2xx'] / result.duration;
}

function compared(rows: number, rates: ReadonlyMap<string, number>): Measurement[] {
  const rate = rates.get(ours)!;
  const best = [...rates].filter(([name]) => name !== ours && name !== withoutApollo).sort(([, a], [, b]) => b - a)[0];
  const against = (aim: number, [name, other]: readonly [string, number]): Measurement => ({ name: `${rows} rows over HTTP, ${ours}`, value: rate, unit: 'requests/s', ratio: rate / other, against: name, aim: `≥ ${aim} × ${name === withoutApollo ? name : 'the best reference gateway'}`, ok: rate >= aim * other });
  return [
    ...(best === undefined ? [] : [against(aims.reference, best)]),
    against(aims.withoutApollo, [withoutApollo, rates.get(withoutApollo)!]),
    ...[...rates].filter(([name]) => name !== ours).map(([name, value]): Measurement => ({ name: `${rows} rows over HTTP, ${name}`, value, unit: 'requests/s', aim: null, ok: true })),
  ];
}
