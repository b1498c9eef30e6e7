import { sql } from 'kysely';
import { GatehouseError } from '../../../lib/errors.js';
import { referenceKey, type Reference, type ReferenceKind } from '../../../model/references.js';
import type { LoadStop } from '../../../model/transport/records.js';
import type { Transaction } from '../../engine.js';

/** Of several names of a shipment the one that lasts longest. */
const preferred: readonly ReferenceKind[] = ['odoo.delivery', 'delivery_name', 'delivery_order', 'bill_of_lading', 'pro_number', 'tracking', 'tracker'];

interface Named extends Reference {
  subject: string;
  shipment_id: string;
}

/**
 * A name for each shipment by which a load carries it.
 * @param ids UUIDs; old ids of shipments that were merged lead to these
 * @throws GatehouseError NOT_FOUND where one is not there, is another company's, or has no name
 */
export async function namesOfShipments(tx: Transaction, ids: readonly string[], company: string, field: string): Promise<Map<string, Reference>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Named & { asked: string }>`
    select asked.id as asked, r.subject, r.kind, r.issuer, r.value, s.id as shipment_id from unnest(${[...new Set(ids)]}::uuid[]) as asked(id)
    join shipment old on old.id = asked.id join shipment s on s.id = coalesce(old.merged_into, old.id) join reference r on r.shipment_id in (s.id, old.id)
    where s.company = ${company} order by r.subject`.execute(tx);
  const names = new Map<string, Reference>();
  for (const id of new Set(ids)) {
    const theirs = rows.filter((row) => row.asked === id).sort((a, b) => rank(a) - rank(b));
    const [name] = theirs;
    if (name === undefined) throw new GatehouseError('NOT_FOUND', `There is no shipment ${id}, or it is of another company.`, { field });
    names.set(id, { kind: name.kind, issuer: name.issuer, value: name.value });
  }
  return names;
}

/**
 * The names under which a load carries these shipments.
 * @throws GatehouseError NOT_FOUND where it does not carry one
 */
export async function carriedNames(tx: Transaction, stops: readonly LoadStop[], ids: readonly string[], field: string): Promise<Reference[]> {
  const names = new Map(stops.flatMap((stop) => [...stop.loaded, ...stop.unloaded]).map((name) => [referenceKey(name), name]));
  const { rows } = await sql<{ asked: string; subject: string }>`
    select asked.id as asked, r.subject from unnest(${[...new Set(ids)]}::uuid[]) as asked(id) join shipment old on old.id = asked.id
    join reference r on r.subject = any(${[...names.keys()]}::text[]) join shipment named on named.id = r.shipment_id
    where coalesce(named.merged_into, named.id) = coalesce(old.merged_into, old.id)`.execute(tx);
  for (const id of ids) if (!rows.some((row) => row.asked === id)) throw new GatehouseError('NOT_FOUND', `The load does not carry the shipment ${id}.`, { field });
  return [...new Set(rows.map((row) => row.subject))].map((subject) => names.get(subject)!);
}

function rank({ kind }: Reference): number {
  const place = preferred.indexOf(kind);
  return place === -1 ? preferred.length : place;
}
