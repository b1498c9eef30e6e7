import { sql, type RawBuilder } from 'kysely';
import { recordAudit, type Actor } from '../../events/audit.js';
import { eraseBodies } from '../../events/personal-data.js';
import { bodyPurpose } from '../../events/inbox.js';
import { instant } from '../../lib/clock.js';
import { GatehouseError } from '../../lib/errors.js';
import type { Json } from '../../lib/json.js';
import { forgetPeople } from '../../projections/records.js';
import { ourConnection } from '../../model/our-connection.js';
import type { Queryable, Transaction } from '../engine.js';
import type { TaskContext } from './context.js';
import { forgetCommands, forgetFreight, isEndedCommand, withFreightLeft } from './forget-commands.js';

/** By what a person is known to who asks for their data. */
export interface SubjectName {
  email?: string | undefined;
  phone?: string | undefined;
  /** Id of a party. */
  party?: string | undefined;
}

/** A person as the records know them: parties, what they bought in shops, and visits to which they drove, each with its subject in the log, and loads that they drive. One at least. */
export interface DataSubject {
  parties: NamedRecord[];
  shopOrders: NamedRecord[];
  visits: NamedRecord[];
  /** Of loads each driver that was named has a row of personal data: others of the same load stay. */
  loads: Array<{ id: string; personalDataId: string }>;
}

interface NamedRecord {
  id: string;
  subject: string;
}

type Tasks = Pick<TaskContext, 'database' | 'people' | 'bodies'>;

const batchSize = 200;
/** Before the id of a load: of whom people or its carrier named as its drivers. */
const drives = `load_assignment:${ourConnection}:`;

/**
 * Finds a person by the keyed index, or by party. Addresses of a private customer are theirs; contacts
 * of a company are people of their own. What was bought in a shop is theirs who bought it, and of a party what became its orders in Odoo.
 * @throws GatehouseError NOT_FOUND
 */
export async function findSubject({ database, people }: Tasks, name: SubjectName): Promise<DataSubject> {
  const db = database.kysely;
  const index = people.index({ email: name.email, phone: name.phone });
  const named = name.party === undefined ? [] : await db.selectFrom('party').select('subject').where('id', '=', name.party).execute();
  const indexed = await Promise.all(index.map(({ kind, fingerprint }) => db.selectFrom('personal_index').innerJoin('personal_data', 'personal_data.id', 'personal_index.personal_data_id').select(['personal_data.id', 'subject']).where('kind', '=', kind).where('fingerprint', '=', fingerprint).execute()));
  const subjects = [...new Set([...named, ...indexed.flat()].map((row) => row.subject))];
  const parties = await sql<{ id: string; subject: string }>`
    select id, subject from party where subject = any(${subjects}::text[])
    union
    select a.id, a.subject from party a join party p on p.id = a.commercial_id where p.subject = any(${subjects}::text[]) and p.name = '' and p.sealed is not null
    order by subject
  `.execute(db);
  const shopOrders = await sql<NamedRecord>`
    select id, subject from shop_order where subject = any(${subjects}::text[])
    union
    select s.id, s.subject from shop_order s join sales_order o on o.shop_order_id = s.id where o.party_id = any(${parties.rows.map((row) => row.id)}::uuid[]) and s.company = o.company
    order by subject
  `.execute(db);
  const visits = await sql<NamedRecord>`select id, subject from visit where subject = any(${subjects}::text[]) order by subject`.execute(db);
  const loads = indexed.flat().filter(({ subject }) => subject.startsWith(drives)).map(({ id, subject }) => ({ id: subject.slice(drives.length), personalDataId: id }));
  if (parties.rows.length + shopOrders.rows.length + visits.rows.length + loads.length === 0) throw new GatehouseError('NOT_FOUND', 'Nobody is known by this. An e-mail address or telephone number must be whole; a party is named by its id, or <connection>/<id at the source>.');
  return { parties: parties.rows, shopOrders: shopOrders.rows, visits: visits.rows, loads };
}

/** Everything that is kept of a person, as one value for each party and each order of a shop. That it was given out is in the audit log before it is. */
export async function* exportSubject(tasks: Tasks, person: DataSubject, by: Actor, reason: string): AsyncIterable<Json> {
  const { database } = tasks;
  await database.transaction((tx) => recordAudit(tx, [{ actor: by, action: 'subject.exported', target: targetOf(person), payload: { ...idsOf(person), reason } }]));
  const db = database.kysely;
  for (const { id, subject } of person.parties) {
    const orders = await db.selectFrom('sales_order').select(['reference', 'ordered_at']).where((w) => w.or([w('party_id', '=', id), w('ship_to_id', '=', id)])).orderBy('reference').execute();
    const transfers = await db.selectFrom('transfer').select(['reference', 'tracking_numbers']).where((w) => w.or([w('party_id', '=', id), w('ship_to_id', '=', id)])).orderBy('reference').execute();
    const invoices = await db.selectFrom('invoice').select(['reference', 'invoiced_at']).where('party_id', '=', id).orderBy('reference').execute();
    yield {
      party: id, source: subject,
      personal: await personalOf(tasks, subject), orders, transfers, invoices,
      messages: await messagesAbout(tasks, person, { id, subject }),
    };
  }
  for (const each of person.shopOrders) {
    const order = await db.selectFrom('shop_order').select(['reference', 'connection', 'ordered_at', 'total', 'lines']).where('id', '=', each.id).executeTakeFirst();
    yield { shopOrder: each.id, source: each.subject, personal: await personalOf(tasks, each.subject), ...order, messages: await messagesAbout(tasks, person, each) } as unknown as Json;
  }
  for (const each of person.visits) {
    const visit = await db.selectFrom('visit').select(['truck', 'carrier', 'checked_in_at', 'checked_out_at']).where('id', '=', each.id).executeTakeFirst();
    yield { visit: each.id, source: each.subject, personal: await personalOf(tasks, each.subject), ...visit } as unknown as Json;
  }
  for (const { id, personalDataId } of person.loads) {
    const load = await db.selectFrom('load').select(['reference', 'carrier', 'starts_at']).where('id', '=', id).executeTakeFirst();
    yield { load: id, personal: await openRows(tasks, (rows) => rows.where('id', '=', personalDataId)), ...load } as unknown as Json;
  }
}

const personalOf = (tasks: Tasks, subject: string): Promise<Json[]> => openRows(tasks, (rows) => rows.where('subject', '=', subject));

async function openRows({ database, people }: Tasks, of: (rows: ReturnType<typeof keptRows>) => ReturnType<typeof keptRows>): Promise<Json[]> {
  const kept = await of(keptRows(database.kysely)).execute();
  return kept.map((row) => ({ since: row.created_at, ...(row.data as { [name: string]: Json }), ...people.open(row.id, row.sealed) }) as unknown as Json);
}

const keptRows = (db: Queryable) => db.selectFrom('personal_data').selectAll().where('erased_at', 'is', null).orderBy('created_at');

function idsOf({ parties, shopOrders, visits, loads }: DataSubject): { parties: string[]; shopOrders?: string[]; visits?: string[]; loads?: string[] } {
  return { parties: parties.map(({ id }) => id), ...(shopOrders.length === 0 ? {} : { shopOrders: shopOrders.map(({ id }) => id) }), ...(visits.length === 0 ? {} : { visits: visits.map(({ id }) => id) }), ...(loads.length === 0 ? {} : { loads: loads.map(({ id }) => id) }) };
}

function targetOf({ parties, shopOrders, visits, loads }: DataSubject): { kind: string; id: string } {
  if (parties.length > 0) return { kind: 'party', id: parties[0]!.id };
  if (shopOrders.length > 0) return { kind: 'shop_order', id: shopOrders[0]!.id };
  return visits.length > 0 ? { kind: 'visit', id: visits[0]!.id } : { kind: 'load', id: loads[0]!.id };
}

/** Raw messages; their text only where they speak of nobody else. */
async function messagesAbout({ database, bodies }: Tasks, person: DataSubject, of: NamedRecord): Promise<Json[]> {
  const own = [...person.parties, ...person.shopOrders].map((each) => each.subject);
  const ids = await rawIds({ database }, [of]);
  const found: Json[] = [];
  for (const id of ids) {
    const row = await database.kysely.selectFrom('inbox').select(['id', 'connection', 'received_at', 'body']).where('id', '=', id).executeTakeFirst();
    if (row?.body == null) continue;
    const others = await database.kysely.selectFrom('personal_mention').select('subject').where('raw_id', '=', id).where('subject', 'not in', own).limit(1).executeTakeFirst();
    const text: { [name: string]: Json } = others === undefined ? { text: Buffer.from(bodies.openBytes(row.body, bodyPurpose(id))).toString('utf8') } : { text: null, withheld: 'It speaks of other people, too.' };
    found.push({ id, connection: row.connection, receivedAt: row.received_at, ...text });
  }
  return found;
}

/** Messages that state the parties, and those of carriers about what went to them. */
async function rawIds({ database }: Pick<Tasks, 'database'>, parties: readonly NamedRecord[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select raw_id as id from personal_mention where subject = any(${parties.map((party) => party.subject)}::text[])
    union
    select e.causation_id from transfer t left join sales_order o on o.id = t.order_id
      join reference own on own.subject = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1)
      join reference r on r.shipment_id = own.shipment_id
      join event e on e.subject = r.subject
    where (t.ship_to_id = any(${parties.map((party) => party.id)}::uuid[]) or t.party_id = any(${parties.map((party) => party.id)}::uuid[]) or o.party_id = any(${parties.map((party) => party.id)}::uuid[]))
      and e.causation_id is not null
    order by id
  `.execute(database.kysely);
  return rows.map((row) => row.id);
}

export interface Erasure {
  parties: number;
  /** Orders of shops. */
  shopOrders: number;
  /** To which the person drove. */
  visits: number;
  loads: number;
  personalData: number;
  messages: number;
}

/**
 * Erases a person: their personal data everywhere, and the bodies of the messages that carried them. The
 * log stays as it is and refers to nothing. What sources go on telling of them is not kept.
 * Cut short, it is finished by the next run, or by `sweepErased`.
 */
export async function eraseSubject(tasks: Pick<Tasks, 'database'>, person: DataSubject, by: Actor, reason: string): Promise<Erasure> {
  const records = [...person.parties, ...person.shopOrders, ...person.visits];
  const ids = await rawIds(tasks, records);
  const subjects = records.map((each) => each.subject);
  const personalData = await tasks.database.transaction(async (tx) => {
    if (subjects.length > 0) await tx.insertInto('erased_subject').values(subjects.map((subject) => ({ subject, at: instant(Date.now()) }))).onConflict((c) => c.doNothing()).execute();
    const driven = await eraseRows(tx, sql<boolean>`id = any(${person.loads.map((each) => each.personalDataId)}::uuid[])`);
    const gone = driven + (await erasePersonalData(tx, subjects));
    await forgetPeople(tx, subjects);
    await forgetCommands(tx, subjects, 'ERASURE');
    await forgetFreight(tx, subjects);
    await recordAudit(tx, [{ actor: by, action: 'subject.erased', target: targetOf(person), payload: { ...idsOf(person), messages: ids.length, reason } }]);
    return gone;
  });
  let messages = 0;
  for (let from = 0; from < ids.length; from += batchSize) messages += await tasks.database.transaction((tx) => eraseBodies(tx, ids.slice(from, from + batchSize), 'ERASURE'));
  return { parties: person.parties.length, shopOrders: person.shopOrders.length, visits: person.visits.length, loads: person.loads.length, personalData, messages };
}

/** What came in while somebody was being erased: a message that was being decoded, an event that was being projected. */
export async function sweepErased({ database }: Pick<Tasks, 'database'>): Promise<void> {
  await database.transaction(async (tx) => {
    const late = await sql<{ subject: string }>`
      select subject from personal_data where erased_at is null and subject in (select subject from erased_subject)
      union select subject from party where personal_data_id is not null and subject in (select subject from erased_subject)
      union select subject from shop_order where personal_data_id is not null and subject in (select subject from erased_subject)
      union select subject from visit where personal_data_id is not null and subject in (select subject from erased_subject)
      union select c.subject from command c where (c.input is not null or c.memory is not null) and c.kind = 'odoo.apply' and ${isEndedCommand} and c.subject in (select subject from erased_subject where starts_with(subject, 'shop_order:'))
      union select subject from personal_mention where subject in (select subject from erased_subject)
      union ${withFreightLeft()}
      limit ${sql.lit(batchSize)}
    `.execute(tx);
    if (late.rows.length === 0) return;
    const subjects = late.rows.map((row) => row.subject);
    await erasePersonalData(tx, subjects);
    await forgetPeople(tx, subjects);
    await forgetCommands(tx, subjects, 'ERASURE');
    await forgetFreight(tx, subjects);
    const mentions = await tx.selectFrom('personal_mention').select('raw_id').where('subject', '=', sql<string>`any(${subjects}::text[])`).execute();
    await eraseBodies(tx, mentions.map((row) => row.raw_id), 'ERASURE');
  });
}

/** Of everything that was said of them. */
export function erasePersonalData(tx: Transaction, subjects: readonly string[]): Promise<number> {
  return eraseRows(tx, sql<boolean>`subject = any(${subjects}::text[])`);
}

async function eraseRows(tx: Transaction, which: RawBuilder<boolean>): Promise<number> {
  const gone = await tx.updateTable('personal_data').set({ data: null, sealed: null, erased_at: instant(Date.now()) }).where(which).where('erased_at', 'is', null).returning('id').execute();
  await tx.deleteFrom('personal_index').where('personal_data_id', '=', sql<string>`any(${gone.map((row) => row.id)}::uuid[])`).execute();
  await forgetAssigned(tx, gone.map((row) => row.id));
  return gone.length;
}

/** What loads copied of who drives them goes with what it was copied from. */
export async function forgetAssigned(tx: Transaction, personalDataIds: readonly string[]): Promise<void> {
  if (personalDataIds.length === 0) return;
  await tx.updateTable('load_assignment').set({ personal_data_id: null, sealed: null }).where('personal_data_id', '=', sql<string>`any(${[...personalDataIds]}::uuid[])`).execute();
}
