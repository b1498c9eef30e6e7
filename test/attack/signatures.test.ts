import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectors } from '../../src/connectors/registry.js';
import type { ConnectorSample } from '../connectors/conformance.js';
import { testServer, type TestServer } from '../support/databases.js';
import { send, type Answer } from '../support/partners.js';

const samples = await Promise.all([...connectors.values()].filter(({ receive }) => receive !== undefined).map(async (connector) => {
  const { sample } = (await import(`../fixtures/${connector.id}/sample.ts`)) as { sample: ConnectorSample };
  return { connector, sample, body: Buffer.from([...sample.messages.values()][0]!) };
}));

describe.each(samples.map((each) => [each.connector.id, each] as const))('a message to %s', (id, { connector, sample, body }) => {
  let server: TestServer;
  let stored = 0;
  beforeAll(async () => {
    server = await testServer('embedded');
    await server.connections.add({ id, connector: id, company: 'main', settings: sample.settings as never, secrets: { webhookSecret: sample.secret } });
  });
  afterAll(() => server?.remove());

  const post = (headers: Record<string, string>, bytes: Uint8Array = body): Promise<Answer> =>
    send(`${server.url}/ingest/${id}`, { method: 'POST', headers: { 'content-type': connector.receive!.contentTypes[0]!, ...headers }, body: bytes as never });
  const signed = (secret = sample.secret, atMs = Date.now()) => sample.sign(body, secret, atMs);
  const inbox = async () => Number((await sql<{ count: string }>`select count(*) as count from inbox`.execute(server.database.kysely)).rows[0]!.count);
  const refused = async (answer: Answer) => {
    expect(answer).toMatchObject({ status: 401, body: { code: 'SIGNATURE_INVALID' } });
    expect(await inbox()).toBe(stored);
  };
  const taken = async (answer: Answer, duplicate: boolean) => {
    expect(answer).toMatchObject({ status: 202, body: { duplicate } });
    if (!duplicate) stored++;
    expect(await inbox()).toBe(stored);
  };

  it('is refused without proof, under a wrong key, and with a proof that was cut or added to', async () => {
    await refused(await post({}));
    await refused(await post(signed(sample.otherSecret)));
    const headers = signed();
    const proof = headers[sample.proofHeader]!;
    for (const altered of [proof.slice(0, -1), `${proof}x`, proof.toUpperCase() === proof ? proof.toLowerCase() : proof.toUpperCase(), proof.slice(1)]) await refused(await post({ ...headers, [sample.proofHeader]: altered }));
  });

  it.runIf(sample.proofCoversBody)('is refused when one bit of it was altered, whichever byte', async () => {
    const headers = signed();
    for (let at = 0; at < body.length; at += Math.ceil(body.length / 40)) {
      const altered = Buffer.from(body);
      altered[at]! ^= 1;
      await refused(await post(headers, altered));
    }
  });

  it('is taken once, and its repeat is known for one', async () => {
    const headers = signed();
    await taken(await post(headers), false);
    await taken(await post(headers), true);
  });

  const timed = Object.keys(sample.sign(body, sample.secret, 0)).some((name) => name.endsWith('timestamp'));
  it.runIf(timed)('is refused when its time is more than five minutes off, in the past and in the future, and taken within', async () => {
    for (const minutes of [-6, 6, -60 * 24, 60 * 24 * 365]) await refused(await post(signed(sample.secret, Date.now() + minutes * 60_000)));
    for (const minutes of [-4, 4]) await taken(await post(signed(sample.secret, Date.now() + minutes * 60_000)), true);
  });

  it('is taken under both keys while a rotation overlaps, and under the new one alone after it', async () => {
    await server.connections.rotate(id, 'webhookSecret', sample.otherSecret);
    await taken(await post(signed(sample.secret)), true);
    await taken(await post(signed(sample.otherSecret)), true);
    await sql`update connection_secret set expires_at = now() - interval '1 second' where expires_at is not null`.execute(server.database.kysely);
    await server.connections.change(id, sample.settings as never, {});
    await refused(await post(signed(sample.secret)));
    await taken(await post(signed(sample.otherSecret)), true);
  });
});
