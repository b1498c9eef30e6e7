import { Readable } from 'node:stream';
import { X12Parser } from 'node-x12';
import { X12parser } from 'x12-parser';
import { connectorOf } from '../../../src/connectors/registry.js';
import { decodeText } from '../../../src/connectors/kit/edi/bytes.js';
import { readInterchanges } from '../../../src/connectors/x12/segments.js';
import { medianInTurns } from '../gateway/rate.js';
import type { Measurement } from '../../support/measurements.js';

/** Transaction sets in a file: one as carriers send it by event, many as they send it by the hour. */
const sizes = [1, 1_000] as const;
const aim = 'above both peers';
const secondsEach = 0.5;

/**
 * 214s per second, each peer and ours from the same bytes: parsed into segments with their elements, which is
 * all that the peers do; ours besides with envelopes checked and mapped to facts.
 */
export async function measureEdi(): Promise<Measurement[]> {
  const results: Measurement[] = [];
  for (const sets of sizes) results.push(...(await compared(sets)));
  return results;
}

async function compared(sets: number): Promise<Measurement[]> {
  const body = fileOf(sets);
  const of = `${sets.toLocaleString('en')} ${sets === 1 ? 'set' : 'sets'} a file`;
  const expected = sets * segmentsOfSet + 4;
  const x12 = connectorOf('x12')!;
  const message = { headers: {}, body, receivedAt: '2026-03-06T14:30:00.000Z', connection: 'bench', zone: 'UTC' };
  const sides = new Map<string, () => number | Promise<number>>([
    ['ours, parsed', () => readInterchanges(decodeText(body).text).interchanges[0]!.segments.length],
    ['ours, to facts', () => x12.receive!.decode(message, {}).facts.length],
    ['node-x12', () => segmentsOfNodeX12(new X12Parser(true).parse(body.toString('utf8')))],
    ['x12-parser', () => streamed(body)],
  ]);
  // A peer that leaves something out would be compared by less work than ours.
  for (const [name, run] of sides) {
    const count = await run();
    if (name !== 'ours, to facts' && count !== expected) throw new Error(`${name} gave ${count} segments of ${expected}.`);
    if (name === 'ours, to facts' && count !== sets * statusesOfSet + 1) throw new Error(`${count} facts were read, not ${sets * statusesOfSet + 1}.`);
  }
  const rates = await medianInTurns(new Map([...sides].map(([name, run]) => [name, () => setsPerSecond(run, sets)])));
  const best = Math.max(rates.get('node-x12')!, rates.get('x12-parser')!);
  return [...rates].map(([name, value]): Measurement => {
    const isOurs = name.startsWith('ours');
    return { name: `214, ${of}: ${name}`, value: Math.round(value), unit: '214s/s', ...(isOurs ? { ratio: value / best, against: 'the faster peer' } : {}), aim: isOurs ? aim : null, ok: !isOurs || value > best };
  });
}

async function setsPerSecond(run: () => number | Promise<number>, sets: number): Promise<number> {
  const started = performance.now();
  let files = 0;
  while (performance.now() - started < secondsEach * 1_000) {
    await run();
    files++;
  }
  return (files * sets * 1_000) / (performance.now() - started);
}

function segmentsOfNodeX12(parsed: ReturnType<X12Parser['parse']>): number {
  if (!('functionalGroups' in parsed)) throw new Error('node-x12 gave no interchange.');
  return 2 + parsed.functionalGroups.reduce((sum, group) => sum + 2 + group.transactions.reduce((inner, set) => inner + 2 + set.segments.length, 0), 0);
}

/** Segments that the stream gives, each an object. */
function streamed(body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const parser = new X12parser();
    let count = 0;
    parser.on('data', () => void count++).on('end', () => resolve(count)).on('error', reject);
    Readable.from([body]).pipe(parser);
  });
}

const statusesOfSet = 3;
const segmentsOfSet = 16;

/** A file as a carrier sends it: three statuses with their places, equipment and references in each set. */
function fileOf(sets: number): Buffer {
  const isa = 'ISA*00*          *00*          *02*NWCX           *ZZ*NORTHWIND      *260306*1410*U*00401*000000071*0*P*>~\n';
  const each = Array.from({ length: sets }, (_, index) => {
    const number = String(index + 1).padStart(4, '0');
    const status = (code: string, time: string) => `AT7*${code}*NS***20260306*${time}*ET~\nMS1*MEMPHIS*TN*US~\nMS2*NWCX*TRL${index}~\n`;
    return `ST*214*${number}~\nB10*PRO${index}*BOL${index}*NWCX~\nLX*1~\n${status('X3', '0905')}${status('AF', '1005')}${status('P1', '1105')}L11*DO${index}*DO~\nL11*1*QN~\nAT8*G*L*1200*4~\nSE*16*${number}~\n`;
  });
  return Buffer.from(`${isa}GS*QM*NWCX*NORTHWIND*20260306*1410*71*X*004010~\n${each.join('')}GE*${sets}*71~\nIEA*1*000000071~`);
}
