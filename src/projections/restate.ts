import { sql } from 'kysely';
import type { Transaction } from '../db/database.js';
import { uuidv7 } from '../lib/ids.js';
import { groupsApart } from '../model/naming.js';
import { referenceKey, transferNames, type Reference } from '../model/references.js';
import { holdShipmentsOfValues, lockReferenceValues, namesOfSources, referencesOfShipment, type LinkedReference } from './references.js';
import type { LinkDecision, Naming } from './resolve.js';

/** Names that the standing version of a transfer gives, against those that are kept as given. */
interface Restated {
  transfer: Reference;
  version: number;
  names: Reference[];
  /** Keys of names that it no longer gives. */
  dropped: string[];
}

/** Of these transfers, those whose standing version gives other names than are kept; one that was deleted gives none. */
export async function renamedTransfers(tx: Transaction, subjects: readonly string[]): Promise<Restated[]> {
  if (subjects.length === 0) return [];
  const rows = await sql<{ subject: string; connection: string; direction: string; reference: string; tracking_numbers: string[]; deleted: boolean; version: number; given: string[] | null }>`
    select t.subject, t.connection, t.direction, t.reference, t.tracking_numbers, t.deleted, t.version,
      (select array_agg(n.name order by n.name) from naming n where n.source = 'odoo.delivery:' || substr(t.subject, length('transfer:') + 1)) as given
    from transfer t where t.subject = any(${[...subjects]}::text[])
      -- A newer version is decoded, its names given: its own projection asks again. Decoders of this transfer hold
      -- the same locks, so that under them this stays true.
      and not exists (select 1 from event e where e.subject = t.subject and e.type = 'transfer.reported' and (e.payload->>'recordVersion')::bigint > t.version)
  `.execute(tx);
  return rows.rows.flatMap((row) => {
    const names = row.deleted || row.direction === 'INTERNAL' ? [] : transferNames(row.connection, row.reference, row.tracking_numbers);
    const kept = new Set(names.map(referenceKey));
    const given = row.given ?? [];
    const dropped = given.filter((name) => !kept.has(name));
    const transfer: Reference = { kind: 'odoo.delivery', issuer: row.connection, value: row.subject.slice(`transfer:${row.connection}:`.length) };
    return dropped.length === 0 && given.length === kept.size ? [] : [{ transfer, version: row.version, names, dropped }];
  });
}

/**
 * Takes back the names that a transfer no longer gives. What others report under such a name goes,
 * with all that is connected to it, to the one delivery that still gives it, else to a provisional
 * shipment of its own; a name under which nobody reports leads nowhere then. Nothing is written.
 * @returns what was decided, and the naming to resolve once that is applied: names that it gives and
 * that lead nowhere. Null when its names are as they are kept
 */
export async function restateNames(tx: Transaction, subject: string): Promise<{ decisions: LinkDecision[]; naming: Naming } | null> {
  const [seen] = await renamedTransfers(tx, [subject]);
  if (seen === undefined) return null;
  await lockReferenceValues(tx, [...new Set([seen.transfer.value, ...seen.names.map((name) => name.value), ...seen.dropped.map(valueOf)])]);
  const [restated] = await renamedTransfers(tx, [subject]);
  const held = await holdShipmentsOfValues(tx, [seen.transfer.value, ...seen.dropped.map(valueOf)]);
  const own = held.find((reference) => reference.subject === referenceKey(seen.transfer));
  if (restated === undefined || own?.shipmentId == null) return null;
  const references = await referencesOfShipment(tx, own.shipmentId);
  const named: LinkDecision = { type: 'named', source: restated.transfer, also: restated.names.map(referenceKey).sort(), sequence: own.namedSequence + 1 };
  const decisions = [...(await release(tx, own.shipmentId, references, restated)), named];
  return { decisions, naming: { primary: restated.transfer, also: restated.names, claims: true, version: restated.version } };
}

async function release(tx: Transaction, shipmentId: string, references: readonly LinkedReference[], { transfer, names: kept, dropped }: Restated): Promise<LinkDecision[]> {
  const key = referenceKey(transfer);
  const names = await namesOfSources(tx, references.map((reference) => reference.subject));
  names.set(key, new Set(kept.map(referenceKey)));
  const spoken = new Set([...(await reportedSubjects(tx, references.map((reference) => reference.subject))), ...(await namedByOthers(tx, dropped, key))]);
  for (const [source, also] of names) for (const name of also.size === 0 ? [] : [source, ...also]) spoken.add(name);
  const silent = references.filter((reference) => dropped.includes(reference.subject) && !spoken.has(reference.subject));
  const rest = references.filter((reference) => !silent.includes(reference));
  const anchors = rest.filter((reference) => reference.kind === 'odoo.delivery').map((reference) => reference.subject);
  const decisions: LinkDecision[] = silent.map((reference) => ({ type: 'unlinked', reference, sequence: reference.sequence + 1, from: shipmentId }));
  for (const group of groupsApart({ references: rest, names }, anchors) as LinkedReference[][]) {
    const into = await deliveryNaming(tx, group, key);
    const target = into ?? uuidv7();
    if (into === null) decisions.push({ type: 'registered', shipmentId: target, provisional: true, naming: { primary: group[0]!, also: [], claims: false } });
    for (const reference of group) decisions.push({ type: 'linked', reference, shipmentId: target, sequence: reference.sequence + 1, from: shipmentId });
  }
  return decisions;
}

/** Which of these references sources report under, and not only name. */
async function reportedSubjects(tx: Transaction, subjects: readonly string[]): Promise<Set<string>> {
  const rows = await sql<{ subject: string }>`
    select s.subject from unnest(${[...subjects]}::text[]) as s(subject)
    where exists (select 1 from event e where e.subject = s.subject and e.type in ('milestone.reported', 'milestone.retracted', 'estimate.reported'))
  `.execute(tx);
  return new Set(rows.rows.map((row) => row.subject));
}

async function namedByOthers(tx: Transaction, names: readonly string[], except: string): Promise<string[]> {
  const rows = await tx.selectFrom('naming').select('name').distinct().where('name', '=', sql<string>`any(${[...names]}::text[])`).where('source', '<>', except).execute();
  return rows.map((row) => row.name);
}

/** The shipment of the one other delivery that gives one of these names; null where none does, or several do. */
async function deliveryNaming(tx: Transaction, group: readonly LinkedReference[], except: string): Promise<string | null> {
  const rows = await sql<{ shipment_id: string }>`
    select distinct coalesce(s.merged_into, s.id) as shipment_id
    from naming n join reference r on r.subject = n.source join shipment s on s.id = r.shipment_id
    where n.name = any(${group.map((reference) => reference.subject)}::text[]) and r.kind = 'odoo.delivery' and n.source <> ${except}
  `.execute(tx);
  return rows.rows.length === 1 ? rows.rows[0]!.shipment_id : null;
}

function valueOf(key: string): string {
  return key.slice(key.indexOf(':', key.indexOf(':') + 1) + 1);
}

