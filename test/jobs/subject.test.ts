import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptCommands, type NewCommand } from '../../src/events/commands.js';
import { keepDocuments, openDocument } from '../../src/events/documents.js';
import { knownCheckpoints, verifyAudit } from '../../src/events/audit-verify.js';
import { verifyEvents } from '../../src/events/seal-verify.js';
import { sealEvents } from '../../src/events/seals.js';
import { replay } from '../../src/jobs/tasks/replay.js';
import { eraseSubject, exportSubject, findSubject, sweepErased } from '../../src/jobs/tasks/subject.js';
import { uuidOfName, uuidv7 } from '../../src/lib/ids.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';
import { describeOnEachDatabase } from '../support/databases.js';

const by = { subject: 'cli:anna', role: 'cli' };
const secret = { name: 'Zoë Canary', email: 'Zoe.Canary@example.org', phone: '+49 (0)40 555-0199', street: 'Canarystraße 7' };

/** As Odoo sends it. */
const batch = (events: object[]) => JSON.stringify({ specversion: '1', database: 'prod', odooVersion: '18.0', sentAt: '2026-03-02T09:15:30+00:00', events });
const partner = (id: number, version: number, record: object) => ({
  id: `6d9c1f0e-6a3e-4c4a-9b5e-${String(id).padStart(6, '0')}${String(version).padStart(6, '0')}`, topic: 'partner', action: 'updated', model: 'res.partner', recordId: id, version,
  occurredAt: '2026-03-02T09:10:00.123456+00:00', company: { id: 1, name: 'Northwind GmbH' }, origin: 'user', record: { commercial_partner_id: { id, name: 'x' }, city: 'Hamburg', country_code: 'DE', ...record },
});

const place = { street: 'Kai 1', city: 'Hamburg', postalCode: '20457', country: 'DE' };
const delivery = (id: number, state: string) => ({
  id: `delivery-${id}`, topic: 'delivery', action: 'updated', model: 'stock.picking', recordId: id, version: 1, occurredAt: '2026-03-02T09:12:00Z', company: { id: 1, name: 'Northwind GmbH' },
  record: { name: `WH/OUT/${id}`, state, picking_type_code: 'outgoing', partner_id: { id: 74, name: 'x', commercial_partner_id: { id: 74, name: 'x' } }, lines: [] },
});

describeOnEachDatabase('the data of a person', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  afterAll(() => pipeline?.remove());

  const db = () => pipeline.services.database.kysely;
  const receive = async (events: object[]) => {
    const fresh = await pipeline.receive([{ connection: 'erp', body: batch(events) } as never]);
    await pipeline.decode('erp', fresh.get('erp')!);
    await pipeline.settle();
    return fresh.get('erp')![0]!;
  };
  const zoe = uuidOfName('party:erp:71');
  const everything = async () => {
    const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db());
    const texts = await Promise.all(rows.map(async ({ name }) => (await sql<{ text: string }>`select coalesce(string_agg(t::text, ' '), '') as text from ${sql.table(name)} t`.execute(db())).rows[0]!.text));
    return texts.join('\n');
  };

  it('stands nowhere readable: neither name nor street, e-mail and telephone', async () => {
    await receive([partner(71, 101, { is_company: false, ...secret }), partner(72, 102, { name: 'Acme Ltd', email: 'office@acme.example', is_company: true })]);
    const text = await everything();
    for (const value of Object.values(secret)) expect(text).not.toContain(value);
    expect(text).toContain('Acme Ltd');
    expect(text).toContain('Hamburg');
    expect(text).not.toContain(Buffer.from(secret.email).toString('hex'));
    expect(text).not.toContain(Buffer.from(secret.email).toString('base64url').slice(2, -4));
  });

  it.each([{ email: ' zoe.canary@EXAMPLE.org ' }, { phone: '0049 40 5550199' }, { phone: '+49405550199' }, { party: uuidOfName('party:erp:71') }])('is found by %o', async (name) => {
    expect((await findSubject(pipeline.tasks, name)).parties).toEqual([{ id: zoe, subject: 'party:erp:71' }]);
  });

  it.each([{ email: 'zoe@example.org' }, { email: '%' }, { email: '' }, { phone: '5550199' }, { party: uuidOfName('party:erp:70') }])('is not found by %o', async (name) => {
    await expect(findSubject(pipeline.tasks, name)).rejects.toThrow(/Nobody is known/);
  });

  it('is given out whole, with what is kept of others left out, and that it was is recorded', async () => {
    await receive([partner(71, 103, { is_company: false, ...secret, email: 'second@example.org' })]);
    const parts = [];
    for await (const part of exportSubject(pipeline.tasks, await findSubject(pipeline.tasks, { email: secret.email }), by, 'she asked')) parts.push(part);
    expect(parts).toMatchObject([{ party: zoe, personal: [{ ...secret, city: 'Hamburg' }, { ...secret, email: 'second@example.org' }], messages: [{ text: null }, { text: expect.stringContaining(secret.street) }] }]);
    expect(JSON.stringify(parts)).not.toContain('Acme');
    expect(await db().selectFrom('audit').select(['actor', 'action', 'target_id', 'payload']).where('action', '=', 'subject.exported').execute()).toEqual([{ actor: 'cli:anna', action: 'subject.exported', target_id: zoe, payload: { parties: [zoe], reason: 'she asked' } }]);
  });

  it('is gone after erasure and stays gone, whatever is replayed or sent again, and both logs stay whole', async () => {
    const log = await sql`select * from event order by position`.execute(db());
    const person = await findSubject(pipeline.tasks, { party: zoe });
    expect(await eraseSubject(pipeline.tasks, person, by, 'she asked')).toMatchObject({ parties: 1, personalData: 2, messages: 2 });
    expect((await sql`select * from event order by position`.execute(db())).rows).toEqual(log.rows);
    const gone = async () => {
      expect(await db().selectFrom('party').select(['name', 'sealed', 'address']).where('id', '=', zoe).executeTakeFirstOrThrow()).toEqual({ name: 'erased', sealed: null, address: { city: null, region: null, postalCode: null, country: null } });
      expect(await db().selectFrom('personal_data').select('id').where('subject', '=', 'party:erp:71').where((w) => w.or([w('data', 'is not', null), w('sealed', 'is not', null)])).execute()).toEqual([]);
      expect(await db().selectFrom('personal_mention').selectAll().where('subject', '=', 'party:erp:71').execute()).toEqual([]);
      await expect(findSubject(pipeline.tasks, { email: 'second@example.org' })).rejects.toThrow(/Nobody/);
    };
    await gone();
    const result = await replay(pipeline.tasks, { connection: 'erp', from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' }, () => {});
    expect(result.messages).toBe(2);
    const again = await receive([partner(71, 104, { is_company: false, ...secret, email: 'third@example.org' })]);
    await gone();
    expect(await db().selectFrom('inbox').select(['body', 'body_gone', 'state']).where('id', '=', again).executeTakeFirstOrThrow()).toEqual({ body: null, body_gone: 'ERASURE', state: 'DECODED' });
    expect((await db().selectFrom('party').select('name').where('id', '=', uuidOfName('party:erp:72')).executeTakeFirstOrThrow()).name).toBe('Acme Ltd');
    await sealEvents(pipeline.services.database, 10_000_000);
    const { database, signer } = pipeline.services;
    expect((await verifyAudit(database, await knownCheckpoints(database, signer, 'audit'))).broken).toBeNull();
    expect((await verifyEvents(database, await knownCheckpoints(database, signer, 'event'))).broken).toBeNull();
  });

  it('is swept away where it slipped in while it was being erased', async () => {
    const raw = await receive([partner(73, 201, { is_company: false, ...secret })]);
    await db().insertInto('erased_subject').values({ subject: 'party:erp:73', at: new Date().toISOString() }).execute();
    await sweepErased(pipeline.tasks);
    expect(await db().selectFrom('party').select(['name', 'sealed']).where('subject', '=', 'party:erp:73').executeTakeFirstOrThrow()).toEqual({ name: 'erased', sealed: null });
    expect((await db().selectFrom('inbox').select('body').where('id', '=', raw).executeTakeFirstOrThrow()).body).toBeNull();
    await expect(findSubject(pipeline.tasks, { email: secret.email })).rejects.toThrow(/Nobody/);
  });

  it('is gone from what carriers were told and answered as soon as that is over, and from labels and what bookings remember once the goods are there', async () => {
    await receive([partner(74, 301, { is_company: false, ...secret }), delivery(1, 'assigned')]);
    const { services } = pipeline;
    const { bodies } = services.tasks;
    const shipmentId = (await db().selectFrom('reference').select('shipment_id').where('subject', '=', 'odoo.delivery:erp:1').executeTakeFirstOrThrow()).shipment_id!;
    const make = async (kind: 'shipment.book' | 'notice.send', state: 'DONE' | 'CALLING' | 'PARTIAL'): Promise<string> => {
      const [{ id } = { id: '' }] = await services.database.transaction((tx) => acceptCommands(tx, bodies, [{
        kind, input: { from: place, to: { ...place, ...secret }, packages: [], references: [] }, connection: 'ep', lane: 'DISPATCH', company: 'main', requestedBy: 'test', idempotencyKey: uuidv7(), subject: 'odoo.delivery:erp:1', shipmentId, correlationId: uuidv7(),
      } as unknown as NewCommand]));
      await db().updateTable('command').set({ state, memory: bodies.sealBytes(Buffer.from(secret.street), `memory/${id}`), ...(state === 'CALLING' ? {} : { finished_at: new Date().toISOString() }) }).where('id', '=', id).execute();
      await db().insertInto('command_attempt').values({ command_id: id, number: 1, company: 'main', connection: 'ep', started_at: new Date().toISOString(), ended_at: null, outcome: null, error_kind: null, error: null, raw: bodies.sealBytes(Buffer.from(secret.street), `raw/${id}`) }).execute();
      await db().insertInto('inbox').values({ id: uuidv7(), connection: 'ep', dedupe_key: `command:${id}:answer`, correlation_id: uuidv7(), received_at: new Date().toISOString(), headers: null, body: bodies.sealBytes(Buffer.from(secret.street), 'body'), state: 'DECODED' }).execute();
      return id;
    };
    const names = { booked: await make('shipment.book', 'DONE'), underWay: await make('shipment.book', 'CALLING'), inPart: await make('shipment.book', 'PARTIAL'), told: await make('notice.send', 'DONE') };
    const label = uuidv7();
    await services.database.transaction((tx) => keepDocuments(tx, bodies, [{ documentId: label, mediaType: 'text/plain', content: Buffer.from(secret.street) }]));
    await db().insertInto('document_shipment').values({ document_id: label, shipment_id: shipmentId, company: 'main' }).execute();
    /** What is left of each: its input, what it remembers, what was answered in its history, and as a message. */
    const left = async () => {
      const of = async (id: string) => {
        const command = await db().selectFrom('command').select(['input', 'memory']).where('id', '=', id).executeTakeFirstOrThrow();
        const [attempt, answer] = [await db().selectFrom('command_attempt').select('raw').where('command_id', '=', id).executeTakeFirstOrThrow(), await db().selectFrom('inbox').select('body').where('dedupe_key', '=', `command:${id}:answer`).executeTakeFirstOrThrow()];
        return [command.input, command.memory, attempt.raw, answer.body].map((each) => (each === null ? '-' : 'x')).join('');
      };
      return { booked: await of(names.booked), underWay: await of(names.underWay), inPart: await of(names.inPart), told: await of(names.told), label: (await openDocument(db(), bodies, label)) !== null };
    };

    await eraseSubject(pipeline.tasks, await findSubject(pipeline.tasks, { email: secret.email }), by, 'she asked');
    expect(await left()).toEqual({ booked: '-x--', underWay: 'xxxx', inPart: 'xxxx', told: '----', label: true });

    // It ends, and is not read yet.
    await db().updateTable('command').set({ state: 'DONE', finished_at: new Date().toISOString() }).where('id', '=', names.underWay).execute();
    const answered = db().updateTable('inbox').where('dedupe_key', '=', `command:${names.underWay}:answer`);
    await answered.set({ state: 'RECEIVED' }).execute();
    await sweepErased(pipeline.tasks);
    expect((await left()).underWay).toBe('xxxx');
    await answered.set({ state: 'DECODED' }).execute();
    await sweepErased(pipeline.tasks);
    expect(await left()).toEqual({ booked: '-x--', underWay: '-x--', inPart: 'xxxx', told: '----', label: true });

    await db().updateTable('shipment').set({ status: 'DELIVERED' }).where('id', '=', shipmentId).execute();
    await sweepErased(pipeline.tasks);
    expect(await left()).toEqual({ booked: '----', underWay: '----', inPart: '----', told: '----', label: false });
  });
});
