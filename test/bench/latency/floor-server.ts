import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { WebSocketServer } from 'ws';

/** The least that can be done: one INSERT with NOTIFY for each POST, and a bare ws send when it is told of. A process of its own. */
const connectionString = process.env.DATABASE_URL;
const pool = new pg.Pool({ connectionString, max: 10 });
await pool.query('create table if not exists floor (id bigint generated always as identity primary key, number text, body bytea)');

const sockets = new WebSocketServer({ noServer: true });
const listener = new pg.Client({ connectionString });
await listener.connect();
await listener.query('listen floor');
listener.on('notification', ({ payload }) => {
  for (const socket of sockets.clients) socket.send(payload!);
});

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const { result } = JSON.parse(body.toString()) as { result: { tracking_code: string } };
    const insert = { name: 'insert', text: "with kept as (insert into floor (number, body) values ($1, $2) returning number) select pg_notify('floor', number) from kept", values: [result.tracking_code, body] };
    pool.query(insert).then(() => response.writeHead(202).end('{}'), () => response.writeHead(503).end());
  });
});
server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, () => {}));
sockets.on('connection', () => {});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
process.send!((server.address() as AddressInfo).port);
process.once('disconnect', () => process.exit());
