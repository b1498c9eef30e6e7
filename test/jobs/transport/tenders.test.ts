import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { principalOf } from '../../../src/auth/principal.js';
import { readerFor } from '../../../src/auth/reader.js';
import { passDeadlines } from '../../../src/jobs/tasks/transport/deadlines.js';
import { openAssignmentDesk } from '../../../src/jobs/tasks/transport/assignments.js';
import { openLoadDesk } from '../../../src/jobs/tasks/transport/loads.js';
import { openTenderDesk } from '../../../src/jobs/tasks/transport/tenders.js';
import { retain } from '../../../src/jobs/tasks/retention.js';
import { eraseSubject, exportSubject, findSubject } from '../../../src/jobs/tasks/subject.js';
import { project } from '../../../src/jobs/tasks/project.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { canonicalJson } from '../../../src/lib/json.js';
import type { TenderPlan } from '../../../src/model/transport/tender-plan.js';
import { describeOnEachDatabase, testServices } from '../../support/databases.js';

const expiresMs = Date.now() + 3_600_000;
const operator = principalOf({ subject: 'dispatch', role: 'operator', parties: [], carriers: [], companies: [], expiresMs, demonstration: false });
const carrier = (code: string) => principalOf({ subject: `of ${code}`, role: 'partner', parties: [], carriers: [code], companies: [], expiresMs, demonstration: false });
const asked = (by = operator, idempotencyKey: string = uuidv7()) => ({ by, idempotencyKey, correlationId: uuidv7() });
const stops = (hour = 8) => [
  { facilityCode: 'WH', planned: { arrival: { instant: `2026-03-06T${String(hour).padStart(2, '0')}:00:00.000Z`, zone: 'Z' } }, load: [], unload: [] },
  { place: { name: 'Shop', city: 'Bremen' }, planned: { arrival: { instant: `2026-03-06T${String(hour + 4).padStart(2, '0')}:00:00.000Z`, zone: 'Z' } }, load: [], unload: [] },
];

describeOnEachDatabase('loads that are offered to carriers', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let loads: ReturnType<typeof openLoadDesk>;
  let tenders: ReturnType<typeof openTenderDesk>;
  let assignments: ReturnType<typeof openAssignmentDesk>;

  beforeAll(async () => {
    services = await testServices(kind);
    [loads, tenders, assignments] = [openLoadDesk(services.tasks), openTenderDesk(services.tasks), openAssignmentDesk(services.tasks)];
  });
  afterAll(() => services?.remove());

  const portal = (...codes: string[]) => ({ carriers: codes.map((code) => ({ carrier: code, channel: 'PORTAL' as const, minutes: 30 })) });
  const seenBy = (code: string) => readerFor(services.database.reads, carrier(code)).db;
  const offersOf = (id: string) => services.database.kysely.selectFrom('tender_offer').select(['id', 'carrier', 'state', 'revision']).where('load_id', '=', id).orderBy('ordinal').execute();
  const planOf = async (id: string) => (await services.database.kysely.selectFrom('tender_plan').select('plan').where('load_id', '=', id).orderBy('started_at', 'desc').executeTakeFirstOrThrow()).plan as unknown as TenderPlan;
  const exceptions = (kindOf: string, name: string) => services.database.kysely.selectFrom('exception').select('state').where('kind', '=', kindOf).where('title', 'like', `%${name}%`).execute();
  /** The deadline of whoever is asked lies in the past. */
  const lapse = async (id: string) => {
    const row = await services.database.kysely.selectFrom('tender_plan').select(['id', 'plan']).where('load_id', '=', id).orderBy('started_at', 'desc').executeTakeFirstOrThrow();
    const plan = row.plan as unknown as TenderPlan;
    for (const offer of plan.offers) offer.deadlineAt = '2026-01-01T00:00:00.000Z';
    await services.database.transaction((tx) => tx.updateTable('tender_plan').set({ plan: JSON.stringify(plan), deadline_at: '2026-01-01T00:00:00.000Z' }).where('id', '=', row.id).execute());
  };
  const made = async (hour?: number) => loads.create({ stops: stops(hour) }, asked());
  const nameOf = async (id: string) => (await services.database.kysely.selectFrom('load').select('reference').where('id', '=', id).executeTakeFirstOrThrow()).reference;

  it('are seen by the carrier that is asked, by no other, and no more once it declined', async () => {
    const id = await made();
    await tenders.start(id, portal('AAAA', 'BBBB'), asked());
    const shown = async (code: string) => [(await seenBy(code).selectFrom('load').select('load.id').where('load.id', '=', id).execute()).length, (await seenBy(code).selectFrom('stop').select('stop.sequence').where('load_id', '=', id).execute()).length, (await seenBy(code).selectFrom('tender_offer').select('tender_offer.id').where('load_id', '=', id).execute()).length];
    expect([await shown('AAAA'), await shown('BBBB')]).toEqual([[1, 2, 1], [0, 0, 0]]);
    const [first] = await offersOf(id);
    await expect(tenders.answer(first!.id, { accepted: true, revision: 1 }, asked(carrier('BBBB')))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await tenders.answer(first!.id, { accepted: false, revision: 1, reason: 'no truck' }, asked(carrier('AAAA')))).toBe('TAKEN');
    expect([await shown('AAAA'), await shown('BBBB')]).toEqual([[0, 0, 1], [1, 2, 1]]);
    await project(services.tasks);
    expect([await shown('AAAA'), await shown('BBBB')]).toEqual([[0, 0, 1], [1, 2, 1]]);
    expect(await seenBy('BBBB').selectFrom('tender_plan').select('tender_plan.id').execute()).toEqual([]);
    const second = (await offersOf(id))[1]!;
    expect(await tenders.answer(second.id, { accepted: true, revision: 1, truck: 'B-1', trailer: `T-${kind}`, driver: { name: 'Ada Lovelace', phone: '+49 30 1234567' } }, asked(carrier('BBBB')))).toBe('TAKEN');
    expect(await services.database.kysely.selectFrom('load').select(['state', 'carrier', 'truck']).where('id', '=', id).executeTakeFirst()).toEqual({ state: 'CONFIRMED', carrier: 'BBBB', truck: 'B-1' });
    const events = await services.database.kysely.selectFrom('event').select('payload').execute();
    const audit = await services.database.kysely.selectFrom('audit').select('payload').execute();
    const requests = await services.database.kysely.selectFrom('own_request').select('answer').execute();
    expect(JSON.stringify([events, audit, requests])).not.toMatch(/Lovelace|1234567/);
    expect((await services.database.kysely.selectFrom('load_assignment').select(['carrier', 'sealed']).where('load_id', '=', id).executeTakeFirstOrThrow()).sealed).not.toBeNull();
  });

  it('say no more who drove them once what was said of people is as old as it is kept', async () => {
    const id = await made();
    const [same, wish] = [asked(), { carrier: 'AAAA', driver: { name: 'Emmy Noether', phone: '+49 30 7654321' } }];
    for (const _ of ['once', 'again']) expect(await assignments.assign(id, wish, same)).toBe(id);
    const { digest } = await services.database.kysely.selectFrom('own_request').select('digest').where('idempotency_key', '=', same.idempotencyKey).executeTakeFirstOrThrow();
    expect(Buffer.from(digest).equals(hash('sha256', canonicalJson({ assign: id, wish }), 'buffer')), 'a driver could be worked out').toBe(false);
    const driver = () => services.database.kysely.selectFrom('load_assignment').select(['carrier', 'personal_data_id', 'sealed']).where('load_id', '=', id).executeTakeFirstOrThrow();
    const { personal_data_id: person } = await driver();
    expect(person).not.toBeNull();
    await services.database.transaction((tx) => tx.updateTable('personal_data').set({ created_at: '2020-01-01T00:00:00Z' }).where('id', '=', person).execute());
    await retain(services.tasks);
    expect(await driver()).toEqual({ carrier: 'AAAA', personal_data_id: null, sealed: null });
    expect(await services.database.kysely.selectFrom('personal_data').select(['data', 'sealed']).where('id', '=', person).executeTakeFirst()).toEqual({ data: null, sealed: null });
  });

  it('go to the next carrier at the deadline, once, whoever looks, and to people when nobody is left', async () => {
    const id = await made();
    await tenders.start(id, portal('AAAA', 'BBBB'), asked());
    await lapse(id);
    await Promise.all([passDeadlines(services.tasks), passDeadlines(services.tasks), passDeadlines(services.tasks)]);
    expect((await offersOf(id)).map(({ state }) => state)).toEqual(['EXPIRED', 'OPEN']);
    await lapse(id);
    await passDeadlines(services.tasks);
    expect([(await planOf(id)).state, await exceptions('TENDER_EXHAUSTED', await nameOf(id))]).toEqual(['EXHAUSTED', [{ state: 'OPEN' }]]);
    const [late] = await offersOf(id);
    expect(await tenders.answer(late!.id, { accepted: true, revision: 1 }, asked(carrier('AAAA')))).toBe('LATE');
    expect(await exceptions('TENDER_ACCEPTED_LATE', await nameOf(id))).toEqual([{ state: 'OPEN' }]);
    await tenders.award(late!.id, asked());
    expect([(await planOf(id)).state, await exceptions('TENDER_ACCEPTED_LATE', await nameOf(id)), await exceptions('TENDER_EXHAUSTED', await nameOf(id))]).toEqual(['ACCEPTED', [{ state: 'RESOLVED' }], [{ state: 'RESOLVED' }]]);
  });

  it('that nobody took and that people give to somebody are settled, and who accepted late is told or gets them', async () => {
    const exhausted = async () => {
      const id = await made();
      await tenders.start(id, portal('AAAA', 'BBBB'), asked());
      for (let asking = 0; asking < 2; asking++) {
        await lapse(id);
        await passDeadlines(services.tasks);
      }
      const [late] = await offersOf(id);
      expect(await tenders.answer(late!.id, { accepted: true, revision: 1 }, asked(carrier('AAAA')))).toBe('LATE');
      return id;
    };
    const outcome = async (id: string) => [(await planOf(id)).state, (await planOf(id)).offers[0]!.answers.map(({ effect }) => effect), await exceptions('TENDER_EXHAUSTED', await nameOf(id)), await exceptions('TENDER_ACCEPTED_LATE', await nameOf(id))];
    const [toAnother, toWhoWasLate] = [await exhausted(), await exhausted()];
    await assignments.assign(toAnother, { carrier: 'CCCC' }, asked());
    expect(await outcome(toAnother)).toEqual(['WITHDRAWN', ['GIVEN_AWAY'], [{ state: 'RESOLVED' }], [{ state: 'RESOLVED' }]]);
    await assignments.assign(toWhoWasLate, { carrier: 'AAAA', truck: 'T 1' }, asked());
    expect(await outcome(toWhoWasLate)).toEqual(['ACCEPTED', ['TAKEN'], [{ state: 'RESOLVED' }], [{ state: 'RESOLVED' }]]);
    expect(await services.database.kysely.selectFrom('load_assignment').select(['carrier', 'truck']).where('load_id', '=', toWhoWasLate).executeTakeFirst()).toEqual({ carrier: 'AAAA', truck: 'T 1' });
  });

  it('are driven by whom their carrier names while they are to be driven, and two carriers may call a truck the same', async () => {
    const [one, two] = [await made(8), await made(8)];
    await assignments.assign(one, { carrier: 'AAAA' }, asked());
    await assignments.assign(two, { carrier: 'BBBB' }, asked());
    await assignments.assign(one, { truck: `SAME-${kind}` }, asked(carrier('AAAA')));
    await assignments.assign(two, { truck: `SAME-${kind}` }, asked(carrier('BBBB')));
    const three = await made(9);
    await assignments.assign(three, { carrier: 'BBBB' }, asked());
    await expect(assignments.assign(three, { truck: `SAME-${kind}` }, asked(carrier('BBBB')))).rejects.toMatchObject({ code: 'CONFLICT', field: 'input.truck' });
    await loads.cancel(three, undefined, asked());
    await expect(assignments.assign(three, { truck: 'ANOTHER' }, asked(carrier('BBBB')))).rejects.toMatchObject({ code: 'NOT_FOUND', field: 'input.loadId' });
  });

  it('lose one of their drivers who asks to be forgotten, found by telephone, and keep the others', async () => {
    const id = await made();
    await assignments.assign(id, { carrier: 'AAAA', driver: { name: 'Erna', phone: `+49 160 1${kind.length}` } }, asked());
    const person = await findSubject(services.tasks, { phone: `0049 160 1${kind.length}` });
    expect(person.loads.map((each) => each.id)).toEqual([id]);
    await assignments.assign(id, { driver: { name: 'Otto', phone: `+49 160 2${kind.length}` } }, asked());
    expect(await eraseSubject(services.tasks, person, { subject: 'dpo', role: 'admin' }, 'asked for')).toMatchObject({ loads: 1, personalData: 1 });
    await expect(findSubject(services.tasks, { phone: `0049 160 1${kind.length}` })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const row = await services.database.kysely.selectFrom('load_assignment').select(['personal_data_id', 'sealed']).where('load_id', '=', id).executeTakeFirstOrThrow();
    expect(services.tasks.people.open(row.personal_data_id!, row.sealed)).toMatchObject({ name: 'Otto' });
    const other = await findSubject(services.tasks, { phone: `0049 160 2${kind.length}` });
    const told = [];
    for await (const part of exportSubject(services.tasks, other, { subject: 'dpo', role: 'admin' }, 'asked for')) told.push(part);
    expect(told).toMatchObject([{ load: id, carrier: 'AAAA', personal: [{ name: 'Otto' }] }]);
    await eraseSubject(services.tasks, other, { subject: 'dpo', role: 'admin' }, 'asked for');
    expect(await services.database.kysely.selectFrom('load_assignment').select(['personal_data_id', 'sealed']).where('load_id', '=', id).executeTakeFirst()).toEqual({ personal_data_id: null, sealed: null });
  });

  it('go on at their deadline however many other tenders fail at theirs', async () => {
    const [broken, id] = [await made(), await made()];
    for (const each of [broken, id]) await tenders.start(each, portal('AAAA', 'BBBB'), asked());
    await lapse(id);
    await services.database.transaction((tx) => sql`
      insert into tender_plan (id, subject, company, connection, load_id, state, plan, deadline_at, started_at, load_digest, version, updated_at)
      select gen_random_uuid(), subject || '#' || n, company, connection, load_id, state, '{}', '2025-01-01T00:00:00Z', started_at + interval '1 minute', load_digest, version, updated_at
      from tender_plan, generate_series(1, 100) n where load_id = ${broken}`.execute(tx));
    await passDeadlines(services.tasks);
    expect((await offersOf(id)).map(({ state }) => state)).toEqual(['EXPIRED', 'OPEN']);
    await services.database.transaction((tx) => tx.deleteFrom('tender_plan').where('load_id', '=', broken).execute());
  });

  it('are not awarded to who accepted late once they are given to another carrier, or cancelled', async () => {
    const lateOf = async () => {
      const id = await made();
      await tenders.start(id, portal('AAAA'), asked());
      await lapse(id);
      await passDeadlines(services.tasks);
      const [late] = await offersOf(id);
      return { id, offer: late!.id };
    };
    const given = await lateOf();
    await assignments.assign(given.id, { carrier: 'BBBB' }, asked());
    expect(await tenders.answer(given.offer, { accepted: true, revision: 1 }, asked(carrier('AAAA')))).toBe('LATE');
    await expect(tenders.award(given.offer, asked())).rejects.toMatchObject({ code: 'CONFLICT', field: 'input.offerId' });
    expect(await services.database.kysely.selectFrom('load_assignment').select('carrier').where('load_id', '=', given.id).executeTakeFirst()).toEqual({ carrier: 'BBBB' });
    const ended = await lateOf();
    await loads.cancel(ended.id, undefined, asked());
    expect(await tenders.answer(ended.offer, { accepted: true, revision: 1 }, asked(carrier('AAAA')))).toBe('LATE');
    await expect(tenders.award(ended.offer, asked())).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('are given to one of two that accept at once, however the race ends', async () => {
    for (let round = 0; round < 8; round++) {
      const id = await made();
      await tenders.start(id, portal('AAAA', 'BBBB'), asked());
      await lapse(id);
      await passDeadlines(services.tasks);
      const [first, second] = await offersOf(id);
      const effects = await Promise.all([tenders.answer(first!.id, { accepted: true, revision: 1 }, asked(carrier('AAAA'))), tenders.answer(second!.id, { accepted: true, revision: 1 }, asked(carrier('BBBB')))]);
      expect(effects[1]).toBe('TAKEN');
      expect(['LATE', 'GIVEN_AWAY']).toContain(effects[0]);
      const plan = await planOf(id);
      expect([plan.offers.map(({ state }) => state), plan.offers[0]!.answers.map(({ effect }) => effect)]).toEqual([['EXPIRED', 'ACCEPTED'], ['GIVEN_AWAY']]);
    }
  });

  it('are decided once where an acceptance meets the deadline', async () => {
    for (let round = 0; round < 8; round++) {
      const id = await made();
      await tenders.start(id, portal('AAAA', 'BBBB'), asked());
      await lapse(id);
      const [first] = await offersOf(id);
      const [effect] = await Promise.all([tenders.answer(first!.id, { accepted: true, revision: 1 }, asked(carrier('AAAA'))), passDeadlines(services.tasks), passDeadlines(services.tasks)]);
      expect(effect).toBe('LATE');
      expect((await offersOf(id)).map(({ state }) => state)).toEqual(['EXPIRED', 'OPEN']);
    }
  });

  it('answer a repeat as they did, and are offered again when they change', async () => {
    const id = await made();
    await tenders.start(id, portal('AAAA'), asked());
    const [offer] = await offersOf(id);
    await loads.change(id, { equipment: 'REEFER' }, asked());
    expect((await offersOf(id))[0]).toMatchObject({ state: 'OPEN', revision: 2 });
    expect(await tenders.answer(offer!.id, { accepted: true, revision: 1 }, asked(carrier('AAAA')))).toBe('OUTDATED');
    const again = asked(carrier('AAAA'));
    expect(await tenders.answer(offer!.id, { accepted: true, revision: 2 }, again)).toBe('TAKEN');
    expect(await tenders.answer(offer!.id, { accepted: true, revision: 2 }, again)).toBe('TAKEN');
    expect((await planOf(id)).offers[0]!.answers.length).toBe(2);
    await loads.cancel(id, 'not needed', asked());
    expect([(await planOf(id)).state, (await services.database.kysely.selectFrom('load').select(['state', 'carrier']).where('id', '=', id).executeTakeFirst())]).toEqual(['WITHDRAWN', { state: 'CANCELLED', carrier: null }]);
  });

  it('are not given a trailer that another load has at the same time, unless people say why', async () => {
    const [one, two, later] = [await made(8), await made(9), await made(14)];
    const trailer = `TR-${kind}`;
    await assignments.assign(one, { carrier: 'AAAA', trailer }, asked());
    await expect(assignments.assign(two, { trailer }, asked())).rejects.toMatchObject({ code: 'CONFLICT', field: 'input.trailer' });
    await assignments.assign(later, { trailer }, asked());
    await assignments.assign(two, { trailer, force: 'it is swapped on the way' }, asked());
    const three = await Promise.all([made(8), made(8), made(8)]);
    const outcomes = await Promise.allSettled(three.map((id) => assignments.assign(id, { truck: `K-${kind}` }, asked())));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    await expect(assignments.assign(one, { truck: 'X' }, asked(carrier('BBBB')))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await assignments.assign(one, { truck: 'X' }, asked(carrier('AAAA')));
    const other = await made(9);
    await assignments.assign(other, { carrier: 'BBBB' }, asked());
    const refused = await assignments.assign(other, { trailer }, asked(carrier('BBBB'))).catch((error: Error) => error);
    expect(refused).toMatchObject({ code: 'CONFLICT', field: 'input.trailer' });
    expect((refused as Error).message).not.toContain(await nameOf(one));
    expect((refused as Error).message).not.toContain(await nameOf(two));
  });
});
