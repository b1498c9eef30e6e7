import { sql } from 'kysely';
import type { Principal } from '../../../auth/principal.js';
import type { SaidMilestone, ShipmentDifference } from '../../../model/mapping.js';
import { foreseeShipments, type ForeseenMilestone, type ForeseenShipment } from '../../../projections/shipments.js';
import type { TaskContext } from '../context.js';
import type { Foretold } from './foretell.js';

export interface MappingDifference {
  /** Shipments of which anything changes, those whose status does first; `listed` at most. */
  shipments: ShipmentDifference[];
  totals: { shipments: number; statuses: number; appear: number; go: number; change: number };
}

/** Shipments folded at a time. */
const folded = 200;

/**
 * What shipments would be like with what was foretold. Bounded by `listed` shipments; the totals are of all.
 * @param companies whose shipments are listed: a connection may tell of those of others as well
 */
export async function differenceOf({ database }: Pick<TaskContext, 'database'>, { rows }: Pick<Foretold, 'rows'>, listed: number, companies: Principal['companies']): Promise<MappingDifference> {
  const byShipment = new Map<string, typeof rows>();
  for (const row of rows) byShipment.set(row.shipment_id, [...(byShipment.get(row.shipment_id) ?? []), row]);
  const ids = [...byShipment.keys()].sort();
  const totals = { shipments: 0, statuses: 0, appear: 0, go: 0, change: 0 };
  const found: ShipmentDifference[] = [];
  for (let start = 0; start < ids.length; start += folded) {
    const foreseen = await foreseeShipments(database.kysely, ids.slice(start, start + folded).flatMap((id) => byShipment.get(id)!));
    const known = new Map((await database.kysely.selectFrom('shipment').select(['id', 'reference', 'company']).where('id', '=', sql<string>`any(${foreseen.map(({ id }) => id)}::uuid[])`).execute()).map((row) => [row.id, row]));
    for (const each of foreseen) {
      const difference = { ...milestoneDifference(each), shipment: each.id, reference: known.get(each.id)?.reference ?? null, status: { before: each.before.status, after: each.after.status } };
      const moves = difference.status.before !== difference.status.after;
      if (!moves && difference.appear.length + difference.go.length + difference.change.length === 0) continue;
      totals.shipments++;
      totals.statuses += moves ? 1 : 0;
      for (const kind of ['appear', 'go', 'change'] as const) totals[kind] += difference[kind].length;
      const company = known.get(each.id)?.company;
      if (companies === '*' || (company !== undefined && companies.includes(company))) found.push(difference);
    }
    found.sort((a, b) => Number(b.status.before !== b.status.after) - Number(a.status.before !== a.status.after));
    found.splice(listed);
  }
  return { shipments: found, totals };
}

/** Versions of one fact are one milestone, whose words may change. */
function milestoneDifference({ before, after, timeline }: ForeseenShipment): Pick<ShipmentDifference, 'appear' | 'go' | 'change'> {
  const groups = (standing: ReadonlySet<string>) => new Map(timeline.filter((row) => standing.has(row.id)).map((row) => [row.fact_group, said(row)]));
  const [was, is] = [groups(before.standing), groups(after.standing)];
  const change = [...is].flatMap(([group, now]) => {
    const then = was.get(group);
    return then === undefined || JSON.stringify(then) === JSON.stringify(now) ? [] : [{ before: then, after: now }];
  });
  return {
    appear: inOrder([...is].filter(([group]) => !was.has(group)).map(([, row]) => row)), go: inOrder([...was].filter(([group]) => !is.has(group)).map(([, row]) => row)),
    change: change.sort((a, b) => compareSaid(a.after, b.after)),
  };
}

function said(row: ForeseenMilestone): SaidMilestone {
  return { code: row.code, classifier: row.classifier, occurredAt: row.occurred_at, exceptionClass: row.exception_class, rawCode: row.raw_code, rawReason: row.raw_reason };
}

const inOrder = (rows: SaidMilestone[]) => rows.sort(compareSaid);

function compareSaid(a: SaidMilestone, b: SaidMilestone): number {
  const [x, y] = [a, b].map((row) => `${row.occurredAt} ${JSON.stringify(row)}`);
  return x! < y! ? -1 : x! > y! ? 1 : 0;
}
