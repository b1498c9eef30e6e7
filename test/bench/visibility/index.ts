import { isDeepStrictEqual } from 'node:util';
import type { TokenOptions } from '../../../src/auth/tokens.js';
import { freePort } from '../../support/free-port.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms, startCluster } from '../../support/postgres-cluster.js';
import { openBoardDatabase, type BoardDatabase } from '../board/database.js';
import type { Question } from '../board/questions.js';
import { productSide, type Side } from '../board/sides.js';

const shipments = 30_000;
const pages = 40;
/** Times that each page is asked for by everybody, in turns. */
const rounds = 15;
/** A request may take this many times as long with row visibility as without. */
const aim = 1.3;

/** What everybody here may ask for, so that all do the same work: a board without amounts and exceptions. */
const query = `query Board($after: String) {
  shipments(first: 20, after: $after) {
    nodes {
      id reference status trackingNumbers order { id reference state }
      milestones(first: 3) { nodes { id code occurredAt source { connection rawCode } } }
      loads(first: 1) { nodes { reference stops(first: 5) { nodes { sequence place { city } } } } }
    }
    pageInfo { endCursor }
  }
}`;

interface Asker {
  name: string;
  token: Omit<TokenOptions, 'ttl'>;
  /** Whether row-level security stands behind the rewrite of queries: the aim is that of the rewrite, this second net is measured apart. */
  isSecuredTwice: boolean;
}

const outsider: Asker['token'] = { role: 'partner', shops: ['main'], connections: ['tms'] };
/** Whoever sees all there is: without a condition on rows, by company, and by keys on each record. */
const askers: readonly Asker[] = [
  { name: 'without row visibility (every company)', token: { role: 'operator' }, isSecuredTwice: false },
  { name: 'by company', token: { role: 'operator', companies: ['main'] }, isSecuredTwice: false },
  { name: 'by keys of an outsider', token: outsider, isSecuredTwice: false },
  { name: 'by keys of an outsider, with row-level security', token: outsider, isSecuredTwice: true },
];

/** The board query of the same rows with and without row visibility, over HTTP on PostgreSQL. */
export async function measureVisibility(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error('This benchmark needs PostgreSQL, and none is installed here. (Debian: apt-get install postgresql)');
  const cluster = await startCluster(programs, { durable: false });
  try {
    const database = await openBoardDatabase(cluster.url, 'visibility', shipments);
    await openEverything(database);
    const products = await Promise.all([productSide(withRowLevelSecurity(database, 'off', database.port)), productSide(withRowLevelSecurity(database, 'on', await freePort()))]);
    try {
      return await compared(database, products);
    } finally {
      for (const product of products) await product.stop();
      await database.remove();
    }
  } finally {
    await cluster.stop();
  }
}

function withRowLevelSecurity(database: BoardDatabase, mode: 'on' | 'off', port: number): BoardDatabase {
  return { ...database, port, env: { ...database.env, PORT: String(port), GATEHOUSE_ROW_LEVEL_SECURITY: mode } };
}

async function compared(database: BoardDatabase, [plainProduct, securedProduct]: readonly [Side, Side]): Promise<Measurement[]> {
  const sides = await Promise.all(askers.map(async (asker): Promise<Side> => {
    const product = asker.isSecuredTwice ? securedProduct : plainProduct;
    const token = await database.createToken(asker.token as never);
    return { ...product, name: asker.name, request: ({ body }) => product.request({ token, body } as Question) };
  }));
  const [without] = sides as [Side, ...Side[]];
  const questions = await pagesOf(without);
  for (const question of questions) {
    const answers = await Promise.all(sides.map((side) => answerOf(side, question)));
    const other = sides.find((_, index) => !isDeepStrictEqual(answers[index], answers[0]));
    if (other !== undefined) throw new Error(`${other.name} is answered differently: then there is nothing to compare.`);
  }
  progress(`${questions.length} pages are answered alike to all`);
  const times = await timesOf(sides, questions);
  const plain = times.get(without)!;
  return sides.map((side, index): Measurement => {
    const value = times.get(side)!;
    if (side === without) return { name: `board, 20 rows, ${side.name}`, value, unit: 'ms', aim: null, ok: true };
    if (askers[index]!.isSecuredTwice) return { name: `board, 20 rows, rows ${side.name}`, value, unit: 'ms', ratio: value / plain, against: 'the time without', aim: null, ok: true };
    return { name: `board, 20 rows, rows ${side.name}`, value, unit: 'ms', ratio: value / plain, against: 'the time without', aim: `≤ ${aim} × the time without`, ok: value <= aim * plain };
  });
}

/**
 * Milliseconds that a page takes each side: of each page's times the lower quartile, their mean over the pages.
 * All ask for one page in turns, one at a time, so that what else the machine does falls on all alike and its
 * peaks on the quartile of none.
 */
async function timesOf(sides: readonly Side[], questions: readonly Question[]): Promise<Map<Side, number>> {
  const samples = new Map(sides.map((side) => [side, questions.map((): number[] => [])]));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, question] of questions.entries()) {
      for (const turn of sides.keys()) {
        const side = sides[(turn + round + index) % sides.length]!;
        const startMs = performance.now();
        await answerOf(side, question);
        if (round > 0) samples.get(side)![index]!.push(performance.now() - startMs);
      }
    }
  }
  const quartile = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 4)]!;
  return new Map([...samples].map(([side, each]) => [side, each.reduce((sum, times) => sum + quartile(times), 0) / each.length]));
}

/** Keys with which a partner sees every shipment, order and load of the database. */
async function openEverything(database: BoardDatabase): Promise<void> {
  await database.query(`insert into record_access (key, kind, record_id)
    select 'shop:main', 'shipment', id from shipment union all select 'shop:main', 'order', id from sales_order
    union all select 'tms:tms', 'load', id from load union all select distinct 'tms:tms', 'shipment', shipment_id from load_shipment`);
  await database.query('vacuum analyze record_access');
}

async function pagesOf(side: Side): Promise<Question[]> {
  const questions: Question[] = [];
  for (let after: string | null = null; questions.length < pages; ) {
    const question = { body: JSON.stringify({ query, variables: { after } }) } as Question;
    questions.push(question);
    after = ((await answerOf(side, question)) as { data: { shipments: { pageInfo: { endCursor: string } } } }).data.shipments.pageInfo.endCursor;
  }
  return questions;
}

async function answerOf(side: Side, question: Question): Promise<unknown> {
  const response = await fetch(side.url, { method: 'POST', ...side.request(question) });
  const answer = (await response.json()) as { errors?: unknown };
  if (response.status !== 200 || answer.errors !== undefined) throw new Error(`${side.name}: ${response.status} ${JSON.stringify(answer).slice(0, 1000)}`);
  return answer;
}
