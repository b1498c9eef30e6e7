import { describe, expect, it } from 'vitest';
import type { Access } from '../../src/connectors/contract.js';
import type { BookedParcel, BookingCalls, BookingCarrier, Guard, Held, SoughtPackage } from '../../src/connectors/kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../../src/connectors/kit/booking/errors.js';
import { labelFile } from '../../src/connectors/kit/booking/files.js';
import { MemoryKeeper, type BookingMemory } from '../../src/connectors/kit/booking/memory.js';
import { performBy } from '../../src/connectors/kit/booking/perform.js';
import { bookingInput, KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';

/** A carrier without drafts: one call books, and costs. */
class OneCall {
  readonly bought: string[] = [];
  /** What happens to the next purchase of a package: done and not answered, refused, or nothing done and not answered. */
  fate: Record<string, 'lost' | 'refused' | 'nothing'> = {};
  cancelled: string[] = [];

  carrier(guard: Guard, settleMs = 0): BookingCarrier<object, null, string> {
    return { name: 'One Call', guard, settleMs: () => settleMs, readKept: (raw): BookedParcel => ({ externalId: String(raw), trackingNumber: String(raw), carrier: 'ONE', label: { madeAt: null }, cancellation: this.cancelled.includes(String(raw)) ? { raw: 'void', state: 'DONE' } : null }), open: () => ({ ok: true, value: this.#calls() }) };
  }

  #calls(): BookingCalls<null, string> {
    const held = (id: string): CarrierOutcome<Held<string>> => ({ ok: true, value: { id, read: id, raw: id } });
    return {
      rates: async () => ({ ok: true, value: [{ carrier: 'ONE', service: 'ground', label: 'Ground', price: { amount: '5.00', currency: 'USD' } }] }),
      find: async ({ boughtId, reference }: SoughtPackage) => {
        const id = boughtId ?? this.bought.find((each) => each.startsWith(`${reference}#`));
        return id === undefined ? { ok: true, value: null } : held(id);
      },
      buy: async ({ reference, package: { id: name } }) => {
        const fate = this.fate[name];
        delete this.fate[name];
        if (fate === 'refused') return refused('invalid', 'No.');
        if (fate === 'nothing') return refused('unavailable', 'No answer.');
        const id = `${reference}#${this.bought.length}`;
        this.bought.push(id);
        return fate === 'lost' ? refused('unavailable', 'No answer.') : held(id);
      },
      labels: async (_of, wanted) => ({ ok: true, value: [labelFile(Buffer.from('%PDF-1.4'), wanted)] }),
      cancel: async (id) => {
        this.cancelled.push(id);
        return held(id);
      },
    };
  }
}

const access: Access<object> = { connection: 'c', settings: {}, secrets: {}, allowedNetworks: [] };
const performing = (carrier: BookingCarrier<object, null, string>) => performBy(carrier, ['shipment.book', 'return.book', 'booking.cancel']).perform;
const two = () => outboundCommand('shipment.book', bookingInput({ packages: [{ id: 'A', weightKg: '1' }, { id: 'B', weightKg: '2' }] }));

describe('a carrier that books with one call', () => {
  it('is asked by our reference after an answer that was lost, and not asked to book again', async () => {
    const one = new OneCall();
    one.fate = { A: 'lost' };
    const command = two();
    const outcome = await performing(one.carrier('look-up'))(access, command, new KeptMemory());
    expect(outcome).toMatchObject({ ok: true, value: { state: 'DONE' } });
    expect(one.bought).toHaveLength(2);
  });

  it('is believed that nothing was booked once it has settled, and not before', async () => {
    const one = new OneCall();
    one.fate = { A: 'nothing' };
    const [command, memory] = [two(), new KeptMemory()];
    expect(await performing(one.carrier('look-up', 60_000))(access, command, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(await performing(one.carrier('look-up', 60_000))(access, { ...command, attempt: 2 }, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true, retryAfter: expect.any(Number) } });
    expect(one.bought).toHaveLength(1);
    expect(await performing(one.carrier('look-up', 0))(access, { ...command, attempt: 3 }, memory)).toMatchObject({ ok: true, value: { state: 'DONE' } });
    expect(one.bought).toHaveLength(2);
  });

  it.each(['none', 'may-find'] as const)('that cannot tell (%s) leaves the package to a person, with the name to look for, however often it is tried', async (guard) => {
    const one = new OneCall();
    one.fate = { A: 'nothing' };
    const [command, memory] = [two(), new KeptMemory()];
    for (const attempt of [1, 2, 3]) {
      const outcome = await performing(one.carrier(guard))(access, { ...command, attempt }, memory);
      if (!outcome.ok) throw new Error(outcome.error.message);
      expect(outcome.value.state).toBe('PARTIAL');
      expect(JSON.stringify(outcome.value.result)).toContain(`Package A may have been booked: One Call did not answer`);
      expect(JSON.stringify(outcome.value.result)).toContain(`${command.id}/A`);
    }
    expect(one.bought.map((id) => id.split('#')[0])).toEqual([`${command.id}/B`]);
  });

  it('that refuses to be asked for good leaves the package to a person, once it has settled', async () => {
    const one = new OneCall();
    one.fate = { A: 'nothing' };
    const carrier = (settleMs: number): BookingCarrier<object, null, string> => {
      const plain = one.carrier('look-up', settleMs);
      return { ...plain, open: (...given) => {
        const opened = plain.open(...given);
        return opened.ok ? { ok: true, value: { ...opened.value, find: async () => refused('invalid', 'It is there twice.') } } : opened;
      } };
    };
    const [command, memory] = [two(), new KeptMemory()];
    expect(await performing(carrier(60_000))(access, command, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(await performing(carrier(60_000))(access, { ...command, attempt: 2 }, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(JSON.stringify(await performing(carrier(0))(access, { ...command, attempt: 3 }, memory))).toContain('Package A may have been booked: One Call did not answer, and does not tell (It is there twice.).');
    expect(one.bought).toHaveLength(1);
  });

  it('that refuses has booked nothing: the package can be tried again', async () => {
    const one = new OneCall();
    one.fate = { B: 'refused' };
    const [command, memory] = [two(), new KeptMemory()];
    expect(await performing(one.carrier('none'))(access, command, memory)).toMatchObject({ ok: true, value: { state: 'PARTIAL' } });
    expect(await performing(one.carrier('none'))(access, { ...command, attempt: 2 }, memory)).toMatchObject({ ok: true, value: { state: 'DONE' } });
    expect(one.bought).toHaveLength(2);
  });

  it('is not asked to book where what was begun cannot be read', async () => {
    const [one, memory] = [new OneCall(), new KeptMemory()];
    await memory.remember({ of: 'another version' });
    expect(await performing(one.carrier('look-up'))(access, two(), memory)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('cannot be read') } });
    expect(one.bought).toEqual([]);
  });

  it('voids what it booked, also where its answer was never seen', async () => {
    const one = new OneCall();
    const [command, memory] = [two(), new KeptMemory()];
    await performing(one.carrier('look-up'))(access, command, memory);
    // As after a process that was killed before it could note what was bought for B.
    delete (memory.value as unknown as BookingMemory).bought!['B'];
    const outcome = await performing(one.carrier('look-up'))(access, outboundCommand('booking.cancel', { booking: command.id }, { follows: { id: command.id, memory: memory.value } }), new KeptMemory());
    expect(outcome).toMatchObject({ ok: true, value: { state: 'DONE' } });
    expect([...one.cancelled].sort()).toEqual([...one.bought].sort());
  });
});

/** As above, and the label comes with the purchase and never again. */
class GivesOnce extends OneCall {
  /** What becomes of the next cancellation: confirmed and not answered, or not confirmed. */
  cancelFate: 'lost' | 'rejected' | undefined;
  readonly #labels = new Set<string>();

  override carrier(guard: Guard, settleMs = 0): BookingCarrier<object, null, string> {
    const plain = super.carrier(guard, settleMs);
    return { ...plain, open: (access, timeoutMs) => {
      const opened = plain.open(access, timeoutMs);
      if (!opened.ok) return opened;
      const calls = opened.value;
      return { ok: true, value: {
        ...calls,
        isUsable: ({ id }) => this.#labels.has(id),
        buy: async (...given) => {
          const bought = await calls.buy(...given);
          if (bought.ok) this.#labels.add(bought.value.id);
          return bought;
        },
        // What is cancelled goes on being shown, as of a carrier whose tracking lags behind.
        find: async ({ boughtId, reference, voided }) => {
          const id = boughtId ?? this.bought.find((each) => each.startsWith(`${reference}#`) && !voided.includes(each));
          return { ok: true, value: id === undefined ? null : { id, read: id, raw: id } };
        },
        labels: async ({ id }, wanted) => {
          const isHere = this.#labels.delete(id);
          return isHere ? { ok: true, value: [labelFile(Buffer.from(`%PDF-1.4 ${id}`), wanted)] } : refused('invalid', 'It is given once.');
        },
        cancel: async (id) => {
          const fate = this.cancelFate;
          this.cancelFate = undefined;
          if (fate === 'rejected') return { ok: true, value: { id, read: id, raw: id } };
          const cancelled = await calls.cancel(id);
          return fate === 'lost' ? refused('unavailable', 'No answer.') : cancelled;
        },
      } };
    } };
  }

  standing(): string[] {
    return this.bought.filter((id) => !this.cancelled.includes(id)).map((id) => id.split('#')[0]!).sort();
  }
}

describe('a carrier that gives a label once', () => {
  const labelsOf = (outcome: Awaited<ReturnType<ReturnType<typeof performing>>>) => (outcome.ok ? outcome.value.files.map((file) => Buffer.from(file.content).toString()) : []);

  it('has the label of a package remembered while another one is waited for', async () => {
    const one = new GivesOnce();
    one.fate = { B: 'nothing' };
    const [command, memory] = [two(), new KeptMemory()];
    expect(await performing(one.carrier('look-up', 60_000))(access, command, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    const outcome = await performing(one.carrier('look-up', 0))(access, { ...command, attempt: 2 }, memory);
    expect([outcome.ok && outcome.value.state, labelsOf(outcome), one.standing()]).toEqual(['DONE', [`%PDF-1.4 ${command.id}/A#0`, `%PDF-1.4 ${command.id}/B#1`], [`${command.id}/A`, `${command.id}/B`]]);
    // The same once more, as after a process that was killed before its end could be recorded.
    const again = await performing(one.carrier('look-up', 0))(access, { ...command, attempt: 3 }, memory);
    expect([labelsOf(again), one.bought]).toEqual([labelsOf(outcome), [`${command.id}/A#0`, `${command.id}/B#1`]]);
  });

  it('voids what lost its label with its answer, and books it anew, whatever is lost on the way', async () => {
    const one = new GivesOnce();
    one.fate = { A: 'lost' };
    const [command, memory] = [two(), new KeptMemory()];
    expect(await performing(one.carrier('may-find'))(access, command, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    one.cancelFate = 'lost';
    expect(await performing(one.carrier('may-find'))(access, { ...command, attempt: 2 }, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    one.fate = { A: 'lost' };
    expect(await performing(one.carrier('may-find'))(access, { ...command, attempt: 3 }, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    const outcome = await performing(one.carrier('may-find'))(access, { ...command, attempt: 4 }, memory);
    expect([outcome.ok && outcome.value.state, labelsOf(outcome).length, one.standing()]).toEqual(['DONE', 2, [`${command.id}/A`, `${command.id}/B`]]);
  });

  it('keeps what it does not void, without its label, for a person; and does not take what was voided for a later purchase', async () => {
    const one = new GivesOnce();
    one.fate = { A: 'lost' };
    const [command, memory] = [two(), new KeptMemory()];
    await performing(one.carrier('may-find'))(access, command, memory);
    one.cancelFate = 'rejected';
    const kept = await performing(one.carrier('may-find'))(access, { ...command, attempt: 2 }, memory);
    expect([kept.ok && kept.value.state, one.bought.length]).toEqual(['PARTIAL', 2]);
    // Voided after all; and of the purchase after it nothing is known, nor to be seen.
    one.fate = { A: 'nothing' };
    const outcome = await performing(one.carrier('may-find'))(access, { ...command, attempt: 3 }, memory);
    expect(JSON.stringify(outcome)).toContain('Package A may have been booked');
    expect([one.bought.length, one.cancelled.length]).toEqual([2, 1]);
  });
});

describe('the memory of a booking', () => {
  it('is written one state after the other, so that an older one never lies over a newer', async () => {
    const written: number[] = [];
    const releases: Array<() => void> = [];
    const memory = { value: null, draw: () => Promise.reject(new Error('A booking draws no numbers.')), remember: (value: unknown) => new Promise<void>((resolve) => { written.push(Object.keys((value as BookingMemory).parts).length); releases.push(resolve); }) };
    const keeper = new MemoryKeeper(memory, { parts: {}, chosen: null, asked: null });
    const saves = ['A', 'B', 'C'].map((name) => {
      keeper.state.parts[name] = name;
      return keeper.save();
    });
    await Promise.resolve().then(() => undefined).then(() => undefined);
    keeper.state.parts['D'] = 'D';
    saves.push(keeper.save());
    while (releases.length > 0 || written.length < 2) {
      releases.shift()?.();
      await new Promise((next) => setImmediate(next));
    }
    await Promise.all(saves);
    expect([...written].sort()).toEqual(written);
    expect(written.at(-1)).toBe(4);
    expect(written.length).toBeLessThan(4);
  });
});
