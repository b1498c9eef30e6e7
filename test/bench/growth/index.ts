import { openBoardDatabase, type BoardDatabase } from '../board/database.js';
import { boardQuestions, portalQuestions, type Question } from '../board/questions.js';
import { answerOf, productSide, type Side } from '../board/sides.js';
import { calendarOf, dockQuestions } from './docks.js';
import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms, startCluster } from '../../support/postgres-cluster.js';

const sizes = { small: 10_000, large: 1_000_000 } as const;
const rows = 20;
const rounds = 12;
const requestsEach = 100;
const aim = 1.3;

const kinds: ReadonlyArray<{ name: string; questions(database: BoardDatabase, rows: number): Promise<Question[]> }> = [
  { name: 'board of the control room', questions: boardQuestions },
  { name: 'portal of customers', questions: portalQuestions },
];

/** What a hundred times as many shipments do to the time of the board query, and as many appointments to that of a day's docks, one request after the other. */
export async function measureGrowth(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error('This benchmark needs PostgreSQL, and none is installed here. (Debian: apt-get install postgresql)');
  const cluster = await startCluster(programs, { durable: false });
  try {
    const databases = { small: await openBoardDatabase(cluster.url, 'growth_small', sizes.small), large: await openBoardDatabase(cluster.url, 'growth_large', sizes.large) };
    const sides = { small: await productSide(databases.small), large: await productSide(databases.large) };
    try {
      const results: Measurement[] = [];
      for (const { name, questions } of kinds) {
        const asked = { small: await questions(databases.small, rows), large: await questions(databases.large, rows) };
        results.push(...compared(name, `${rows} rows`, 'shipments', await latencies(sides, asked)));
      }
      const days = { small: await dockQuestions(databases.small, sizes.small), large: await dockQuestions(databases.large, sizes.large) };
      results.push(...compared('dock calendar', 'a facility and day', 'appointments there', await latencies(sides, days, calendarOf)));
      return results;
    } finally {
      for (const side of Object.values(sides)) await side.stop();
      for (const database of Object.values(databases)) await database.remove();
    }
  } finally {
    await cluster.stop();
  }
}

/** Milliseconds of each answer, in order of size. Both take turns, so that what else the machine does falls on both. */
async function latencies(sides: Record<keyof typeof sizes, Side>, asked: Record<keyof typeof sizes, Question[]>, answer: (side: Side, question: Question) => Promise<unknown> = answerOf): Promise<Record<keyof typeof sizes, number[]>> {
  const each: Record<keyof typeof sizes, number[]> = { small: [], large: [] };
  for (const size of ['small', 'large'] as const) for (const question of asked[size]) await answer(sides[size], question);
  for (let round = 0; round < rounds; round++) {
    for (const size of ['small', 'large'] as const) {
      for (let i = 0; i < requestsEach; i++) {
        const question = asked[size][(round * requestsEach + i) % asked[size].length]!;
        const startMs = performance.now();
        await answer(sides[size], question);
        each[size].push(performance.now() - startMs);
      }
    }
  }
  for (const size of ['small', 'large'] as const) each[size].sort((a, b) => a - b);
  return each;
}

function compared(name: string, part: string, whole: string, { small, large }: Record<keyof typeof sizes, number[]>): Measurement[] {
  const at = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)]!;
  const count = (size: number) => size.toLocaleString('en');
  const ratio = at(large, 0.5) / at(small, 0.5);
  progress(`${name}: ${at(small, 0.5).toFixed(2)} ms of ${count(sizes.small)}, ${at(large, 0.5).toFixed(2)} ms of ${count(sizes.large)}`);
  return [
    { name: `${name}, ${part} of ${count(sizes.large)} ${whole}, median`, value: at(large, 0.5), unit: 'ms', ratio, against: `the same of ${count(sizes.small)}`, aim: `≤ ${aim} × the same of ${count(sizes.small)}`, ok: ratio <= aim },
    { name: `${name}, ${part} of ${count(sizes.small)} ${whole}, median`, value: at(small, 0.5), unit: 'ms', aim: null, ok: true },
    { name: `${name}, ${part} of ${count(sizes.large)} ${whole}, 99th percentile`, value: at(large, 0.99), unit: 'ms', aim: null, ok: true },
    { name: `${name}, ${part} of ${count(sizes.small)} ${whole}, 99th percentile`, value: at(small, 0.99), unit: 'ms', aim: null, ok: true },
  ];
}
