import { sql } from 'kysely';
import type { Connection } from '../../../auth/connections.js';
import type { Principal } from '../../../auth/principal.js';
import type { LogEvent } from '../../../events/event.js';
import { compareText } from '../../../lib/compare.js';
import { GatehouseError } from '../../../lib/errors.js';
import { compareMilestones, type MilestoneComparison } from '../../../model/comparison.js';
import { issuersAgree, sameValueKinds, type Reference, type ReferenceKind } from '../../../model/references.js';
import { foldShipment } from '../../../model/shipment.js';
import { milestoneRows, timelineEntry, type MilestoneRow } from '../../../projections/milestones.js';
import type { Queryable } from '../../engine.js';
import type { TaskContext } from '../context.js';

export interface ComparisonPeriod {
  /** ISO instants between which milestones happened; [from, to). */
  from: string;
  to: string;
  /** Milestones of one code further apart than this are no pair, minutes. */
  withinMinutes: number;
}

/** Of one shipment, where anything differs. */
export interface ComparedShipment {
  /** UUID; null where the name that the shadow uses leads to none. */
  shipment: string | null;
  /** Name by which it is known, or that the shadow uses. */
  reference: string;
  status: { shadow: string; live: string };
  /** `here`: the shadow, `there`: the live one. */
  milestones: MilestoneComparison;
}

export interface Comparison {
  shipments: { both: number; onlyShadow: number; onlyLive: number; statusDiffers: number };
  milestones: { same: number; otherTimes: number; onlyShadow: number; onlyLive: number };
  /** Messages of the shadow in the period that cannot be read. */
  unreadable: number;
  /** Where anything differs, the most first; 100 at most. */
  differing: ComparedShipment[];
  /** There was more than is looked at: the period is compared up to `comparedTo`. */
  comparedTo: string;
}

/** Milestones of each side that are looked at. */
const maxMilestones = 50_000;
const listed = 100;

/**
 * How what a connection in shadow mode says differs from what a live one says of the same shipments.
 * @param companies whose shipments may be named; those of others, of which one connection may tell as well, are counted alone
 * @throws GatehouseError BAD_INPUT
 */
export async function compareConnections({ database }: Pick<TaskContext, 'database'>, shadow: Connection, live: Connection, period: ComparisonPeriod, companies: Principal['companies'] = '*'): Promise<Comparison> {
  if (!shadow.shadow) throw new GatehouseError('BAD_INPUT', `${shadow.id} is not in shadow mode.`, { field: 'shadow' });
  if (live.shadow || live.id === shadow.id) throw new GatehouseError('BAD_INPUT', `${live.id} is not live.`, { field: 'live' });
  if (!(Date.parse(period.from) < Date.parse(period.to))) throw new GatehouseError('BAD_INPUT', 'The period ends before it begins.', { field: 'to' });
  const db = database.kysely;
  const { rows: ours, end } = await shadowMilestones(db, shadow.id, period);
  const bounded = { ...period, to: end };
  const theirs = await liveMilestones(db, live.id, bounded);
  const to = theirs.length === maxMilestones ? theirs.at(-1)!.occurred_at : end;
  const inTime = <Row extends { occurred_at: string }>(rows: readonly Row[]) => rows.filter((row) => row.occurred_at < to);
  const [hereOf, thereOf] = [Map.groupBy(inTime(ours), (row) => row.shipment_id), Map.groupBy(inTime(theirs), (row) => row.shipment_id)];
  const names = await namesOf(db, [...hereOf.keys(), ...thereOf.keys()]);
  const isShown = (id: string) => companies === '*' || !names.has(id) || companies.includes(names.get(id)!.company);
  const result: Comparison = { shipments: { both: 0, onlyShadow: 0, onlyLive: 0, statusDiffers: 0 }, milestones: { same: 0, otherTimes: 0, onlyShadow: 0, onlyLive: 0 }, unreadable: await unreadableOf(db, shadow.id, period), differing: [], comparedTo: to };
  for (const id of [...new Set([...hereOf.keys(), ...thereOf.keys()])].sort(compareText)) addShipment(result, { id, name: names.get(id)?.name, isShown: isShown(id) }, hereOf.get(id) ?? [], thereOf.get(id) ?? [], period.withinMinutes);
  result.differing.sort((a, b) => weight(b) - weight(a) || compareText(a.reference, b.reference));
  result.differing.splice(listed);
  return result;
}

type ComparedRow = Pick<MilestoneRow, 'code' | 'classifier' | 'occurred_at' | 'shipment_id'> & Parameters<typeof timelineEntry>[0];

function addShipment(result: Comparison, { id, name, isShown }: { id: string; name: string | undefined; isShown: boolean }, here: ComparedRow[], there: ComparedRow[], withinMinutes: number): void {
  const milestones = compareMilestones(here.map(compared), there.map(compared), withinMinutes * 60_000);
  const status = { shadow: statusOf(here), live: statusOf(there) };
  const side = here.length === 0 ? 'onlyLive' : there.length === 0 ? 'onlyShadow' : 'both';
  result.shipments[side]++;
  const statusDiffers = side === 'both' && status.shadow !== status.live;
  if (statusDiffers) result.shipments.statusDiffers++;
  result.milestones.same += milestones.same;
  result.milestones.otherTimes += milestones.otherTimes.length;
  result.milestones.onlyShadow += milestones.onlyHere.length;
  result.milestones.onlyLive += milestones.onlyThere.length;
  if (!isShown) return;
  if (statusDiffers || milestones.otherTimes.length + milestones.onlyHere.length + milestones.onlyThere.length > 0) result.differing.push({ shipment: name === undefined ? null : id, reference: name ?? id, status, milestones });
}

const compared = (row: ComparedRow) => ({ code: row.code, classifier: row.classifier, occurredAt: row.occurred_at });
const weight = ({ status, milestones }: ComparedShipment) => (status.shadow === status.live ? 0 : 1_000_000) + milestones.onlyHere.length + milestones.onlyThere.length + milestones.otherTimes.length;

/** The status that these milestones alone would give. */
function statusOf(rows: readonly ComparedRow[]): string {
  const packages = [...new Set(rows.flatMap((row) => (row.package === null ? [] : [row.package])))];
  return foldShipment({ entries: rows.map(timelineEntry), transfers: [], estimates: [], tracking: packages.map((number) => ({ carrier: '*', number })), names: [], orderFirstPromisedAt: null }).status;
}

/** What the shadow says and stands, under the shipment that each name leads to, else under the name. */
async function shadowMilestones(db: Queryable, connection: string, { from, to }: ComparisonPeriod): Promise<{ rows: MilestoneRow[]; end: string }> {
  const inPeriod = await db.selectFrom('shadow_fact').select(['subject', 'occurred_at']).where('connection', '=', connection).where('type', '=', 'milestone.reported').where('occurred_at', '>=', from).where('occurred_at', '<', to).orderBy('occurred_at').limit(maxMilestones).execute();
  const end = inPeriod.length === maxMilestones ? inPeriod.at(-1)!.occurred_at! : to;
  const subjects = [...new Set(inPeriod.map((row) => row.subject))];
  // With all versions of each fact, and what takes them back, whenever that is said to have happened.
  const facts = subjects.length === 0 ? [] : await db.selectFrom('shadow_fact').selectAll().where('connection', '=', connection).where('type', 'in', ['milestone.reported', 'milestone.retracted']).where('subject', '=', sql<string>`any(${subjects}::text[])`).execute();
  const events = facts.map((fact): LogEvent => ({
    position: 0, id: fact.id, type: fact.type, version: 1, subject: fact.subject, subject_version: null, company: fact.company, connection: fact.connection, fact_key: fact.fact_key, occurred_at: fact.occurred_at,
    recorded_at: fact.recorded_at, correlation_id: fact.raw_id, causation_id: fact.raw_id, payload: fact.payload,
  }));
  const shipmentOf = await shipmentsBehind(db, subjects);
  const rows = milestoneRows(events, new Map(subjects.map((subject) => [subject, shipmentOf.get(subject) ?? subject])));
  const standing = [...Map.groupBy(rows, (row) => row.shipment_id).values()].flatMap((group) => {
    const { standing: alive } = foldShipment({ entries: group.map(timelineEntry), transfers: [], estimates: [], tracking: [], names: [], orderFirstPromisedAt: null });
    return group.filter((row) => alive.has(row.id));
  });
  return { rows: standing.filter((row) => row.occurred_at >= from), end };
}

function liveMilestones(db: Queryable, connection: string, { from, to }: ComparisonPeriod): Promise<ComparedRow[]> {
  return db.selectFrom('milestone').select(['id', 'shipment_id', 'fact_group', 'content_hash', 'code', 'classifier', 'occurred_at', 'observed_at', 'connection', 'stop', 'carrier', 'package', 'pieces', 'retracts', 'retracts_fact_key'])
    .where('connection', '=', connection).where('active', '=', true).where('occurred_at', '>=', from).where('occurred_at', '<', to).orderBy('occurred_at').limit(maxMilestones).execute();
}

/** The shipment that each name leads to, or would by the matching rules if it were linked; one that may be of several leads to none. */
async function shipmentsBehind(db: Queryable, subjects: readonly string[]): Promise<Map<string, string>> {
  const named = new Map(subjects.map((subject) => [subject, referenceOf(subject)]));
  const values = [...new Set([...named.values()].map(({ value }) => value))];
  const rows = values.length === 0 ? [] : await db.selectFrom('reference as r').innerJoin('shipment as s', 's.id', 'r.shipment_id').select(['r.subject', 'r.kind', 'r.issuer', 'r.value', 's.id', 's.merged_into']).where('r.value', '=', sql<string>`any(${values}::text[])`).execute();
  const known = Map.groupBy(rows.map((row) => ({ ...row, shipment_id: row.value })), (row) => row.shipment_id);
  const found = new Map<string, string>();
  for (const [subject, reference] of named) {
    const candidates = (known.get(reference.value) ?? []).filter((row) => row.subject === subject || (sameValueKinds(reference.kind).includes(row.kind as ReferenceKind) && issuersAgree(reference, row as Reference)));
    const ids = new Set((candidates.filter((row) => row.subject === subject).length > 0 ? candidates.filter((row) => row.subject === subject) : candidates).map((row) => row.merged_into ?? row.id));
    if (ids.size === 1) found.set(subject, [...ids][0]!);
  }
  return found;
}

function referenceOf(subject: string): Reference {
  const [kind, issuer] = subject.split(':', 2) as [ReferenceKind, string];
  return { kind, issuer, value: subject.slice(kind.length + issuer.length + 2) };
}

async function namesOf(db: Queryable, ids: readonly string[]): Promise<Map<string, { name: string; company: string }>> {
  const uuids = ids.filter((id) => /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id));
  if (uuids.length === 0) return new Map();
  const rows = await db.selectFrom('shipment').select(['id', 'reference', 'company']).where('id', '=', sql<string>`any(${uuids}::uuid[])`).execute();
  return new Map(rows.map((row) => [row.id, { name: row.reference ?? row.id, company: row.company }]));
}

async function unreadableOf(db: Queryable, connection: string, { from, to }: ComparisonPeriod): Promise<number> {
  const row = await db.selectFrom('inbox').select((e) => e.fn.countAll<number>().as('count')).where('connection', '=', connection).where('state', '=', 'QUARANTINED').where('received_at', '>=', from).where('received_at', '<', to).executeTakeFirstOrThrow();
  return row.count;
}
