import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import type { Services } from '../../../src/main.js';
import { describeOnEachDatabase, testServices } from '../../support/databases.js';
import { asking, at, carrierNamed, dockOffice, openAppointmentDesk, wish, workingDay, type AppointmentDesk } from '../../support/yard/appointments.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const who = [dockOffice, carrierNamed('Alpha Haulage'), carrierNamed('Beta Lines')] as const;
const times = ['08:00', '08:30', '09:00', '10:00'];
const acts = ['reschedule', 'confirm', 'reject', 'cancel', 'noShow', 'undo', 'undo'] as const;

/** One thing that somebody asks for, perhaps twice under one key. */
const drawnAct = fc.record({ by: fc.constantFrom(0, 1, 2), act: fc.constantFrom('book', 'book', ...acts), which: fc.nat(5), time: fc.nat(times.length - 1), again: fc.boolean() });

describeOnEachDatabase('what is asked of the docks of a facility', (kind) => {
  let services: Services & { remove(): Promise<void> };
  let desk: AppointmentDesk;
  const day = workingDay();
  let serial = 0;
  beforeAll(async () => {
    services = await testServices(kind);
    desk = openAppointmentDesk(services.tasks);
  });
  afterAll(() => services.remove());

  /** What stands in the row, without what counts its versions. */
  const told = async (id: string) => {
    const { version: _, updated_at: __, ...rest } = await services.database.kysely.selectFrom('appointment').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    return rest;
  };

  it('gives no dock to two trucks, is done once for a key, and is undone exactly, in any order, several at once', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(drawnAct, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 10 }), fc.constantFrom('BOOK' as const, 'REQUEST' as const), async (rounds, outsiders) => {
      const facilityId = await saveFacilityPlan(services.tasks, { code: `P${++serial}`, company: 'main', plan: facilityPlan({ docks: facilityPlan().docks.slice(0, 2), booking: { ...facilityPlan().booking, outsiders } }) }, dockOffice, uuidv7());
      const known: string[] = [];
      for (const round of rounds) {
        const before = new Map(await Promise.all(known.map(async (id) => [id, await told(id)] as const)));
        const done = await Promise.all(round.map(async ({ by, act, which, time, again }) => {
          const asker = asking(who[by]!);
          const startsAt = at(day, times[time]!);
          const id = known[which % Math.max(1, known.length)];
          if (act !== 'book' && id === undefined) return null;
          const ask = () => {
            switch (act) {
              case 'book': return desk.book(wish(facilityId, startsAt), asker);
              case 'reschedule': return desk.reschedule({ id: id!, startsAt }, asker);
              case 'confirm': return desk.decide({ id: id!, decision: 'CONFIRM' }, asker);
              case 'reject': return desk.decide({ id: id!, decision: 'REJECT' }, asker);
              case 'cancel': return desk.cancel({ id: id! }, asker);
              case 'noShow': return desk.noShow({ id: id! }, asker);
              case 'undo': return desk.undo({ id: id! }, asker);
            }
          };
          try {
            // Both are over before anything else is done, also where one is refused.
            const asked = await Promise.allSettled([ask(), ...(again ? [ask()] : [])]);
            const [first, second] = asked.map((each) => {
              if (each.status === 'rejected') throw each.reason;
              return each.value;
            });
            if (second !== undefined) {
              expect(second.appointmentId).toBe(first!.appointmentId);
              expect([first!.duplicate, second.duplicate].sort()).toEqual([false, true]);
            }
            if (act === 'book') known.push(first!.appointmentId);
            return first!.appointmentId;
          } catch (error) {
            expect((error as { code?: string }).code, String(error)).toMatch(/^(SLOT_TAKEN|CONFLICT|NOT_FOUND|FORBIDDEN)$/);
            return null;
          }
        }));
        const rows = await services.database.kysely.selectFrom('appointment').select(['id', 'dock', 'starts_at', 'ends_at']).where('facility_id', '=', facilityId).where('state', 'in', ['REQUESTED', 'SCHEDULED']).execute();
        for (const [index, row] of rows.entries()) for (const other of rows.slice(index + 1)) expect(row.dock === other.dock && row.starts_at < other.ends_at! && other.starts_at < row.ends_at!).toBe(false);
        // What was done alone is taken back exactly, and can be done again.
        const [only] = done;
        if (round.length === 1 && only != null && before.has(only) && round[0]!.act !== 'undo') {
          await desk.undo({ id: only }, asking(who[round[0]!.by]!));
          expect(await told(only)).toEqual(before.get(only));
        }
      }
      expect(new Set(known).size).toBe(known.length);
    }), { numRuns: 12 });
  });
});
