import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openReceipt } from '../../src/connectors/kit/transports/as2/deliver.js';
import { openAs2 } from '../../src/connectors/kit/transports/as2/open.js';
import type { As2Transport } from '../../src/connectors/kit/transports/as2/settings.js';
import { deliver, transportSchema } from '../../src/connectors/kit/transports/transport.js';
import { acceptCommands } from '../../src/events/commands.js';
import { tellOverdueReceipts } from '../../src/jobs/tasks/overdue-receipts.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Json } from '../../src/lib/json.js';
import { milestonesFile, milestonesMapping } from '../fixtures/files/sample.js';
import { makeIdentity, type TestIdentity } from '../support/as2-certificates.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { expectProblem, send, settled } from '../support/partners.js';
import { eventually } from '../support/requests.js';

interface Got {
  headers: Record<string, string>;
  body: Buffer;
}

describeOnEachDatabase('messages by AS2', (kind) => {
  let server: TestServer;
  let partnersServer: Server;
  let partnersUrl: string;
  let us: TestIdentity;
  let partner: TestIdentity;
  /** What reached the partner. */
  const got: Got[] = [];

  beforeAll(async () => {
    [us, partner] = await Promise.all([makeIdentity('us'), makeIdentity('partner')]);
    server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    partnersServer = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        got.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(parts) });
        response.end();
      });
    });
    await new Promise<void>((done) => partnersServer.listen(0, '127.0.0.1', done));
    partnersUrl = `http://127.0.0.1:${(partnersServer.address() as AddressInfo).port}/as2`;
    const transport = transportSchema.parse({ kind: 'as2', url: partnersUrl, from: 'US', to: 'THEM', certificate: us.certificate, partnerCertificates: partner.certificate, receipt: 'async', receiptUrl: `${server.url}/ingest/partner` }) as unknown as Json;
    await server.connections.add({ id: 'partner', connector: 'files', company: 'main', settings: { mapping: milestonesMapping as unknown as Json, results: 'none', transport }, secrets: { as2Key: us.key } });
  });
  afterAll(async () => {
    partnersServer.close();
    await server.remove();
  });

  const theirs = (over: object = {}) => transportSchema.parse({ kind: 'as2', url: partnersUrl, from: 'THEM', to: 'US', certificate: partner.certificate, partnerCertificates: us.certificate, ...over }) as As2Transport;
  /** A message of the partner, as it leaves them. */
  async function fromPartner(id: string, over: object = {}, bytes: Uint8Array = milestonesFile): Promise<Got> {
    got.length = 0;
    await deliver({ connection: 'us', settings: { transport: theirs(over) }, secrets: { as2Key: [partner.key] }, allowedNetworks: ['127.0.0.0/8'] }, { name: 'day.csv', contentType: 'text/csv', bytes, id }, 30_000);
    const { headers: { host: _, connection: __, ...headers }, body } = got.splice(0)[0]!;
    return { headers: headers as Record<string, string>, body };
  }
  const post = ({ headers, body }: Got) => fetch(`${server.url}/ingest/partner`, { method: 'POST', headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-length')), body: body as never });
  const rows = () => server.database.kysely.selectFrom('inbox').select(['id', 'headers', 'dedupe_key']).where('connection', '=', 'partner').execute();
  const receiptIn = async (response: Response) => openReceipt({ headers: { 'content-type': response.headers.get('content-type')! }, body: Buffer.from(await response.clone().arrayBuffer()) }, theirs(), Date.now());

  it('what is inside is kept and read before its sender gets a signed receipt; a repeat is known and gets the same', async () => {
    const message = await fromPartner(uuidv7());
    const first = await post(message);
    expect([first.status, first.headers.get('x-gatehouse-duplicate')]).toEqual([200, 'false']);
    expect(await receiptIn(first)).toMatchObject({ messageId: message.headers['message-id'], disposition: 'processed' });
    expect(first.headers.get('as2-from')).toBe('US');
    const row = await settled(server, first.headers.get('x-gatehouse-message')!);
    expect([row.state, (row.headers as Record<string, string>)['x-gatehouse-file']]).toEqual(['DECODED', 'day.csv']);
    const events = await server.database.kysely.selectFrom('event').select('type').where('connection', '=', 'partner').where('type', '=', 'milestone.reported').execute();
    expect(events).toHaveLength(4);
    const again = await post(message);
    expect([again.status, again.headers.get('x-gatehouse-duplicate'), again.headers.get('x-gatehouse-message')]).toEqual([200, 'true', row.id]);
    expect(Buffer.from(await again.arrayBuffer()).equals(Buffer.from(await first.arrayBuffer()))).toBe(true);
    expect(await rows()).toHaveLength(1);
  });

  it('what is not believed is not kept, and is told so under our signature; a stranger is told nothing', async () => {
    const before = await rows();
    const message = await fromPartner(uuidv7());
    const body = Buffer.from(message.body);
    body[body.byteLength - 20]! ^= 1;
    const refused = await post({ ...message, body });
    expect([refused.status, (await receiptIn(refused)).disposition]).toEqual([200, 'processed/error: authentication-failed']);
    const stranger = await send(`${server.url}/ingest/partner`, { method: 'POST', headers: { ...message.headers, 'as2-from': 'SOMEBODY' }, body: message.body as never });
    expectProblem(stranger, 401, 'SIGNATURE_INVALID');
    expect(await rows()).toHaveLength(before.length);
  });

  it('a receipt that is wanted by a message of its own is sent, once', async () => {
    const message = await fromPartner(uuidv7(), { receipt: 'async', receiptUrl: `${partnersUrl}/receipts` });
    got.length = 0;
    for (let count = 0; count < 2; count++) expect((await post(message)).status).toBe(200);
    const [receipt] = await eventually(async () => got, (all) => all.length > 0);
    expect(openReceipt({ headers: receipt!.headers, body: receipt!.body }, theirs(), Date.now())).toMatchObject({ messageId: message.headers['message-id'], disposition: 'processed' });
    const commands = await server.database.kysely.selectFrom('command').select('state').where('kind', '=', 'receipt.send').execute();
    expect(commands).toHaveLength(1);
  });

  it('of what we sent, a receipt that comes later is kept with its command; one that refuses it is an exception', async () => {
    const results = async () => {
      const id = uuidv7();
      got.length = 0;
      await server.database.transaction((tx) => acceptCommands(tx, server.tasks.bodies, [{ id, kind: 'file.results', input: { name: 'day.results.csv', content: 'line,result,reason\r\n' }, connection: 'partner', lane: 'REPORT', company: 'main', requestedBy: 'test', idempotencyKey: id, subject: 'connection:partner', correlationId: uuidv7() }]));
      const [sent] = await eventually(async () => got, (all) => all.length > 0);
      await eventually(() => found(id), (row) => row.state === 'DONE');
      return { id, sent: sent! };
    };
    const found = (id: string) => server.database.kysely.selectFrom('command').select(['state', 'result']).where('id', '=', id).executeTakeFirstOrThrow();
    const answer = async (sent: Got, over: object = {}) => {
      const opened = openAs2({ headers: { ...sent.headers, 'receipt-delivery-option': undefined } as never, body: sent.body, receivedMs: Date.now() }, theirs(over), { secrets: { as2Key: [partner.key] } });
      if ('receipt' in opened || opened.reply === null) throw new Error('The partner has no receipt to give.');
      return post({ headers: opened.reply.headers, body: Buffer.from(opened.reply.body) });
    };
    const good = await results();
    expect((await found(good.id)).result).toMatchObject({ receipt: { state: 'AWAITED' } });
    expect((await answer(good.sent)).status).toBe(200);
    expect((await found(good.id)).result).toMatchObject({ receipt: { state: 'RECEIVED', disposition: 'processed' } });

    // One that does not come is told, and no longer once it has come.
    const late = await results();
    const open = () => server.database.kysely.selectFrom('exception').select(['state', 'detail']).where('kind', '=', 'DELIVERY_UNCONFIRMED').execute();
    expect([await tellOverdueReceipts(server.tasks), await tellOverdueReceipts(server.tasks, Date.now() + 5 * 3_600_000), await tellOverdueReceipts(server.tasks, Date.now() + 5 * 3_600_000)]).toEqual([0, 1, 0]);
    expect(await open()).toMatchObject([{ state: 'OPEN', detail: expect.stringContaining(late.id) }]);
    expect((await answer(late.sent)).status).toBe(200);
    expect([await open(), (await found(late.id)).result]).toMatchObject([[{ state: 'RESOLVED' }], { receipt: { state: 'RECEIVED' } }]);

    // Of what was given up meanwhile it is kept, and people are told once.
    const lost = await results();
    await server.database.kysely.updateTable('command').set({ state: 'DEAD', result: null }).where('id', '=', lost.id).execute();
    expect([(await answer(lost.sent)).status, (await answer(lost.sent)).status]).toEqual([200, 200]);
    expect((await found(lost.id)).result).toMatchObject({ receipt: { state: 'AFTER_GIVING_UP', disposition: 'processed' } });
    expect(await server.database.kysely.selectFrom('exception').select(['state', 'detail']).where('kind', '=', 'DELIVERY_AFTER_GIVING_UP').execute()).toMatchObject([{ state: 'OPEN', detail: expect.stringContaining(lost.id) }]);

    const bad = await results();
    expect((await answer(bad.sent, { partnerCertificates: partner.certificate })).status).toBe(200);
    expect((await found(bad.id)).result).toMatchObject({ receipt: { state: 'REFUSED' } });
    const exceptions = await eventually(() => server.database.kysely.selectFrom('exception').select(['kind', 'detail']).where('kind', '=', 'DELIVERY_REFUSED').execute(), (all) => all.length > 0);
    expect(exceptions[0]!.detail).toContain('authentication-failed');
  });
});
