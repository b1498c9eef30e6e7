import { append } from '../../../events/append.js';
import type { EventPayloads, NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { decimalText, millionths } from '../../../lib/decimal.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { LevelTolerance } from '../../../model/warehouse.js';
import { ourselves, takeStep, type ExceptionStep } from '../../../projections/change-exception.js';
import { exceptionSubject } from '../../../projections/exceptions.js';
import { keepChecks, levelsDue, type LevelDue } from '../../../projections/inventory-checks.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { warehousesOf } from './release.js';

/** Levels that one run compares; the rest goes with the next ones. */
const atOnce = 500;

/** What may be wrong with a level. */
const kinds = ['LEVEL_DIFFERS', 'UNKNOWN_PRODUCT'] as const;
type Kind = (typeof kinds)[number];

/** Of a tolerance in units and one in percent of Odoo's level the larger counts. */
export function differs(stated: string, odoo: string, { units, percent }: LevelTolerance): boolean {
  const [a, b] = [millionths(stated) ?? 0n, millionths(odoo) ?? 0n];
  const [difference, size] = [a > b ? a - b : b - a, b < 0n ? -b : b];
  const share = (size * BigInt(Math.round(percent * 1_000))) / 100_000n;
  const allowed = millionths(units) ?? 0n;
  return difference > (share > allowed ? share : allowed);
}

/**
 * Every minute: compares levels that warehouses stated with those of Odoo. What is on its way between the two systems is
 * no difference: people are told of one that is still there ten minutes later, and no more when it is gone.
 * @returns how many it compared
 */
export async function compareLevels(tasks: TaskContext, nowMs = Date.now()): Promise<number> {
  const warehouses = await warehousesOf(tasks);
  if (warehouses.length === 0) return 0;
  const tolerances = new Map(warehouses.map(({ id, policy }) => [id, policy.tolerance]));
  return tasks.database.transaction(async (tx) => {
    const due = await levelsDue(tx, [...tolerances.keys()], nowMs, atOnce);
    const found = due.map((level) => ({ level, kind: kindOf(level, tolerances.get(level.connection)!) }));
    await keepChecks(tx, found.map(({ level, kind }) => ({ level_id: level.id, version: level.version, compared_at: instant(nowMs), differs: kind !== null })));
    await append(tx, await eventsOf(tx, found));
    return due.length;
  });
}

function kindOf(level: LevelDue, tolerance: LevelTolerance): Kind | null {
  if (!level.is_known) return millionths(level.on_hand) === 0n ? null : 'UNKNOWN_PRODUCT';
  return differs(level.on_hand, level.odoo, tolerance) ? 'LEVEL_DIFFERS' : null;
}

async function eventsOf(tx: Transaction, found: ReadonlyArray<{ level: LevelDue; kind: Kind | null }>): Promise<NewEvent[]> {
  const subjects = found.flatMap(({ level }) => kinds.map((kind) => subjectOf(kind, level)));
  const rows = subjects.length === 0 ? [] : await tx.selectFrom('exception').select(['subject', 'version', 'company', 'state', 'detail', 'decided_by']).where('subject', 'in', subjects).orderBy('subject').forUpdate().execute();
  const bySubject = new Map(rows.map((row) => [row.subject, row]));
  const correlationId = uuidv7();
  const events: NewEvent[] = [];
  for (const { level, kind } of found) {
    for (const each of kinds) {
      const row = bySubject.get(subjectOf(each, level));
      if (each !== kind) {
        if (row !== undefined && row.state !== 'RESOLVED') events.push(await takeStep(tx, row, { action: 'resolve', resolution: each === 'LEVEL_DIFFERS' ? 'The levels agree.' : 'The product is known.' }, ourselves, correlationId));
        continue;
      }
      // The first time it may be on its way.
      if (!level.differed) continue;
      const raised = wordsOf(each, level);
      if (row === undefined) events.push(raisedEvent(each, level, raised, correlationId));
      else for (const [index, step] of stepsFor(row, raised).entries()) events.push(await takeStep(tx, { ...row, version: row.version + index }, step, ourselves, correlationId));
    }
  }
  return events;
}

/** What a person resolved stays resolved. */
function stepsFor(row: { state: string; detail: string; decided_by: string | null }, raised: ReturnType<typeof wordsOf>): ExceptionStep[] {
  const isResolved = row.state === 'RESOLVED';
  if (isResolved && row.decided_by !== ourselves) return [];
  return [...(isResolved ? [{ action: 'reopen' as const, reason: 'The levels differ again.' }] : []), ...(row.detail === raised.detail ? [] : [{ action: 'change' as const, to: raised }])];
}

function subjectOf(kind: Kind, level: Pick<LevelDue, 'id'>): string {
  return exceptionSubject(kind, level.id);
}

function wordsOf(kind: Kind, { sku, facility, connection, on_hand: stated, odoo }: LevelDue): Pick<EventPayloads['exception.raised'], 'class' | 'severity' | 'title' | 'detail'> {
  const place = facility ?? connection;
  if (kind === 'UNKNOWN_PRODUCT') return { class: 'DATA', severity: 'MEDIUM', title: `${place} has a product that Odoo does not know: ${sku}`, detail: `${connection} states ${stated} of it. No product of Odoo has this internal reference or barcode.` };
  const difference = decimalText((millionths(stated) ?? 0n) - (millionths(odoo) ?? 0n));
  return { class: 'DATA', severity: 'MEDIUM', title: `The level of ${sku} at ${place} differs from Odoo`, detail: `${connection} states ${stated}, Odoo has ${odoo}: a difference of ${difference}.` };
}

function raisedEvent(kind: Kind, level: LevelDue, raised: ReturnType<typeof wordsOf>, correlationId: string): NewEvent {
  const now = instant(Date.now());
  return {
    id: uuidv7(), version: 1, type: 'exception.raised', subject: subjectOf(kind, level), company: level.company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId, causationId: null,
    payload: { ...raised, kind, sourceSubject: level.subject } satisfies EventPayloads['exception.raised'],
  };
}
