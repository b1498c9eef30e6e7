import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadOptions, LoadOutcome } from './load.js';

/** Runs the load in its own process; the clock starts after all bodies are made. */
export function runLoad(options: LoadOptions): Promise<LoadOutcome> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('load.js', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (message) => {
      if (message === 'ready') child.send('go');
      else resolve(message as LoadOutcome);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The load ended with status ${code} before it was done.`)));
    child.send(options);
  });
}
