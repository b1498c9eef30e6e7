import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appointmentWanted, arrivalsWanted, scheduledTransfers, type TransferAppointment, type TransferVisit } from '../../../src/model/yard/at-odoo.js';
import { appointmentStates, dockDirections } from '../../../src/model/yard/records.js';

const appointment = (id: string, hour: number, change: Partial<TransferAppointment> = {}): TransferAppointment => ({ id, startsAt: `2026-11-22T${String(hour).padStart(2, '0')}:00:00.000Z`, dock: 'D1', state: 'SCHEDULED', direction: 'INBOUND', carrier: 'DSV', ...change });
const visit = (change: Partial<TransferVisit> = {}): TransferVisit => ({ id: 'v1', state: 'CHECKED_IN', carrier: 'DSV', truck: null, trailer: 'TR-1', dock: null, appointment: 'C-1', checkedInAt: '2026-11-22T09:50:00.000Z', atDockAt: null, checkedOutAt: null, ...change });
const schedule = (appointments: TransferAppointment[], direction = 'INCOMING', scheduled: (typeof scheduledTransfers)[number] = 'both') => appointmentWanted(appointments, direction, scheduled)[0]?.values['schedule'];

describe('the appointment of a transfer', () => {
  it('plans it for the last that stands', () => {
    expect(schedule([appointment('a', 8), appointment('b', 12), appointment('c', 14, { state: 'REQUESTED' })])).toBe('2026-11-22T12:00:00.000Z');
    expect(appointmentWanted([], 'INCOMING', 'both')).toEqual([]);
  });

  it('plans nothing as long as it is only asked for, or once nobody came to it: it is shown', () => {
    for (const state of ['REQUESTED', 'NO_SHOW', 'UNKNOWN']) expect(appointmentWanted([appointment('a', 8, { state })], 'INCOMING', 'both')).toMatchObject([{ values: { at: '2026-11-22T08:00:00.000Z', state, schedule: null } }]);
  });

  it('plans receipts where goods come in, and deliveries where they are known to leave', () => {
    expect(schedule([appointment('a', 8, { direction: 'UNKNOWN' })])).toBe('2026-11-22T08:00:00.000Z');
    expect(schedule([appointment('a', 8, { direction: 'OUTBOUND' })])).toBeNull();
    expect(schedule([appointment('a', 8), appointment('b', 6, { direction: 'OUTBOUND' })], 'OUTGOING')).toBe('2026-11-22T06:00:00.000Z');
    expect(schedule([appointment('a', 8, { direction: 'UNKNOWN' })], 'OUTGOING')).toBeNull();
  });

  it('says nothing of the plan of transfers that are not chosen', () => {
    expect(schedule([appointment('a', 8)], 'INCOMING', 'deliveries')).toBeUndefined();
    expect(schedule([appointment('a', 8)], 'INTERNAL')).toBeUndefined();
    expect(schedule([appointment('a', 8)], 'INCOMING', 'never')).toBeUndefined();
  });

  it('is the same in whatever order appointments are known', () => {
    const drawn = fc.uniqueArray(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), hour: fc.integer({ min: 1, max: 3 }), state: fc.constantFrom(...appointmentStates), direction: fc.constantFrom(...dockDirections) }), { selector: ({ id }) => id });
    fc.assert(fc.property(drawn, fc.constantFrom('INCOMING', 'OUTGOING'), fc.constantFrom(...scheduledTransfers), (all, direction, scheduled) => {
      const known = all.map(({ id, hour, ...rest }) => appointment(id, hour, rest));
      expect(appointmentWanted([...known].reverse(), direction, scheduled)).toEqual(appointmentWanted(known, direction, scheduled));
    }));
  });
});

describe('trucks', () => {
  it('are told of under their own name while they are here and after; not those that are expected or were called off', () => {
    for (const state of ['CHECKED_IN', 'AT_DOCK', 'CHECKED_OUT', 'REJECTED']) expect(arrivalsWanted([], [visit({ state })])).toMatchObject([{ key: 'arrival:v1', values: { uid: 'v1', state, trailer: 'TR-1' } }]);
    for (const state of ['UNKNOWN', 'EXPECTED', 'CANCELLED']) expect(arrivalsWanted([], [visit({ state })])).toEqual([]);
  });

  it('are told of, too, where they did not come', () => {
    expect(arrivalsWanted([appointment('a', 8, { state: 'NO_SHOW' }), appointment('b', 8)], [])).toEqual([{ key: 'no_show:a', topic: 'arrival', values: { uid: 'a', state: 'NO_SHOW', carrier: 'DSV', dock: 'D1', expected_at: '2026-11-22T08:00:00.000Z' } }]);
  });
});
