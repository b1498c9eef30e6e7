import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between Odoo and Gatehouse and holds answers back, so that a sender can die before it reads one. */
export interface SlowProxy {
  port: number;
  /** How long answers are held back, ms. */
  delayMs: number;
  /** Answers of Gatehouse that are held back now. */
  held: number;
  close(): Promise<void>;
}

export async function startSlowProxy(targetPort: number): Promise<SlowProxy> {
  const server = createServer((incoming, outgoing) => {
    const onward = request({ host: '127.0.0.1', port: targetPort, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
      proxy.held++;
      setTimeout(() => {
        proxy.held--;
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      }, proxy.delayMs);
    });
    onward.on('error', () => outgoing.writeHead(502).end());
    outgoing.on('error', () => {}); // the sender was killed
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: SlowProxy = {
    port: (server.address() as AddressInfo).port, delayMs: 0, held: 0,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  return proxy;
}
