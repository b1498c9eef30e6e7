import fc from 'fast-check';
import type { Connector } from '../../src/connectors/contract.js';
import { UnreadableMessage } from '../../src/connectors/contract.js';
import { computedMs } from './processor-time.js';

/** Longest time that one damaged interchange may take, ms; generous, for machines that are busy. */
const longestMs = 5_000;

const pieces = ['ISA*', 'GS*', 'ST*214*', 'SE*', 'GE*', 'IEA*', '~', '*', '>', '^', '\n', "'", '+', ':', '?', '??', 'UNA', 'UNB+UNOC:3', 'UNH+', 'UNT+', 'UNZ+', 'UNG+', 'STS+1+', 'DTM+334:', 'AT7*', 'S5*1*', 'HL*2*9*P', 'CPS+1+1', 'LIN+1', 'GIN+BJ+', '\u0000', '\u00ff', ' '.repeat(30), '9'.repeat(40)];

const damage = fc.record({
  // Everywhere alike: without this most of the damage falls on the first bytes, and what has no header is only refused.
  at: fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((millionth) => millionth / 1_000_000), kind: fc.constantFrom('set', 'cut', 'insert', 'delete', 'repeat', 'piece', 'swap'), byte: fc.nat(255), length: fc.integer({ min: 1, max: 120 }), piece: fc.constantFrom(...pieces),
});

/** A good interchange with damage here and there. */
export function damaged(bodies: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.constantFrom(...bodies), fc.array(damage, { minLength: 1, maxLength: 8 })).map(([body, damages]) => damages.reduce<Buffer>((bytes, one) => apply(bytes, one), Buffer.from(body)));
}

function apply(body: Buffer, { at: share, kind, byte, length, piece }: { at: number; kind: string; byte: number; length: number; piece: string }): Buffer {
  const at = Math.floor(share * body.length);
  const [before, after] = [body.subarray(0, at), body.subarray(at)];
  switch (kind) {
    case 'set': return Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]);
    case 'cut': return Buffer.from(byte < 64 ? before : body);
    case 'insert': return Buffer.concat([before, Buffer.from([byte]), after]);
    case 'delete': return Buffer.concat([before, after.subarray(length)]);
    case 'piece': return Buffer.concat([before, Buffer.from(piece, 'latin1'), after]);
    case 'swap': return Buffer.concat([before, after.subarray(length), after.subarray(0, length)]);
    default: return Buffer.concat([before, after.subarray(0, length), after]);
  }
}

export interface Damage {
  read: number;
  refused: number;
  slowestMs: number;
}

/**
 * Each gives facts, an anomaly, or is refused with a reason; nothing else, and in bounded time.
 * @throws for one that crashes the reader or vanishes
 */
export function readDamaged(connector: Connector, settings: Record<string, unknown>, bodies: readonly Uint8Array[]): Damage {
  const result: Damage = { read: 0, refused: 0, slowestMs: 0 };
  for (const body of bodies) {
    const started = process.cpuUsage();
    try {
      const { facts, anomalies } = connector.receive!.decode({ headers: {}, body, receivedAt: '2026-03-06T14:30:00.000Z', connection: 'fuzz', zone: 'UTC' }, settings);
      if (facts.length + anomalies.length === 0) throw new Error(`An interchange vanished: ${Buffer.from(body).toString('latin1').slice(0, 400)}`);
      result.read++;
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      if (error.message.length < 10) throw new Error('A refusal gives no reason.', { cause: error });
      result.refused++;
    }
    result.slowestMs = Math.max(result.slowestMs, computedMs(started));
  }
  if (result.slowestMs > longestMs) throw new Error(`One took ${Math.round(result.slowestMs)} ms.`);
  return result;
}
