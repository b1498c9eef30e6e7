import { Writable } from 'node:stream';
import { pino } from 'pino';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from '../../src/cli/run-data-command.js';
import { logOptions } from '../../src/lib/log.js';
import { openServices, startServer, startWork, type RunningServer, type Services } from '../../src/main.js';
import { describeOnEachDatabase, freshConfig, type TestConfig } from '../support/databases.js';
import { delivery, easypostSignature, odooBatch, odooEvent, order, postEasypost, postOdoo, settled, tracker } from '../support/partners.js';
import { graphqlAnswer } from '../support/requests.js';

/** What must stand readable nowhere but where it was asked for. */
const canaries = {
  secret: `whsec_${Buffer.from('canary of a webhook secret 42').toString('base64')}`, easypostSecret: 'canary-easypost-secret', name: 'Canarina Birdsong', email: 'canary@nest.example', street: 'Canary Wharf 99',
  phone: '+49 30 5550142', signedBy: 'C. Signature-Canary',
};

describeOnEachDatabase('secrets and personal data', (kind) => {
  let given: TestConfig;
  let services: Services;
  let server: RunningServer;
  let workers: { stop(): Promise<void> };
  let logged = '';
  let answers = '';
  let target: Parameters<typeof postOdoo>[0];

  beforeAll(async () => {
    given = await freshConfig(kind, { GATEHOUSE_LOG: 'trace' });
    const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => ((logged += chunk.toString()), done()) });
    services = await openServices(given.config, pino(logOptions('trace'), sink), { supervise: true });
    server = await startServer(services);
    workers = await startWork(services);
    target = Object.assign(services, { url: server.url, server, remove: async () => {} }) as never;
    for await (const _ of runHere(services, 'connection add', { connector: 'odoo', id: 'odoo', set: [`webhookSecret=${canaries.secret}`] }, 'anna'));
    for await (const _ of runHere(services, 'connection add', { connector: 'easypost', id: 'easypost', set: [`webhookSecret=${canaries.easypostSecret}`] }, 'anna'));
  });
  afterAll(async () => {
    await server?.close();
    await workers?.stop();
    await services?.close();
    await given?.remove();
  });

  const person = { name: canaries.name, is_company: false, commercial_partner_id: { id: 7, name: canaries.name }, email: canaries.email, phone: canaries.phone, street: canaries.street, city: 'Bremen', country_code: 'DE' };

  it('go through ingest, decoding, faults, queries and commands', async () => {
    const take = async (answer: { text: string; body: { id?: unknown } }) => {
      answers += answer.text;
      if (typeof answer.body.id === 'string') await settled(target, answer.body.id);
    };
    const customer = (event: object) => JSON.parse(JSON.stringify(event).replaceAll('Party 7', canaries.name)) as object;
    await take(await postOdoo(target, odooBatch(odooEvent('partner', 'res.partner', 7, person), customer(order(1, { customer: 7 })), customer(delivery(2, { order: 1, customer: 7, tracking: 'CANARY1' }))), { secret: canaries.secret }));
    const delivered = JSON.stringify(tracker('CANARY1', [{ status: 'delivered', detail: 'signed' }], { signed_by: canaries.signedBy }));
    await take(await postEasypost(target, delivered, { 'x-hmac-signature': easypostSignature(delivered, canaries.easypostSecret) }));
    expect(await services.database.kysely.selectFrom('milestone').select('code').execute()).not.toEqual([]);
    // A statement fails in the database, which tells of the row in its error.
    await sql`alter table personal_data add constraint failing check (subject <> 'party:odoo:10')`.execute(services.database.kysely);
    await take(await postOdoo(target, odooBatch(odooEvent('partner', 'res.partner', 10, person)), { secret: canaries.secret }));
    expect(logged).toContain('a message could not be recorded');
    // What cannot be read, in several ways, and what is refused.
    await take(await postOdoo(target, { ...odooBatch(odooEvent('partner', 'res.partner', 8, { ...person, email: { not: canaries.email } })) }, { secret: canaries.secret }));
    await take(await postOdoo(target, { specversion: '9', note: Object.values(canaries) }, { secret: canaries.secret }));
    await take(await postOdoo(target, odooBatch(odooEvent('partner', 'res.partner', 9, { ...person, name: [canaries.name] })), { secret: canaries.secret }));
    await take(await postOdoo(target, `{"broken": "${canaries.email}`, { secret: canaries.secret }));
    await take(await postOdoo(target, odooBatch(odooEvent('partner', 'res.partner', 7, person)), { secret: `whsec_${Buffer.from(canaries.email).toString('base64')}` }));
    for (const name of ['connection rotate', 'replay', 'doctor'] as const) {
      const options = name === 'connection rotate' ? { id: 'odoo', set: [`webhookSecret=${canaries.secret}`] } : { connection: 'odoo' };
      try {
        for await (const line of runHere(services, name, name === 'doctor' ? {} : options, 'anna')) answers += line;
      } catch (error) {
        answers += String(error);
      }
    }
    const operator = await services.tokens.create({ role: 'operator', ttl: 600 });
    const customerToken = await services.tokens.create({ role: 'customer', ttl: 600, parties: ['odoo/7'] });
    const query = '{ orders(first: 5) { nodes { reference party { name street email phone } } } exceptions(first: 50) { nodes { title detail kind } } shipments(first: 5) { nodes { id milestones(first: 9) { nodes { code } } } } }';
    const shown = JSON.stringify(await graphqlAnswer(server.url, operator, query));
    for (const field of ['name', 'street', 'email', 'phone'] as const) expect(shown).toContain(canaries[field]);
    for (const field of ['secret', 'easypostSecret', 'signedBy'] as const) expect(shown).not.toContain(canaries[field]);
    answers += JSON.stringify(await graphqlAnswer(server.url, customerToken, query));
    answers += JSON.stringify(await graphqlAnswer(server.url, null, query));
    answers += await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${operator}` } })).text();
    expect(logged).not.toContain(operator);
  });

  const forms = (value: string) => [value, JSON.stringify(value).slice(1, -1), Buffer.from(value).toString('hex'), encodeURIComponent(value), value.toLowerCase()];

  it.each(Object.keys(canaries) as Array<keyof typeof canaries>)('leave the %s in no log line, error, metric or answer to others', (canary) => {
    for (const form of forms(canaries[canary])) {
      expect(logged.includes(form), `in the log as ${form}`).toBe(false);
      expect(answers.includes(form), `in an answer as ${form}`).toBe(false);
    }
  });

  it.each(Object.keys(canaries) as Array<keyof typeof canaries>)('leave the %s in no column of any table, jobs among them', async (canary) => {
    const { rows } = await sql<{ schema: string; name: string }>`select table_schema as schema, table_name as name from information_schema.tables where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`.execute(services.database.kysely);
    expect(rows.map((row) => row.name)).toEqual(expect.arrayContaining(['inbox', 'event', 'party', 'audit', 'job', 'exception', 'connection_secret']));
    for (const { schema, name } of rows) {
      const text = (await sql<{ text: string }>`select coalesce(string_agg(t::text, ' '), '') as text from ${sql.table(`${schema}.${name}`)} t`.execute(services.database.kysely)).rows[0]!.text;
      for (const form of forms(canaries[canary])) expect(text.includes(form), `in ${schema}.${name} as ${form}`).toBe(false);
    }
  });

  it('are shown to nobody without an entry in the audit log that says whose, and to whom', async () => {
    const rows = await services.database.kysely.selectFrom('audit').select(['role', 'target_kind', 'payload', 'correlation_id']).where('action', '=', 'personal.read').execute();
    expect(rows.every((row) => row.role === 'operator' && row.correlation_id !== null)).toBe(true);
    // Parties in one entry, and what exceptions quote in another.
    expect(rows.map((row) => [row.target_kind, Object.keys(row.payload!)]).sort()).toEqual([['exception', ['exceptions']], ['party', ['parties']]]);
  });
});
