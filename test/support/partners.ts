import { sql } from 'kysely';
import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import { standardWebhookKey, standardWebhookSignature } from '../../src/connectors/kit/signatures.js';
import { uuidOfName, uuidv7 } from '../../src/lib/ids.js';
import type { TestServer } from './databases.js';
import { eventually } from './requests.js';
import { bodyPurpose } from '../../src/events/inbox.js';

/** Connections that tests post to, one of each kind, and their secrets. */
export const secrets = { odoo: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', easypost: 'sécret of the carrier', x12: 'token-of-the-partner' } as const;

/** Adds the connections `odoo`, `easypost` and `x12`. */
export async function addConnections(server: TestServer): Promise<void> {
  for (const connector of ['odoo', 'easypost', 'x12'] as const) {
    await server.connections.add({ id: connector, connector, company: 'main', settings: {}, secrets: { webhookSecret: secrets[connector] } });
  }
}

export interface Answer {
  status: number;
  type: string;
  body: any;
  text: string;
  headers: Headers;
}

/** One HTTP request, with its answer read whole. */
export async function send(url: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text, body: type.includes('json') ? JSON.parse(text) : undefined, headers: response.headers };
}

export const json = { 'content-type': 'application/json' };

export function easypostSignature(body: string | Uint8Array, secret: string = secrets.easypost): string {
  return `hmac-sha256-hex=${createHmac('sha256', secret.normalize('NFKD')).update(body).digest('hex')}`;
}

export function postEasypost(server: TestServer, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  return send(`${server.url}/ingest/easypost`, { method: 'POST', headers: { ...json, 'x-hmac-signature': easypostSignature(body), ...headers }, body: body as never });
}

export function postX12(server: TestServer, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  return send(`${server.url}/ingest/x12`, { method: 'POST', headers: { 'content-type': 'application/edi-x12', authorization: `Bearer ${secrets.x12}`, ...headers }, body: body as never });
}

export interface OdooPost {
  id?: string;
  /** Seconds since 1970. */
  timestamp?: number;
  secret?: string;
  headers?: Record<string, string>;
}

export function postOdoo(server: TestServer, body: string | Uint8Array | object, options: OdooPost = {}): Promise<Answer> {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  const id = options.id ?? `msg_${uuidv7()}`;
  const timestamp = String(options.timestamp ?? Math.floor(Date.now() / 1000));
  const signature = standardWebhookSignature(standardWebhookKey(options.secret ?? secrets.odoo), id, timestamp, bytes);
  return send(`${server.url}/ingest/odoo`, { method: 'POST', headers: { ...json, 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature, ...options.headers }, body: bytes as never });
}

let version = 1000;

/** An event of the Odoo addon; every one has a higher version than those before. */
export function odooEvent(topic: string, model: string, recordId: number, record: object, rest: object = {}): Record<string, unknown> {
  version++;
  return { id: uuidv7(), topic, action: 'updated', model, recordId, version, occurredAt: new Date().toISOString(), company: { id: 1, name: 'Northwind' }, record, ...rest };
}

export function odooBatch(...events: object[]): object {
  return { specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: new Date().toISOString(), events };
}

const partner = (id: number) => ({ id, name: `Party ${id}`, commercial_partner_id: { id, name: `Party ${id}` } });

export function party(id: number): object {
  return odooEvent('partner', 'res.partner', id, { name: `Party ${id}`, commercial_partner_id: { id, name: `Party ${id}` }, city: 'Bremen', country_code: 'DE' });
}

export function order(id: number, options: { name?: string; customer: number; state?: string }): object {
  return odooEvent('order', 'sale.order', id, {
    name: options.name ?? `S${id}`, state: options.state ?? 'sale', partner_id: partner(options.customer), date_order: '2026-03-02 08:12:00', commitment_date: '2026-03-06 16:00:00',
    amount_total: 100, currency_id: { id: 1, name: 'EUR' },
    lines: [{ id: 1, product_id: { id: 31, name: 'Oak desk' }, name: 'Oak desk', quantity: 3, uom_id: { id: 1, name: 'Units' } }],
  });
}

export function delivery(id: number, options: { name?: string; order?: number; customer?: number; tracking?: string; state?: string }): object {
  return odooEvent('delivery', 'stock.picking', id, {
    name: options.name ?? `WH/OUT/${id}`, state: options.state ?? 'assigned', picking_type_code: 'outgoing', lines: [],
    ...(options.order === undefined ? {} : { sale_id: { id: options.order, name: `S${options.order}` } }),
    ...(options.customer === undefined ? {} : { partner_id: partner(options.customer) }),
    ...(options.tracking === undefined ? {} : { carrier_tracking_ref: options.tracking }),
  });
}

/** The canonical id of a party of connection `odoo`, as a customer's token names it. */
export const partyId = (id: number) => uuidOfName(`party:odoo:${id}`);

export interface Scan {
  status?: string;
  detail?: string;
  at?: string | null;
  code?: string;
  message?: string;
}

/** An EasyPost event of a tracker with these scans. */
export function tracker(trackingCode: unknown, scans: readonly Scan[] = [{}], rest: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `evt_${uuidv7()}`, object: 'Event', description: 'tracker.updated', updated_at: new Date().toISOString(),
    result: {
      object: 'Tracker', tracking_code: trackingCode, carrier: 'FedEx', status: 'in_transit', updated_at: new Date().toISOString(),
      tracking_details: scans.map((scan) => ({
        object: 'TrackingDetail', status: scan.status ?? 'in_transit', status_detail: scan.detail ?? 'unknown', message: scan.message ?? 'Scanned',
        ...(scan.at === null ? {} : { datetime: scan.at ?? '2026-03-05T10:00:00Z' }), ...(scan.code === undefined ? {} : { carrier_code: scan.code }),
      })),
      ...rest,
    },
  };
}

/** Waits until the message of this id is decoded or quarantined, and gives its row. */
export async function settled(server: TestServer, id: string) {
  const ask = () => server.database.kysely.selectFrom('inbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const row = await eventually(ask, (found) => found.state !== 'RECEIVED');
  await eventually(async () => unprojected(server), (count) => count === 0);
  return row;
}

/** How many events the read model has still before it, and how many jobs that follow up on what it found. */
export async function unprojected({ database }: TestServer): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select (select position from log_head) - coalesce((select position from projection where name = 'main'), 0)
      + (select count(*) from pgboss.job where name = 'follow-up' and state in ('created', 'retry', 'active')) as count
  `.execute(database.kysely);
  return Number(rows[0]!.count);
}

/** Expects that it was taken, waits until it is read, and checks that its bytes are kept as sent. */
export async function accepted(server: TestServer, answer: Answer, bytes: string | Uint8Array) {
  expect(answer.text).toContain('"id"');
  expect(answer.status).toBe(202);
  expect(answer.body).toMatchObject({ duplicate: false, correlationId: expect.any(String) });
  const row = await settled(server, answer.body.id as string);
  expect(Buffer.from(server.tasks.bodies.openBytes(row.body!, bodyPurpose(row.id))).equals(Buffer.from(bytes))).toBe(true);
  return row;
}

export async function exceptionsOf(server: TestServer, rawId: string) {
  return server.database.kysely.selectFrom('exception').selectAll().where('raw_id', '=', rawId).orderBy('kind').execute();
}

/** The process lives, its database answers, and messages are still taken. */
export async function expectServing(server: TestServer): Promise<void> {
  expect((await send(`${server.url}/readyz`)).status).toBe(200);
  expect((await postEasypost(server, JSON.stringify(tracker(`ALIVE${uuidv7()}`)))).status).toBe(202);
}

const leaks = [/\bat .+:\d+:\d+/, /node_modules/, /\bselect\b.+\bfrom\b/i, /\binsert into\b/i, /syntax error at or near/i, /invalid byte sequence/i, /\/src\//, /SQLSTATE/, /\.[tj]s\b/, /FST_ERR/];

/** Nothing of the inside stands in an answer. */
export function expectNoLeak(text: string): void {
  for (const leak of leaks) expect(text).not.toMatch(leak);
}

/** A refusal as RFC 9457 has it, with our code. */
export function expectProblem(answer: Pick<Answer, 'status' | 'type' | 'body' | 'text'>, status: number, code: string): void {
  expect({ status: answer.status, type: answer.type.split(';')[0], code: answer.body?.code, text: answer.text }).toMatchObject({ status, type: 'application/problem+json', code });
  expect(answer.body).toMatchObject({ type: expect.stringMatching(/^urn:gatehouse:error:/), title: expect.any(String), status, detail: expect.any(String) });
  expectNoLeak(answer.text);
}
