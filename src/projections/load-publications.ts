import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import type { LoadPublicationTable } from '../db/schema.js';
import type { LoadState, LoadStop } from '../model/transport/records.js';
import { everyone } from './feed.js';
import { endOfPage, follower } from './follower.js';

/** A load with all that a partner is told of it. */
export interface PublishableLoad {
  id: string;
  subject: string;
  company: string;
  connection: string;
  deleted: boolean;
  reference: string;
  state: LoadState;
  raw_state: string;
  carrier: string | null;
  truck: string | null;
  trailer: string | null;
  stops: LoadStop[];
  correlation_id: string | null;
}

export type PublicationRow = Pick<LoadPublicationTable, 'connection' | 'load_id' | 'company' | 'state' | 'revision' | 'digest' | 'first_command_id' | 'command_id' | 'updated_at'>;

const own = follower('load-publication');
export const { position: publicationPosition, keepPosition: keepPublicationPosition } = own;

/**
 * Loads that changed behind a position.
 * @param limit rows of the feed that are looked at
 * @returns them, and the position up to which they are complete; null where the feed no longer goes back so far
 */
export async function changedLoads(tx: Transaction, after: number, upTo: number, limit: number): Promise<{ loads: string[]; position: number } | null> {
  if (await own.isCutOff(tx, after)) return null;
  const { rows } = await sql<{ position: number; load_id: string | null }>`
    with ending as (${endOfPage(after, upTo, limit)})
    select distinct position, case when changed = 'load' then record_id end as load_id from feed
    where key = ${everyone} and position > ${after} and position <= (select position from ending) order by position`.execute(tx);
  const isEnd = rows.length === 0 || rows.at(-1)!.position >= upTo;
  return { loads: [...new Set(rows.flatMap((row) => row.load_id ?? []))], position: isEnd ? upTo : rows.at(-1)!.position };
}

/** Every load of these connections, by pages. */
export async function loadsOfConnections(tx: Transaction, connections: readonly string[], after: string | null, limit: number): Promise<string[]> {
  let query = tx.selectFrom('load').select('id').where('connection', '=', sql<string>`any(${[...connections]}::text[])`).orderBy('id').limit(limit);
  if (after !== null) query = query.where('id', '>', after);
  return (await query.execute()).map((row) => row.id);
}

/** Those of these loads that are kept at one of these connections, with who drives them as it was decided here, else as the load says. */
export async function publishableLoads(tx: Transaction, ids: readonly string[], connections: readonly string[]): Promise<PublishableLoad[]> {
  if (ids.length === 0 || connections.length === 0) return [];
  const { rows } = await sql<PublishableLoad>`
    select l.id, l.subject, l.company, l.connection, l.deleted, l.reference, l.state, l.raw_state, coalesce(a.carrier, l.carrier) as carrier, coalesce(a.truck, l.truck) as truck, coalesce(a.trailer, l.trailer) as trailer, l.stops,
      (select e.correlation_id from event e where e.subject = l.subject order by e.position desc limit 1) as correlation_id
    from load l left join load_assignment a on a.load_id = l.id and not a.deleted where l.id = any(${[...ids]}::uuid[]) and l.connection = any(${[...connections]}::text[]) order by l.id`.execute(tx);
  return rows;
}

/** What partners were told of these loads; locks it until the transaction ends. */
export async function publicationsOf(tx: Transaction, ids: readonly string[]): Promise<PublicationRow[]> {
  if (ids.length === 0) return [];
  return tx.selectFrom('load_publication').select(['connection', 'load_id', 'company', 'state', 'revision', 'digest', 'first_command_id', 'command_id', 'updated_at'])
    .where('load_id', '=', sql<string>`any(${[...ids]}::uuid[])`).orderBy('load_id').orderBy('connection').forUpdate().execute();
}

export async function keepPublications(tx: Transaction, rows: readonly PublicationRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into load_publication (connection, load_id, company, state, revision, digest, first_command_id, command_id, updated_at)
    select connection, load_id, company, state, revision, digest, first_command_id, command_id, updated_at from json_populate_recordset(null::load_publication, ${JSON.stringify(rows)}::json)
    on conflict (connection, load_id) do update set company = excluded.company, state = excluded.state, revision = excluded.revision, digest = excluded.digest, first_command_id = excluded.first_command_id,
      command_id = excluded.command_id, updated_at = excluded.updated_at`.execute(tx);
}

/** A load about which a partner is asked, by the partner's own id. */
export interface PolledLoad {
  connection: string;
  company: string;
  load_id: string;
  external_id: string;
}

/**
 * Loads under way that these connections were told of and have an id of their own for, and about which they were not asked since `before`. Marks them as asked.
 * @param until one that begins later is not asked about yet
 */
export async function takeLoadsToAsk(tx: Transaction, connections: readonly string[], of: { before: string; until: string; now: string; limit: number }): Promise<PolledLoad[]> {
  if (connections.length === 0) return [];
  const { rows } = await sql<PolledLoad>`
    update load_publication p set polled_at = ${of.now}::timestamptz
    from load l, command c
    where l.id = p.load_id and c.id = p.first_command_id and (p.connection, p.load_id) in (
      select q.connection, q.load_id from load_publication q join load m on m.id = q.load_id
      where q.state = 'TOLD' and q.connection = any(${[...connections]}::text[]) and (q.polled_at is null or q.polled_at < ${of.before}::timestamptz)
        and not m.deleted and m.state in ('CONFIRMED', 'IN_TRANSIT') and (m.starts_at is null or m.starts_at < ${of.until}::timestamptz)
        and exists (select 1 from command d where d.id = q.first_command_id and d.result ->> 'id' is not null)
      order by q.polled_at nulls first, q.load_id limit ${of.limit} for update of q skip locked)
    returning p.connection, p.company, p.load_id, c.result ->> 'id' as external_id`.execute(tx);
  return rows;
}
