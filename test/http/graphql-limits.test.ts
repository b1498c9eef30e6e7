import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { eventually, graphqlAnswer } from '../support/requests.js';
import { openAcknowledged } from '../support/sockets.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describeOnEachDatabase('the limit on cost', (kind) => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await testServer(kind, { GATEHOUSE_MAX_COST: '100' });
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(() => server?.remove());
  const query = 'query($n: Int!) { shipments(first: $n) { nodes { id } } }';
  const refused = { extensions: { code: 'TOO_COSTLY', retry: 'never', cost: 101, limit: 100 } };

  it('refuses an operation over HTTP with its cost and the limit, by what its variables say', async () => {
    expect((await graphqlAnswer(server.url, token, query, { n: 99 })).errors).toBeUndefined();
    const answer = await graphqlAnswer(server.url, token, query, { n: 100 });
    expect(answer.errors).toMatchObject([refused]);
    expect(answer.data ?? null).toBeNull();
    const statusFor = async (accept: string) => (await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables: { n: 100 } }) })).status;
    expect([await statusFor('application/json'), await statusFor('application/graphql-response+json')]).toEqual([200, 400]);
  });

  it('refuses it over a WebSocket alike, subscriptions too', async () => {
    const socket = await openAcknowledged(server.url, token);
    const passed = socket.subscribe('a', query, { n: 99 });
    const stopped = socket.subscribe('b', query, { n: 100 });
    const stream = socket.subscribe('c', 'subscription { milestones { shipment { milestones(first: 100) { nodes { id } } } } }');
    await eventually(async () => [passed, stopped, stream], (all) => all.every(({ length }) => length > 0));
    expect(passed[0]).toMatchObject({ type: 'next', payload: { data: { shipments: { nodes: [] } } } });
    const errorsOf = (message: any) => (message.type === 'error' ? message.payload : message.payload.errors);
    expect(errorsOf(stopped[0])).toMatchObject([refused]);
    expect(errorsOf(stream[0])).toMatchObject([{ extensions: { code: 'TOO_COSTLY', limit: 100 } }]);
    await socket.close();
  });
});

describe.each([true, false])('trusted documents, in production: %s', (production) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-trusted-'));
  const file = join(folder, 'manifest.json');
  const [viewer, cursor, stream] = ['{ viewer { role } }', '{ latestCursor }', 'subscription { milestones { id } }'] as const;
  const other = '{ viewer { scopes } }';
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    writeFileSync(file, JSON.stringify({ [sha256(viewer)]: viewer, latest: cursor, stream }));
    server = await testServer('embedded', { GATEHOUSE_TRUSTED_DOCUMENTS: file, ...(production ? { NODE_ENV: 'production' } : {}) });
    token = await server.tokens.create({ role: 'operator', ttl: 600 });
  });
  afterAll(async () => {
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const send = async (body: object) => {
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as any };
  };
  const untrusted = { errors: [{ extensions: { code: 'UNTRUSTED_DOCUMENT' } }] };

  it.each<[string, object]>([
    ['its text', { query: viewer }],
    ['its hash', { documentId: `sha256:${sha256(viewer)}` }],
    ['its hash in Apollo’s form', { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(viewer) } } }],
    ['its hash, and any text beside it', { query: other, documentId: sha256(viewer) }],
  ])('run when a client sends %s', async (_what, body) => expect(await send(body)).toMatchObject({ status: 200, body: { data: { viewer: { role: 'operator' } } } }));

  it('run by their id, by GET too', async () => {
    expect((await send({ documentId: 'latest' })).body).toMatchObject({ data: { latestCursor: expect.any(String) } });
    const response = await fetch(`${server.url}/graphql?documentId=latest`, { headers: { authorization: `Bearer ${token}` } });
    expect(await response.json()).toMatchObject({ data: { latestCursor: expect.any(String) } });
  });

  it('that no manifest has do not run by hash', async () => {
    expect(await send({ documentId: 'nothing' })).toMatchObject({ status: 403, body: untrusted });
    expect(await send({ extensions: { persistedQuery: { version: 1, sha256Hash: sha256(other) } } })).toMatchObject({ status: 403, body: untrusted });
  });

  it(production ? 'are all that runs over HTTP' : 'are not all that runs over HTTP', async () => {
    const answer = await send({ query: other });
    if (production) expect(answer).toMatchObject({ status: 403, body: untrusted });
    else expect(answer).toMatchObject({ status: 200, body: { data: { viewer: { scopes: expect.any(Array) } } } });
    if (!production) return;
    // Sending a text together with its hash does not make it known.
    expect(await send({ query: other, extensions: { persistedQuery: { version: 1, sha256Hash: sha256(other) } } })).toMatchObject({ status: 403, body: untrusted });
    expect(await send({ documentId: sha256(other) })).toMatchObject({ status: 403, body: untrusted });
  });

  it('run over a WebSocket, subscriptions too, under the same rule', async () => {
    const socket = await openAcknowledged(server.url, token);
    const own: Record<string, any[]> = { hash: [], text: [], stream: [] };
    socket.socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { id?: string };
      if (message.id !== undefined) own[message.id]?.push(message);
    });
    socket.send({ id: 'hash', type: 'subscribe', payload: { query: '', extensions: { persistedQuery: { version: 1, sha256Hash: sha256(viewer) } } } });
    socket.send({ id: 'text', type: 'subscribe', payload: { query: other } });
    socket.send({ id: 'stream', type: 'subscribe', payload: { query: 'subscription { milestones { code } }' } });
    await eventually(async () => own, ({ hash, text, stream: streamed }) => hash!.length > 0 && text!.length > 0 && (!production || streamed!.length > 0));
    expect(own.hash![0]).toMatchObject({ type: 'next', payload: { data: { viewer: { role: 'operator' } } } });
    if (production) for (const id of ['text', 'stream']) expect(own[id]![0]).toMatchObject({ type: 'error', payload: untrusted.errors });
    else expect(own.text![0]).toMatchObject({ type: 'next' });
    await socket.close();
  });

  it('are read again when the manifest changes; a manifest whose hash is not its document’s changes nothing', async () => {
    const added = '{ __typename }';
    writeFileSync(file, JSON.stringify({ [sha256(viewer)]: viewer, latest: cursor, stream, added }));
    await eventually(() => send({ documentId: 'added' }), ({ status }) => status === 200);
    writeFileSync(file, JSON.stringify({ [sha256(viewer)]: other }));
    await new Promise((next) => setTimeout(next, 1500));
    expect((await send({ documentId: sha256(viewer) })).body).toMatchObject({ data: { viewer: { role: 'operator' } } });
  });
});
