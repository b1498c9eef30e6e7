import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signature as easypostSignature } from '../../../src/connectors/easypost/webhook.js';
import { standardWebhookKey, standardWebhookSignature } from '../../../src/connectors/kit/signatures.js';
import { packageRoot } from '../../../src/lib/package-root.js';
import type { Documents } from './documents.js';
import { damaged, oddJson, oddTexts, type Random } from './random.js';
import type { FuzzTarget } from './server.js';

/** One request over HTTP. */
export interface FuzzedRequest {
  /** What made it: for the count of each kind. */
  kind: 'route' | 'graphql' | 'ingest' | 'stream';
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

const methods = ['GET', 'GET', 'POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const types = ['application/json', 'application/json; charset=utf-8', 'application/graphql-response+json', 'application/graphql', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', 'application/edi-x12', 'application/xml', 'application/octet-stream', 'x', ''];
const accepts = ['*/*', 'application/json', 'application/graphql-response+json', 'text/html', 'text/event-stream', 'multipart/mixed; deferSpec=20220824', 'x'];

const fixture = (path: string) => readFileSync(join(packageRoot, 'test', 'fixtures', path));
const messages: ReadonlyArray<{ connector: string; type: string; body: Buffer }> = [
  { connector: 'easypost', type: 'application/json', body: fixture('easypost/tracker.json') },
  { connector: 'odoo', type: 'application/json', body: fixture('odoo/batch.json') },
  { connector: 'otm', type: 'application/json', body: fixture('otm/trip.json') },
  { connector: 'opendock', type: 'application/json', body: fixture('opendock/appointment.json') },
  { connector: 'opendock', type: 'application/json', body: fixture('opendock/visit.json') },
  { connector: 'x12', type: 'application/edi-x12', body: fixture('x12/214-single.edi') },
];

/** Makes requests over every route of the server. */
export class Requests {
  readonly #target: FuzzTarget;
  readonly #documents: Documents;

  constructor(target: FuzzTarget, documents: Documents) {
    this.#target = target;
    this.#documents = documents;
  }

  make(random: Random): FuzzedRequest {
    const kind = random.next();
    if (kind < 0.3) return this.#onRoute(random);
    if (kind < 0.75) return this.#graphql(random, '/graphql');
    if (kind < 0.85) return this.#graphql(random, `/subgraphs/${random.pick(['odoo', 'carrier', 'tms', 'yard', 'operations', ...oddTexts.map((text) => encodeURIComponent(text.toWellFormed()))])}`);
    return random.chance(0.3) ? this.#docks(random) : this.#ingest(random);
  }

  /** None, one of every role, and none that is any. */
  authorization(random: Random): Record<string, string> {
    const token = random.pick([...Object.values(this.#target.tokens), undefined, random.pick(oddTexts).replace(/[^\x20-\x7e]/g, '')]);
    return token === undefined ? {} : { authorization: random.chance(0.95) ? `Bearer ${token}` : token };
  }

  #onRoute(random: Random): FuzzedRequest {
    const route = random.pick(this.#target.routes);
    const method = random.chance(0.6) ? route.method : random.pick(methods);
    const filled = route.url.replace(/:\w+|\*/g, () => (random.chance(0.3) ? random.pick(['easypost', 'odoo', 'carrier', 'main.js']) : encodeURIComponent(random.pick(oddTexts).toWellFormed())));
    const search = random.chance(0.3) ? `?${Array.from({ length: random.below(4) }, () => `${encodeURIComponent(random.pick(['query', 'variables', 'extensions', ...oddTexts]).toWellFormed())}=${encodeURIComponent(random.pick(oddTexts).toWellFormed())}`).join('&')}` : '';
    const path = random.chance(0.1) ? damagedPath(random, filled) : filled;
    return { kind: 'route', method, path: `${path}${search}`.slice(0, 6000), headers: { ...this.#headers(random), ...this.authorization(random) }, body: hasBody(method) ? bodyOf(random) : undefined };
  }

  #graphql(random: Random, path: string): FuzzedRequest {
    const { kind, ...operation } = this.#documents.operation(random);
    const headers = { 'content-type': 'application/json', accept: random.pick(accepts), ...this.authorization(random) };
    const isStream = headers.accept === 'text/event-stream' || kind === 'subscription';
    if (random.chance(0.15)) {
      const search = new URLSearchParams({ query: operation.query.toWellFormed(), variables: JSON.stringify(operation.variables), ...(operation.operationName === undefined ? {} : { operationName: operation.operationName.toWellFormed() }) });
      return { kind: isStream ? 'stream' : 'graphql', method: 'GET', path: `${path}?${search.toString().slice(0, 8000)}`, headers: { ...headers, 'apollo-require-preflight': '1' }, body: undefined };
    }
    const whole = random.chance(0.1) ? { ...operation, extensions: oddJson(random), [random.pick(['id', 'documentId', '__proto__', 'x'])]: oddJson(random) } : operation;
    const text = Buffer.from(JSON.stringify(random.chance(0.03) ? [whole, whole] : whole));
    return { kind: isStream ? 'stream' : 'graphql', method: 'POST', path, headers, body: random.chance(0.1) ? damaged(random, text) : text };
  }

  /** Of the SSC standard, near to what it asks for. */
  #docks(random: Random): FuzzedRequest {
    const text = () => random.pick(['WH', 'WH@main', 'L-1', ...oddTexts]);
    const identifiers = random.pick<unknown>([{ appointmentId: text() }, { primaryReferenceNumber: text(), locationId: text() }, { poNumber: text(), bolNumber: text(), stopSequenceNumber: random.below(9), locationId: text() }, oddJson(random)]);
    const preferredAppointment = random.pick<unknown>([{ id: text() }, { arrivalWindow: { startDateTime: random.pick(['2026-03-06T08:00:00-06:00', text()]), duration: random.pick(['PT1H', text()]) }, loadingType: 'LIVE' }, oddJson(random)]);
    const body = Buffer.from(JSON.stringify({ identifiers, ...(random.chance(0.6) ? { preferredAppointment } : {}), ...(random.chance(0.3) ? { dateRestrictions: random.pick<unknown>([{ exactDate: '2026-03-06' }, { startDate: text(), endDate: text() }, oddJson(random)]) } : {}), ...(random.chance(0.3) ? { comment: text() } : {}) }));
    const action = random.pick(['fetch-available-appointments', 'schedule-appointment', 'reschedule-appointment', 'cancel-appointment', 'fetch-appointment-details']);
    const name = random.pick(oddTexts).replace(/[^\x20-\x7e]/g, '').trim();
    const headers = { 'content-type': 'application/json', ...this.authorization(random), ...(random.chance(0.3) ? { 'idempotency-key': name } : {}) };
    return { kind: 'route', method: 'POST', path: `/ssc/v1/appointments/v1/${action}`, headers, body: random.chance(0.1) ? damaged(random, body) : body };
  }

  /** Damaged first and signed then: what an authentic partner could send. */
  #ingest(random: Random): FuzzedRequest {
    const message = random.pick(messages);
    const body = random.chance(0.85) ? damaged(random, message.body) : random.chance(0.5) ? Buffer.from(JSON.stringify(oddJson(random, 5))) : message.body;
    const headers = { 'content-type': message.type, ...this.#proof(message.connector, body, random) };
    return { kind: 'ingest', method: 'POST', path: `/ingest/${message.connector}`, headers, body };
  }

  #proof(connector: string, body: Buffer, random: Random): Record<string, string> {
    const secret = this.#target.secrets[connector]!;
    if (random.chance(0.05)) return {};
    if (connector === 'easypost') return { 'x-hmac-signature': easypostSignature(secret, body) };
    if (connector !== 'odoo') return { authorization: `Bearer ${secret}` };
    const [id, timestamp] = [`m${random.below(1e9)}`, String(Math.floor(Date.now() / 1000))];
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': standardWebhookSignature(standardWebhookKey(secret), id, timestamp, body) };
  }

  #headers(random: Random): Record<string, string> {
    const value = () => random.pick(oddTexts).replace(/[^\x20-\x7e]/g, '').trim();
    return {
      ...(random.chance(0.8) ? { 'content-type': random.pick(types) } : {}), ...(random.chance(0.5) ? { accept: random.pick(accepts) } : {}),
      ...Object.fromEntries(['origin', 'x-forwarded-for', 'x-forwarded-proto', 'router-authorization', 'x-gatehouse-control', 'x-gatehouse-token', 'webhook-timestamp', 'x-hmac-signature', 'if-none-match', 'range', 'cookie', 'last-event-id', 'x-client-certificate', 'content-encoding', 'accept-encoding', 'sec-fetch-site'].filter(() => random.chance(0.08)).map((name) => [name, value()])),
    };
  }
}

function hasBody(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function bodyOf(random: Random): Buffer {
  switch (random.below(5)) {
    case 0: return Buffer.alloc(0);
    case 1: return Buffer.from(JSON.stringify(oddJson(random, 5)));
    case 2: return damaged(random, Buffer.from('{"query":"{ viewer { role } }","variables":{"a":[1,2]}}'));
    case 3: return Buffer.from(`grant_type=${random.pick(['refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange', 'x'])}&${random.pick(['refresh_token', 'client_id', 'subject_token', 'scope'])}=${encodeURIComponent(random.pick(oddTexts).toWellFormed())}`);
    default: return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
  }
}

/** Still something that a client library sends: a path of printable characters. */
function damagedPath(random: Random, path: string): string {
  return `/${damaged(random, Buffer.from(path)).toString('latin1').replace(/[^\x21-\x7e]|[#?]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}`.replace(/^\/+/, '/');
}
