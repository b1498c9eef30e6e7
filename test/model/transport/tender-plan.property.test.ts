import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatehouseError } from '../../../src/lib/errors.js';
import { nextDeadline, startTender, stepTender, type TenderEffect, type TenderPlan, type TenderStep } from '../../../src/model/transport/tender-plan.js';

const t0 = Date.parse('2026-03-06T08:00:00Z');
const minuteMs = 60_000;
const carriers = ['AAAA', 'BBBB', 'CCCC'];

/** What was seen so far, without knowing how the plan decides. */
interface Seen {
  nowMs: number;
  serial: number;
  sends: Array<Extract<TenderEffect, { kind: 'SEND' }>>;
  raised: Map<string, number>;
  given: number;
}

interface Real {
  plan: TenderPlan;
}

function take(real: Real, seen: Seen, step: TenderStep): void {
  const before = real.plan;
  const text = JSON.stringify(before);
  try {
    const { plan, effects } = stepTender(before, step, seen.nowMs);
    real.plan = plan;
    for (const effect of effects) {
      if (effect.kind === 'SEND') seen.sends.push(effect);
      if (effect.kind === 'ACCEPTED') seen.given++;
      if (effect.kind === 'RELEASED') seen.given--;
      if (effect.kind === 'RAISE') seen.raised.set(`${effect.matter} ${effect.ordinal}`, 1);
      if (effect.kind === 'SETTLE') seen.raised.delete(`${effect.matter} ${effect.ordinal}`);
    }
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'CONFLICT') throw error;
  }
  expect(JSON.stringify(before)).toBe(text); // what was is not touched
  check(real.plan, seen);
}

function check(plan: TenderPlan, seen: Seen): void {
  const of = (state: string) => plan.offers.filter((offer) => offer.state === state);
  expect(of('ACCEPTED').length).toBe(plan.state === 'ACCEPTED' ? 1 : 0);
  expect(of('OPEN').length).toBe(plan.state === 'OPEN' ? 1 : 0);
  expect(seen.given).toBe(of('ACCEPTED').length); // never two, and given and taken back in turn
  expect(plan.offers.map(({ carrier }) => carrier)).toEqual(plan.candidates.slice(0, plan.offers.length).map(({ carrier }) => carrier));
  if (plan.state === 'EXHAUSTED') expect(plan.offers.length).toBe(plan.candidates.length);
  expect(nextDeadline(plan) === null).toBe(plan.state !== 'OPEN' && !plan.offers.some((offer) => offer.state === 'ACCEPTED' && offer.acceptedRevision! < offer.revision && offer.alarmed !== offer.revision));
  for (const offer of plan.offers) {
    expect(new Set(offer.answers.map(({ key }) => key)).size).toBe(offer.answers.length);
    const accepted = offer.answers.filter(({ said }) => said === 'ACCEPTED');
    // An acceptance got the load, was overtaken, or people or the carrier know of it.
    for (const { effect } of accepted) {
      if (effect === 'LATE') expect(seen.raised.has(`LATE_ACCEPTANCE ${offer.ordinal}`), 'people know of a late acceptance').toBe(true);
      if (effect === 'GIVEN_AWAY') expect(seen.sends.some((send) => send.ordinal === offer.ordinal && send.purpose === 'CANCEL'), 'who lost is told').toBe(true);
    }
    if (plan.state === 'ACCEPTED') expect(offer.answers.every(({ effect }) => effect !== 'LATE'), 'nobody waits for a load that is given').toBe(true);
    expect(seen.sends.filter((send) => send.ordinal === offer.ordinal && send.purpose === 'ORIGINAL').length).toBe(1);
    if (offer.state === 'WITHDRAWN' || offer.state === 'SKIPPED') expect(seen.sends.some((send) => send.ordinal === offer.ordinal && send.purpose === 'CANCEL')).toBe(true);
  }
}

class Take implements fc.Command<Seen, Real> {
  constructor(readonly name: string, readonly step: (seen: Seen, plan: TenderPlan) => TenderStep | null, readonly aheadMs: number) {}
  check = () => true;
  run(seen: Seen, real: Real): void {
    seen.nowMs += this.aheadMs;
    const step = this.step(seen, real.plan);
    if (step !== null) take(real, seen, step);
  }
  toString = () => `${this.name} after ${this.aheadMs / minuteMs} min`;
}

/** The process ends, and another one goes on from what is stored. */
class Restart implements fc.Command<Seen, Real> {
  check = () => true;
  run(_: Seen, real: Real): void {
    real.plan = JSON.parse(JSON.stringify(real.plan)) as TenderPlan;
  }
  toString = () => 'restart';
}

const ahead = fc.integer({ min: 0, max: 40 }).map((minutes) => minutes * minuteMs);
const answer = fc.record({ carrier: fc.nat(2), accepts: fc.boolean(), via: fc.constantFrom('EDI' as const, 'PORTAL' as const), behind: fc.nat(1), delay: fc.nat(20), order: fc.nat(20), again: fc.boolean(), ahead })
  .map(({ carrier, accepts, via, behind, delay, order, again, ahead: aheadMs }) => new Take(`${carriers[carrier]} ${accepts ? 'accepts' : 'declines'} by ${via}${again ? ' twice' : ''}`, (seen, plan) => {
    const offer = plan.offers[carrier];
    if (offer === undefined) return null;
    const last = offer.answers.at(-1);
    if (again && last !== undefined) return { do: 'answer', ordinal: carrier, key: last.key, said: last.said, via: last.via, at: last.at, revision: last.revision };
    return {
      do: 'answer', ordinal: carrier, key: `k${seen.serial++}`, said: accepts ? 'ACCEPTED' : 'DECLINED', via, at: new Date(seen.nowMs - delay * minuteMs).toISOString(), revision: Math.max(1, offer.revision - behind), ...(via === 'EDI' ? { order } : {}),
    };
  }, aheadMs));
const plain = (name: string, step: TenderStep) => ahead.map((aheadMs) => new Take(name, () => step, aheadMs));
const commands = [
  answer, plain('deadline', { do: 'deadline' }), plain('skip', { do: 'skip' }), plain('change', { do: 'change' }), plain('withdraw', { do: 'withdraw' }), fc.constant(new Restart()),
  fc.tuple(fc.nat(2), ahead).map(([ordinal, aheadMs]) => new Take(`award ${carriers[ordinal]}`, (_, plan) => (plan.offers[ordinal] === undefined ? null : { do: 'award', ordinal }), aheadMs)),
];

const fresh = (minutes = 30) => startTender({ load: 'L1', candidates: carriers.map((carrier, index) => ({ carrier, channel: index === 0 ? 'EDI' : 'PORTAL', minutes, ...(index === 0 ? { connection: 'x' } : {}) })) }, t0);

describe('a tender', () => {
  it('gives a load to one carrier at most, asks all in their order, and loses no answer', () => {
    fc.assert(fc.property(fc.commands(commands, { maxCommands: 40 }), (steps) => {
      fc.modelRun(() => {
        const { plan, effects } = fresh();
        const model: Seen = { nowMs: t0, serial: 0, sends: effects.filter((effect) => effect.kind === 'SEND'), raised: new Map(), given: 0 };
        return { model, real: { plan } };
      }, steps);
    }), { numRuns: 1_000 });
  });

  it('is the same however often an answer is repeated, and by whichever way first', () => {
    const accept = (via: 'EDI' | 'PORTAL', key: string): TenderStep => ({ do: 'answer', ordinal: 0, key, said: 'ACCEPTED', via, at: new Date(t0 + minuteMs).toISOString(), revision: 1 });
    for (const order of [['EDI', 'PORTAL'], ['PORTAL', 'EDI']] as const) {
      let { plan } = fresh();
      for (const via of [...order, ...order]) ({ plan } = stepTender(plan, accept(via, via), t0 + 2 * minuteMs));
      expect([plan.state, plan.offers.map(({ state }) => state), plan.offers[0]!.answers.map(({ effect }) => effect)]).toEqual(['ACCEPTED', ['ACCEPTED'], ['TAKEN', 'REPEATED']]);
    }
  });

  it('takes an answer that came in time although it is read after the deadline, and leaves one that came later to people', () => {
    const { plan } = fresh();
    const deadlineMs = Date.parse(plan.offers[0]!.deadlineAt);
    const accept = (atMs: number): TenderStep => ({ do: 'answer', ordinal: 0, key: 'k', said: 'ACCEPTED', via: 'EDI', at: new Date(atMs).toISOString(), revision: 1 });
    expect(stepTender(plan, accept(deadlineMs), deadlineMs + 5 * minuteMs).plan.state).toBe('ACCEPTED');
    const late = stepTender(plan, accept(deadlineMs + 1), deadlineMs + 5 * minuteMs);
    expect(late.plan.offers.map(({ state }) => state)).toEqual(['EXPIRED', 'OPEN']);
    expect(late.effects).toContainEqual({ kind: 'RAISE', matter: 'LATE_ACCEPTANCE', ordinal: 0 });
    // Somebody else takes it before people decide: the first is told.
    const taken = stepTender(late.plan, { do: 'answer', ordinal: 1, key: 'p', said: 'ACCEPTED', via: 'PORTAL', at: new Date(deadlineMs + 6 * minuteMs).toISOString(), revision: 1 }, deadlineMs + 6 * minuteMs);
    expect(taken.effects).toEqual([{ kind: 'ACCEPTED', ordinal: 1 }, { kind: 'SETTLE', matter: 'LATE_ACCEPTANCE', ordinal: 0 }, { kind: 'SEND', purpose: 'CANCEL', ordinal: 0, revision: 1 }]);
  });

  it('keeps the carrier of a load that changed, and asks it to confirm the change', () => {
    const accepted = stepTender(fresh().plan, { do: 'answer', ordinal: 0, key: 'a', said: 'ACCEPTED', via: 'EDI', at: new Date(t0).toISOString(), revision: 1 }, t0).plan;
    const changed = stepTender(accepted, { do: 'change' }, t0 + minuteMs);
    expect(changed.effects).toEqual([{ kind: 'SEND', purpose: 'CHANGE', ordinal: 0, revision: 2 }]);
    expect(changed.plan.offers[0]).toMatchObject({ state: 'ACCEPTED', revision: 2, acceptedRevision: 1 });
    const unanswered = stepTender(changed.plan, { do: 'deadline' }, t0 + 60 * minuteMs);
    expect(unanswered.effects).toEqual([{ kind: 'RAISE', matter: 'CHANGE_UNCONFIRMED', ordinal: 0 }]);
    const declined = stepTender(unanswered.plan, { do: 'answer', ordinal: 0, key: 'd', said: 'DECLINED', via: 'EDI', at: new Date(t0 + 61 * minuteMs).toISOString(), revision: 2 }, t0 + 61 * minuteMs);
    expect(declined.plan.offers.map(({ state }) => state)).toEqual(['DECLINED', 'OPEN']);
    expect(declined.effects.map((effect) => effect.kind)).toEqual(['RELEASED', 'SETTLE', 'RAISE', 'SEND']);
  });
});
