import { describe, expect, it } from 'vitest';
import { commandHeader, type Access } from '../../src/connectors/contract.js';
import type { Guard, Held } from '../../src/connectors/kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../../src/connectors/kit/booking/errors.js';
import { decodeAnswer } from '../../src/connectors/kit/booking/facts.js';
import type { KeptPickup, PickupCarrier } from '../../src/connectors/kit/booking/pickup-carrier.js';
import { cancelPickup, schedulePickup } from '../../src/connectors/kit/booking/pickups.js';
import type { PickupInput } from '../../src/model/commands.js';
import { KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';

/** A carrier that has somebody come by one call; what happens to the next call is said by `fate`. */
class Fetching {
  readonly scheduled: string[] = [];
  readonly off: string[] = [];
  fate: 'lost' | 'refused' | 'nothing' | null = null;

  carrier(guard: Guard, { settleMs = 0, canCancel = true, kept = {} as Partial<KeptPickup> } = {}): PickupCarrier<object> {
    const held = (id: string): CarrierOutcome<Held<unknown>> => ({ ok: true, value: { id, read: null, raw: { id, isOff: this.off.includes(id) } } });
    return {
      name: 'Fetching', guard, settleMs: () => settleMs,
      readPickup: (raw) => ({ state: (raw as { isOff: boolean }).isOff ? 'CANCELLED' : 'SCHEDULED', rawState: 'told', confirmation: (raw as { id: string }).id, ...kept }),
      openPickups: () => ({
        ok: true,
        value: {
          schedule: async ({ reference }) => {
            const { fate } = this;
            this.fate = null;
            if (fate === 'refused') return refused('invalid', 'No.');
            if (fate === 'nothing') return refused('unavailable', 'No answer.');
            const id = `${reference}#${this.scheduled.length}`;
            this.scheduled.push(id);
            return fate === 'lost' ? refused('unavailable', 'No answer.') : held(id);
          },
          find: async ({ reference }) => {
            const id = this.scheduled.find((each) => each.startsWith(`${reference}#`) && !this.off.includes(each));
            return id === undefined ? { ok: true, value: null } : held(id);
          },
          ...(canCancel ? { cancel: async ({ id }: { id: string }) => {
            this.off.push(id);
            return held(id);
          } } : {}),
        },
      }),
    };
  }
}

const access: Access<object> = { connection: 'c', settings: {}, secrets: {}, allowedNetworks: [] };
const wanted: PickupInput = {
  carrier: 'ONE', from: { company: 'Warehouse', street: '1 Dock Road', city: 'Memphis', region: 'TN', postalCode: '38118', country: 'US', phone: '5555550100' }, on: '2026-03-06', readyAt: '15:00', closesAt: '18:00', zone: 'America/Chicago',
  bookings: ['01a20042-3fe3-7000-94bd-e2c30e6cd8eb'], parts: [{ externalId: 'x', trackingNumber: '1Z1', service: 'ground', country: 'US' }], packages: { count: 1, weightKg: '1.5' },
};
const command = () => outboundCommand('pickup.schedule', wanted);
const cancelling = (of: { id: string }, memory: KeptMemory) => outboundCommand('pickup.cancel', { pickup: of.id }, { follows: { id: of.id, memory: memory.value } });

describe('a carrier that comes and fetches', () => {
  it('is asked once, also where its answer was lost', async () => {
    const [one, memory, asked] = [new Fetching(), new KeptMemory(), command()];
    one.fate = 'lost';
    expect(await schedulePickup(one.carrier('look-up'), access, asked, memory)).toMatchObject({ ok: true, value: { result: { confirmation: `${asked.id}#0` } } });
    expect(await schedulePickup(one.carrier('look-up'), access, { ...asked, attempt: 2 }, memory)).toMatchObject({ ok: true });
    expect(one.scheduled).toHaveLength(1);
  });

  it('is believed that nobody comes once it has settled, and not before', async () => {
    const [one, memory, asked] = [new Fetching(), new KeptMemory(), command()];
    one.fate = 'nothing';
    expect(await schedulePickup(one.carrier('look-up', { settleMs: 60_000 }), access, asked, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(await schedulePickup(one.carrier('look-up', { settleMs: 60_000 }), access, { ...asked, attempt: 2 }, memory)).toMatchObject({ ok: false, error: { onlyThisCommand: true, retryAfter: expect.any(Number) } });
    expect(one.scheduled).toEqual([]);
    expect(await schedulePickup(one.carrier('look-up'), access, { ...asked, attempt: 3 }, memory)).toMatchObject({ ok: true });
    expect(one.scheduled).toHaveLength(1);
  });

  it.each(['none', 'may-find'] as const)('that cannot tell (%s) leaves it to a person, with our reference, however often it is tried', async (guard) => {
    const [one, memory, asked] = [new Fetching(), new KeptMemory(), command()];
    one.fate = 'nothing';
    for (const attempt of [1, 2, 3]) {
      expect(await schedulePickup(one.carrier(guard), access, { ...asked, attempt }, memory)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringMatching(new RegExp(`The pickup may have been scheduled: Fetching .*${asked.id}`)) } });
    }
    expect(one.scheduled).toEqual([]);
    // It may be called off all the same, once it shows itself.
    if (guard === 'none') expect(await cancelPickup(one.carrier(guard), access, cancelling(asked, memory))).toMatchObject({ ok: false, error: { kind: 'invalid' } });
  });

  it('is not asked where what was begun could not be read afterwards, nor again where it cannot be', async () => {
    const one = new Fetching();
    const tooMany = outboundCommand('pickup.schedule', { ...wanted, parts: Array.from({ length: 5_001 }, () => wanted.parts[0]!) });
    expect(await schedulePickup(one.carrier('none'), access, tooMany, new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('trackingNumbers') } });
    const memory = new KeptMemory();
    await memory.remember({ of: 'another version' });
    expect(await schedulePickup(one.carrier('look-up'), access, command(), memory)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('cannot be read') } });
    expect(one.scheduled).toEqual([]);
  });

  it('may be asked again after it refused', async () => {
    const [one, memory, asked] = [new Fetching(), new KeptMemory(), command()];
    one.fate = 'refused';
    expect(await schedulePickup(one.carrier('none'), access, asked, memory)).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'No.' } });
    expect(await schedulePickup(one.carrier('none'), access, { ...asked, attempt: 2 }, memory)).toMatchObject({ ok: true });
  });

  it('that takes it and then says that nobody comes has not taken it', async () => {
    expect(await schedulePickup(new Fetching().carrier('none', { kept: { state: 'FAILED', message: 'The van is full' } }), access, command(), new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'Fetching does not come: The van is full.' } });
  });

  it('is told that it need not come, also where the answer that it does was lost; where nothing was begun nothing is called off', async () => {
    const [one, memory, asked] = [new Fetching(), new KeptMemory(), command()];
    one.fate = 'lost';
    await schedulePickup(one.carrier('none'), access, asked, memory);
    expect(await cancelPickup(one.carrier('look-up'), access, cancelling(asked, memory))).toMatchObject({ ok: true, value: { result: { state: 'CANCELLED' } } });
    expect(one.off).toEqual(one.scheduled);
    expect(await cancelPickup(one.carrier('look-up'), access, cancelling(command(), new KeptMemory()))).toMatchObject({ ok: true, value: { result: { state: 'NOT_SCHEDULED' }, answers: [] } });
    expect(await cancelPickup(one.carrier('look-up'), access, outboundCommand('pickup.cancel', { pickup: asked.id }))).toMatchObject({ ok: false, error: { message: expect.stringContaining('not known any more') } });
  });

  it('says that it is to be called where it takes no cancellation, or did not do it', async () => {
    const [one, memory, asked] = [new Fetching(), new KeptMemory(), command()];
    await schedulePickup(one.carrier('none'), access, asked, memory);
    expect(await cancelPickup(one.carrier('none', { canCancel: false }), access, cancelling(asked, memory))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('call it off there') } });
    expect(await cancelPickup(one.carrier('none', { kept: { state: 'SCHEDULED', message: 'Too late' } }), access, cancelling(asked, memory))).toMatchObject({ ok: false, error: { message: 'Fetching did not call the pickup off: Too late.' } });
  });

  it('is reported with the times that it confirmed, in the zone of the place, and without the address', async () => {
    const [one, memory, asked] = [new Fetching(), new KeptMemory(), command()];
    const carrier = one.carrier('none', { kept: { readyAt: '16:00', closesAt: '17:30', price: { amount: '6.50', currency: 'USD' } } });
    const read = async (outcome: Awaited<ReturnType<typeof schedulePickup>>) => {
      if (!outcome.ok) throw new Error(outcome.error.message);
      const [answer] = outcome.value.answers;
      return decodeAnswer(JSON.parse(Buffer.from(answer!.body).toString()), { headers: { [commandHeader]: asked.id }, body: answer!.body, receivedAt: '2026-03-06T14:30:00.000Z', connection: 'c', zone: 'UTC' }, { readKept: () => null, readPickup: carrier.readPickup, cancelWord: 'void' }).facts;
    };
    const facts = await read(await schedulePickup(carrier, access, asked, memory));
    expect(facts).toMatchObject([{
      type: 'pickup.reported', key: { kind: 'pickup', id: asked.id }, version: 1,
      payload: {
        command: asked.id, state: 'SCHEDULED', carrier: 'ONE', confirmation: `${asked.id}#0`, readyAt: '2026-03-06T22:00:00.000Z', closesAt: '2026-03-06T23:30:00.000Z', zone: 'America/Chicago', place: { city: 'Memphis', region: 'TN', postalCode: '38118', country: 'US' },
        bookings: wanted.bookings, trackingNumbers: ['1Z1'], packages: { count: 1, weightKg: '1.5' }, price: { amount: '6.50', currency: 'USD' },
      },
    }]);
    expect(JSON.stringify(facts)).not.toMatch(/Dock Road|5555550100|Warehouse/);
    // Calling off comes after every attempt to schedule, whichever is read first.
    const [off] = await read(await cancelPickup(one.carrier('none'), access, cancelling(asked, memory)));
    expect(off).toMatchObject({ payload: { state: 'CANCELLED', command: asked.id } });
    expect((off as { version: number }).version).toBeGreaterThan(1_000_000);
  });
});
