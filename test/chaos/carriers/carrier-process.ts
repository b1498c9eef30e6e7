import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ApiFaults } from '../../../src/sandbox/parcel/api-faults.js';
import type { SimulatedCarrier } from '../../support/carriers/simulated.js';

/** A simulated carrier in a process of its own. */
export interface CarrierProcess {
  /** Settings and secrets of a connection that reaches it. */
  connection: SimulatedCarrier['connection'];
  /** What goes wrong from now on. */
  change(faults: Partial<ApiFaults>): Promise<void>;
  bought(): Promise<Array<{ reference: string | null; cancelled: boolean }>>;
  stop(): Promise<void>;
}

export async function startCarrier(connector: string, seed: number): Promise<CarrierProcess> {
  const child = fork(fileURLToPath(new URL('carrier.js', import.meta.url)), [connector, String(seed)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const told = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once('exit', (code) => reject(new Error(`The carrier ended before it was ready (status ${code}).`)));
  });
  const { url, connection } = JSON.parse(told) as Pick<SimulatedCarrier, 'url' | 'connection'>;
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${url}/sandbox/${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`The carrier answered ${answer.status} to ${path}.`);
    return (await answer.json()) as T;
  };
  return {
    connection,
    change: async (faults) => void (await ask('faults', faults)),
    bought: async () => (await ask<{ bought: Array<{ reference: string | null; cancelled: boolean }> }>('bookings')).bought,
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
