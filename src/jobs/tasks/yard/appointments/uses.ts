import type { DockDirection, Handling, Temperature } from '../../../../model/yard/records.js';
import { livingStates } from '../../../../model/yard/appointment.js';
import { slotAt, type FreeSlot, type SlotNeed, type Use } from '../../../../model/yard/slots.js';
import { SlotTaken } from '../../../../model/yard/slot-taken.js';
import { instant } from '../../../../lib/clock.js';
import type { Queryable, Transaction } from '../../../engine.js';
import type { OwnFacility } from '../facilities.js';
import type { Acting } from './asking.js';

const hourMs = 3_600_000;
/** No truck has a dock for longer. */
const longestMs = 24 * hourMs;

/** What appointments take of a facility between two instants and around them; who gives out times holds the facility. @param but UUID of one that does not count */
export async function usesOf(db: Queryable, facilityId: string, fromMs: number, toMs: number, but: string | null = null): Promise<Use[]> {
  const rows = await db.selectFrom('appointment').select(['id', 'dock', 'state', 'starts_at', 'ends_at', 'direction', 'handling', 'temperature'])
    .where('facility_id', '=', facilityId).where('starts_at', '>=', instant(fromMs - longestMs)).where('starts_at', '<', instant(toMs + hourMs)).where('deleted', '=', false).where('state', 'in', [...livingStates, 'COMPLETED']).execute();
  return rows.filter((row) => row.id !== but).map((row): Use => {
    const startMs = Date.parse(row.starts_at);
    const holds = row.state !== 'COMPLETED' && row.dock !== null;
    return {
      dock: holds ? row.dock : null, fromMs: startMs, toMs: row.ends_at === null ? startMs + hourMs : Date.parse(row.ends_at), direction: row.direction as DockDirection,
      ...(row.handling === null ? {} : { handling: row.handling as Handling }), ...(row.temperature === null ? {} : { temperature: row.temperature as Temperature }),
    };
  });
}

/**
 * The time at a dock that begins then; the caller holds the facility.
 * @throws SlotTaken where it cannot be had
 */
export async function slotFor(tx: Transaction, facility: OwnFacility, acting: Acting, fromMs: number, need: SlotNeed, { dock, but }: { dock?: string; but?: string } = {}): Promise<FreeSlot> {
  const found = slotAt(facility.plan, fromMs, need, await usesOf(tx, facility.id, fromMs, fromMs + longestMs, but ?? null), dock);
  if ('refusal' in found) throw new SlotTaken(found.refusal, 'input.startsAt', { facilityId: facility.id, fromMs, need, isOutsider: acting === 'CARRIER' });
  return found;
}
