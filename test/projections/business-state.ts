import { sql } from 'kysely';
import type { Queryable } from '../../src/db/database.js';

/** What people see of a group of shipments, without the ids and times that merely tell when it was learned. */
export interface BusinessState {
  shipments: object[];
}

interface Loaded {
  group: string;
  state: object;
}

/**
 * The business state of every group. A group's names begin with `prefix` and its number, e.g.
 * `R1V0C7T00`; in the state they are cut off, and ids of parties are replaced by `labels`.
 */
export async function businessStates(db: Queryable, prefix: string, labels: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const rows = await sql<Record<string, any>>`
    select s.*, t.references_, m.timeline, e.exceptions, a.keys
    from shipment s
    join lateral (select array_agg(r.kind || ':' || r.issuer || ':' || case when r.kind = 'odoo.delivery' then '' else r.value end order by r.kind, r.issuer, r.value) as references_, bool_or(r.value like ${`%${prefix}C%`}) as mine
      from reference r where r.shipment_id = s.id) t on t.mine
    left join lateral (select json_agg(json_build_array(m.code, m.occurred_at, m.classifier, m.raw_text, m.raw_reason, m.package, m.pieces, m.exception_class) order by m.occurred_at, m.code, m.classifier, m.raw_text, m.raw_reason, m.package, m.pieces) as timeline
      from milestone m where m.shipment_id = s.id and m.active) m on true
    left join lateral (select json_agg(json_build_array(x.company, x.kind, x.class, x.severity, x.title, x.detail) order by x.kind, x.class, x.title, x.detail) filter (where x.state <> 'RESOLVED') as exceptions
      from exception x where x.shipment_id = s.id) e on true
    left join lateral (select array_agg(a.key order by a.key) as keys from record_access a where a.kind = 'shipment' and a.record_id = s.id) a on true
    where s.merged_into is null order by s.reference`.execute(db);
  const groups = new Map<string, string[]>();
  for (const { group, state } of rows.rows.map((row) => load(row, prefix, labels))) groups.set(group, [...(groups.get(group) ?? []), JSON.stringify(state, null, 1)]);
  return new Map([...groups].map(([group, states]) => [group, states.sort().join('\n')]));
}

function load(row: Record<string, any>, prefix: string, labels: ReadonlyMap<string, string>): Loaded {
  const group = new RegExp(`${prefix}C(\\d+)[A-Z]`, 'i').exec(JSON.stringify(row.references_))![1]!;
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null).replaceAll(new RegExp(`${prefix}C${group}(?=[A-Z"])`, 'gi'), '')) as unknown;
  const { id: _, created_at: __, updated_at: ___, last_milestone_id: ____, transfer_subject: transfer, order_id: order, company, raw_status: _____, search: ______, references_, timeline, exceptions, keys, ...columns } = row;
  return {
    group,
    state: {
      company, transfer: transfer !== null, order: order !== null, ...(plain(columns) as object),
      references: plain(references_), timeline: plain(timeline), exceptions: plain(exceptions), seenBy: ((keys ?? []) as string[]).map((key) => labels.get(key) ?? key).sort(),
    },
  };
}
