import { describe, expect, it } from 'vitest';
import { beforeLatest, type AppointmentVersion } from '../../../src/model/yard/appointment.js';
import type { AppointmentRecord } from '../../../src/model/yard/records.js';

const at = (hour: number) => ({ instant: `2026-03-02T${String(hour).padStart(2, '0')}:00:00.000Z`, zone: 'UTC' });
const record = (over: Partial<AppointmentRecord> = {}): AppointmentRecord => ({ direction: 'INBOUND', state: 'SCHEDULED', rawState: 'SCHEDULED', startsAt: at(8), loads: [], references: [], ...over });
const version = (number: number, action: string, payload: AppointmentRecord): AppointmentVersion => ({ version: number, payload, step: { action, by: 'dock-office' } });

describe('the latest step of an appointment', () => {
  const booked = version(1, 'appointment.book', record());
  const moved = version(2, 'appointment.reschedule', record({ startsAt: at(10) }));
  const came = version(3, 'visit.check-in', record({ startsAt: at(10), state: 'ARRIVED' }));
  const left = version(4, 'visit.undo', record({ startsAt: at(10) }));

  it('is undone as if a truck that was taken back had never come, and not while one is there', () => {
    expect(beforeLatest([booked, moved])).toEqual({ undone: moved, record: booked.payload });
    expect(() => beforeLatest([booked, moved, came])).toThrow('Its latest step follows from the visit of the truck. Undo that one.');
    expect(beforeLatest([booked, moved, came, left])).toEqual({ undone: moved, record: booked.payload });
    expect(() => beforeLatest([booked, came, left])).toThrow('Cancel it instead');
  });

  it('takes back what was said of its names while a truck was there, and nothing else', () => {
    const named = version(4, 'appointment.name', record({ startsAt: at(10), state: 'ARRIVED', loads: ['L-1'] }));
    const claimed = version(3, 'visit.check-in', record({ startsAt: at(10), state: 'ARRIVED', claimed: { loads: ['L-1'], references: [] } }));
    const gone = version(5, 'visit.undo', record({ startsAt: at(10), loads: ['L-1'] }));
    expect(beforeLatest([booked, moved, claimed, named])).toEqual({ undone: named, record: claimed.payload });
    expect(beforeLatest([booked, moved, claimed, named, gone])).toEqual({ undone: named, record: record({ startsAt: at(10), claimed: { loads: ['L-1'], references: [] } }) });
  });
});
