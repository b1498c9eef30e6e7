import autocannon from 'autocannon';
import { progress } from '../../support/measurements.js';
import type { Question } from './questions.js';
import type { Side } from './sides.js';

const rounds = 3;
const secondsEach = 5;
/** Until the engine has compiled what runs often. */
const secondsToWarmUp = 15;
const connections = 16;

/** Answers a second of each side, by its middle round; the sides take turns, so that what else the machine does falls on both. */
export async function answersPerSecond(questions: readonly Question[], sides: readonly Side[]): Promise<Map<Side, number>> {
  const rates = new Map(sides.map((side): [Side, number[]] => [side, []]));
  for (const side of sides) await load(side, questions, secondsToWarmUp);
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      const rate = await load(side, questions, secondsEach);
      progress(`${side.name}: ${Math.round(rate)}/s`);
      rates.get(side)!.push(rate);
    }
  }
  return new Map([...rates].map(([side, each]) => [side, each.sort((a, b) => a - b)[Math.floor(rounds / 2)]!]));
}

/** @throws where an answer has another status than 200 */
async function load(side: Side, questions: readonly Question[], seconds: number): Promise<number> {
  const result = await autocannon({ url: side.url, connections, duration: seconds, requests: questions.map((question) => ({ method: 'POST', ...side.request(question) })) });
  if (result.errors > 0 || result.non2xx > 0) throw new Error(`${side.name} refused ${result.non2xx} requests under load and lost ${result.errors}.`);
  return result['2xx'] / result.duration;
}
