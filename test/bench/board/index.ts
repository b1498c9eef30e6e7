import { progress, type Measurement } from '../../support/measurements.js';
import { postgresPrograms, startCluster } from '../../support/postgres-cluster.js';
import { openBoardDatabase, type BoardDatabase } from './database.js';
import { boardQuestions, portalQuestions, type Question } from './questions.js';
import { answersPerSecond } from './rate.js';
import { checkAlike, peerSide, productSide } from './sides.js';

const shipments = 100_000;
const aim = 0.5;

/** Who asks, for how many rows; the first is what the aim is about. */
const kinds: ReadonlyArray<{ name: string; rows: number; isAimed: boolean; questions(database: BoardDatabase, rows: number): Promise<Question[]> }> = [
  { name: 'board of the control room', rows: 20, isAimed: true, questions: boardQuestions },
  { name: 'board of the control room', rows: 100, isAimed: true, questions: boardQuestions },
  { name: 'portal of customers', rows: 20, isAimed: true, questions: portalQuestions },
];

/** Board queries a second through HTTP on PostgreSQL with 100,000 shipments, against one statement written by hand. */
export async function measureBoard(): Promise<Measurement[]> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error('This benchmark needs PostgreSQL, and none is installed here. (Debian: apt-get install postgresql)');
  const cluster = await startCluster(programs, { durable: false });
  try {
    const database = await openBoardDatabase(cluster.url, 'board', shipments);
    const sides = [await productSide(database), await peerSide(database)] as const;
    const results: Measurement[] = [];
    try {
      for (const kind of kinds) {
        const questions = await kind.questions(database, kind.rows);
        await checkAlike(questions, sides);
        progress(`${kind.name}, ${kind.rows} rows: ${questions.length} requests are answered alike`);
        results.push(...compared(`${kind.name}, ${kind.rows} rows`, kind.isAimed, await answersPerSecond(questions, sides), sides));
      }
      return results;
    } finally {
      for (const side of sides) await side.stop();
      await database.remove();
    }
  } finally {
    await cluster.stop();
  }
}

function compared(name: string, isAimed: boolean, rates: Awaited<ReturnType<typeof answersPerSecond>>, [product, peer]: readonly [Parameters<typeof rates.get>[0], Parameters<typeof rates.get>[0]]): Measurement[] {
  const [ours, theirs] = [rates.get(product)!, rates.get(peer)!];
  return [
    { name, value: ours, unit: 'requests/s', ratio: ours / theirs, against: peer.name, aim: isAimed ? `≥ ${aim} × ${peer.name}` : null, ok: !isAimed || ours >= aim * theirs },
    { name: `${name}, ${peer.name}`, value: theirs, unit: 'requests/s', aim: null, ok: true },
  ];
}
