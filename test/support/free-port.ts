import { createServer } from 'node:net';

/** Below those that the system gives to who asks for any: nobody takes it before it is used. Each process has a hundred of its own. */
let next = 10_000 + (process.pid % 200) * 100;

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next++;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
