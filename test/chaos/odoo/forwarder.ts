import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One address for an Odoo that is stopped and started on other ports. */
export interface Forwarder {
  port: number;
  /** Null: nobody answers. */
  target: number | null;
  /** How long what Odoo answers is held back, ms. */
  delayMs: number;
  /** How long what Odoo is asked is held back, ms. */
  askingMs: number;
  close(): Promise<void>;
}

export async function startForwarder(): Promise<Forwarder> {
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    if (forwarder.target === null) return void incoming.destroy();
    const onward = connect(forwarder.target, '127.0.0.1');
    open.add(incoming).add(onward);
    incoming.on('data', (chunk: Buffer) => setTimeout(() => onward.destroyed || onward.write(chunk), forwarder.askingMs));
    incoming.on('end', () => setTimeout(() => onward.end(), forwarder.askingMs));
    incoming.on('error', () => onward.destroy());
    onward.on('error', () => incoming.destroy());
    incoming.on('close', () => {
      open.delete(incoming);
      onward.destroy();
    });
    onward.on('data', (chunk: Buffer) => setTimeout(() => incoming.destroyed || incoming.write(chunk), forwarder.delayMs));
    onward.on('close', () => {
      open.delete(onward);
      // After what is held back.
      setTimeout(() => incoming.end(), forwarder.delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const forwarder: Forwarder = {
    port: (server.address() as AddressInfo).port, target: null, delayMs: 0, askingMs: 0,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    }),
  };
  return forwarder;
}
