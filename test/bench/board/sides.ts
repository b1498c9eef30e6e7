import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { startProduct } from '../../support/product.js';
import type { BoardDatabase } from './database.js';
import type { Question } from './questions.js';

/** One of the two that answer: where, and how it is asked. */
export interface Side {
  name: string;
  url: string;
  request(question: Question): { headers: Record<string, string>; body: string };
  stop(): Promise<void>;
}

const json = { 'content-type': 'application/json' };

/** The product, server alone, in a process of its own. */
export async function productSide(database: BoardDatabase, nodeArgs: readonly string[] = []): Promise<Side> {
  const product = await startProduct(['serve', '--no-work'], database.env, nodeArgs);
  return {
    name: 'the product', url: `http://127.0.0.1:${database.port}/graphql`, stop: product.stop,
    request: ({ token, body }) => ({ headers: { ...json, authorization: `Bearer ${token}` }, body }),
  };
}

/** One statement by hand behind a bare route, in a process of its own. */
export async function peerSide(database: BoardDatabase): Promise<Side> {
  const child = fork(fileURLToPath(new URL('peer.js', import.meta.url)), { env: { ...process.env, DATABASE_URL: database.url }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (address) => resolve(address as string));
    child.once('exit', () => reject(new Error('The peer did not start.')));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    name: 'one hand-written statement behind a bare Fastify route', url,
    request: ({ peerBody }) => ({ headers: json, body: peerBody }),
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}

/** @throws where the two answer one question differently: then there is nothing to compare */
export async function checkAlike(questions: readonly Question[], sides: readonly Side[]): Promise<void> {
  for (const question of questions) {
    const answers = await Promise.all(sides.map((side) => answerOf(side, question)));
    for (const [index, answer] of answers.entries()) {
      if (!isDeepStrictEqual(answer, answers[0])) throw new Error(`${sides[index]!.name} answers ${question.peerBody} differently: ${JSON.stringify(answer).slice(0, 2000)} instead of ${JSON.stringify(answers[0]).slice(0, 2000)}`);
    }
  }
}

/** @throws where it has no data, or errors */
export async function answerOf(side: Side, question: Question): Promise<unknown> {
  const response = await fetch(side.url, { method: 'POST', ...side.request(question) });
  const answer = (await response.json()) as { data?: { shipments?: { nodes?: unknown[] } | null }; errors?: unknown };
  if (response.status !== 200 || answer.errors !== undefined || answer.data?.shipments?.nodes === undefined) throw new Error(`${side.name} answered ${response.status}: ${JSON.stringify(answer).slice(0, 1000)}`);
  return answer;
}
