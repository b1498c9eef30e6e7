import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/lib/json.js';
import { odooChangeTopics } from '../../src/model/commands.js';
import { changesFor, changesOf, cutOffsWanted, laneOf, takingBack, wantedOf, type Told, type Wanted, type WriteBackMilestone, type WriteBackPolicy, type WriteBackState } from '../../src/model/write-back.js';

const policy: WriteBackPolicy = { topics: odooChangeTopics, milestones: null, stages: ['dispatch', 'delivery', 'pod'], severity: 'MEDIUM', validate: 'never', shortage: 'backorder', shortageMinutes: 15, scheduled: 'both' };
const digest = ({ topic, values }: Wanted) => canonicalJson([topic, values]);

function milestone(id: string, code: WriteBackMilestone['code'], hour: number, change: Partial<WriteBackMilestone> = {}): WriteBackMilestone {
  return { id, code, classifier: 'ACTUAL', occurredAt: `2026-11-20T${String(hour).padStart(2, '0')}:00:00.000Z`, recordedAt: '2026-11-21T00:00:00.000Z', zone: 'UTC', place: null, text: null, connection: 'easypost', carrier: 'FEDEX', package: null, ...change };
}

function state(change: Partial<WriteBackState> = {}): WriteBackState {
  return {
    connection: 'erp', transfer: { direction: 'OUTGOING', state: 'assigned' }, shipment: { status: 'IN_TRANSIT', estimatedAt: null, promisedAt: null, deliveredAt: null },
    milestones: [], exceptions: [], bookings: [], cancelledBookings: [], failedCancellations: [], failedBookings: [], documents: [], appointments: [], visits: [], fulfilment: null, confirmations: [], progress: [], handled: null, isShortageAccepted: false, shortageAgeMs: null, ...change,
  };
}

const byKey = (wanted: readonly Wanted[]): Record<string, Record<string, unknown>> => Object.fromEntries(wanted.map(({ key, topic, values }) => [key, { topic, ...values }]));
const delivered = state({
  shipment: { status: 'DELIVERED', estimatedAt: null, promisedAt: null, deliveredAt: '2026-11-20T15:00:00.000Z' },
  milestones: [milestone('m1', 'PICKED_UP', 9), milestone('m2', 'DELIVERED', 15, { text: 'Left at dock' })],
});
const pod = { id: 'd1', kind: 'POD', format: 'PDF', package: null, sha256: 'x' };

describe('what has to stand on a transfer', () => {
  it('is its timeline, its status since the last of it, and when it was delivered', () => {
    expect(byKey(wantedOf(delivered, policy))).toMatchObject({
      'milestone:m1': { topic: 'milestone', code: 'PICKED_UP', source: 'FEDEX' }, 'milestone:m2': { topic: 'milestone', text: 'Left at dock' },
      status: { status: 'DELIVERED', raw: 'Left at dock', at: '2026-11-20T15:00:00.000Z' }, delivered: { at: '2026-11-20T15:00:00.000Z' }, hold: { policy: 'delivery', at: '2026-11-20T15:00:00.000Z' },
    });
  });

  it('is nothing of what Odoo reported itself, so that nothing goes back and forth', () => {
    expect(wantedOf({ ...delivered, milestones: delivered.milestones.map((each) => ({ ...each, connection: 'erp' })) }, policy)).toEqual([]);
  });

  it('is none of the milestones that say nothing, unless they are chosen', () => {
    const said = state({ milestones: [milestone('a', 'INFO', 1), milestone('b', 'ETA_UPDATED', 2), milestone('c', 'LOADED', 3)] });
    const keys = (of: WriteBackPolicy) => wantedOf(said, of).filter(({ topic }) => topic === 'milestone').map(({ key }) => key);
    expect(keys(policy)).toEqual(['milestone:c']);
    expect(keys({ ...policy, milestones: ['ETA_UPDATED'] })).toEqual(['milestone:b']);
  });

  it('is late when it is expected after it was promised', () => {
    const expected = (estimatedAt: string) => byKey(wantedOf(state({ shipment: { status: 'IN_TRANSIT', estimatedAt, promisedAt: '2026-11-22T12:00:00.000Z', deliveredAt: null } }), policy))['estimate'];
    expect([expected('2026-11-22T12:00:00.000Z'), expected('2026-11-22T12:00:01.000Z')]).toMatchObject([{ promised_late: false }, { promised_late: true }]);
  });

  it('releases billing at the stage that is reached: taken by the carrier, delivered, proven', () => {
    const stage = (of: WriteBackState, chosen = policy) => byKey(wantedOf(of, chosen))['hold']?.['policy'];
    expect(stage(state({ milestones: [milestone('a', 'INFO_RECEIVED', 1), milestone('b', 'LOADED', 2), milestone('c', 'DELAYED', 2)] }))).toBeUndefined();
    expect(stage(state({ milestones: [milestone('a', 'IN_TRANSIT', 1)] }))).toBe('dispatch');
    expect(stage(state({ milestones: [milestone('a', 'IN_TRANSIT', 1, { classifier: 'PLANNED' })] }))).toBeUndefined();
    expect(stage({ ...delivered, documents: [pod] })).toBe('pod');
    expect(stage({ ...delivered, milestones: [...delivered.milestones, milestone('p', 'POD_AVAILABLE', 9)] })).toBe('pod');
    expect(stage(state({ milestones: [milestone('a', 'IN_TRANSIT', 1)], documents: [pod] }))).toBe('dispatch');
    expect(stage({ ...delivered, documents: [pod] }, { ...policy, stages: ['dispatch'] })).toBe('dispatch');
  });

  it('has the numbers and the cost of each booking that stands, and says what could not be booked', () => {
    const booking = { id: 'b1', state: 'PARTIAL', carrier: 'UPS', price: { amount: '12.50', currency: 'EUR' }, packages: [{ id: 'PACK1', trackingNumber: '1Z1' }, { id: 'PACK2', error: 'Too heavy' }] };
    expect(byKey(wantedOf(state({ bookings: [booking, { ...booking, id: 'b2', state: 'CANCELLED', packages: [] }], failedBookings: [{ command: 'c1', message: 'No such street', isRetryable: false }] }), policy))).toEqual({
      'tracking:b1': { topic: 'tracking', booking: 'b1', carrier: 'UPS', packages: [{ package: 'PACK1', number: '1Z1', url: null }] },
      'cost:b1': { topic: 'cost', booking: 'b1', amount: '12.50', currency: 'EUR' },
      'tracking:b2': { topic: 'tracking', booking: 'b2', packages: [] },
      'label_failed:b1': { topic: 'label_failed', booking: 'b1', reason: 'PACK2: Too heavy', retryable: false },
      'label_failed:c1': { topic: 'label_failed', booking: 'c1', reason: 'No such street', retryable: false },
    });
  });

  it('says of a booking that was called off before anything was begun that it is cancelled, by the request of Odoo', () => {
    expect(wantedOf(state({ cancelledBookings: [{ command: 'c1', request: 'r1' }, { command: 'c2', request: null }] }), policy)).toEqual([
      { key: 'cancelled:c1', topic: 'tracking', values: { booking: 'c1', request: 'r1', packages: [] } }, { key: 'cancelled:c2', topic: 'tracking', values: { booking: 'c2', packages: [] } },
    ]);
  });

  it('has the numbers of a booking that the carrier would not cancel, and says so', () => {
    const booking = { id: 'b1', state: 'CANCEL_REQUESTED', carrier: 'UPS', price: null, packages: [{ id: 'PACK1', trackingNumber: '1Z1' }] };
    expect(byKey(wantedOf(state({ bookings: [booking] }), policy))).toEqual({ 'tracking:b1': { topic: 'tracking', booking: 'b1', packages: [] } });
    expect(byKey(wantedOf(state({ bookings: [booking], failedCancellations: [{ command: 'c9', booking: 'b1', message: 'Already scanned' }] }), policy))).toEqual({
      'tracking:b1': { topic: 'tracking', booking: 'b1', carrier: 'UPS', packages: [{ package: 'PACK1', number: '1Z1', url: null }] },
      'not_cancelled:c9': { topic: 'exception', uid: 'c9', kind: 'CANCEL_FAILED', severity: 'HIGH', title: 'The carrier did not cancel the booking', detail: 'Already scanned', booking: 'b1' },
    });
  });

  it('has labels apart from other documents, and no manifest', () => {
    const kinds = ['LABEL', 'RETURN_LABEL', 'POD', 'MANIFEST'].map((kind) => ({ ...pod, id: kind, kind }));
    expect(byKey(wantedOf(state({ documents: kinds }), policy))).toMatchObject({
      'document:LABEL': { topic: 'label', return: false }, 'document:RETURN_LABEL': { topic: 'label', return: true }, 'document:POD': { topic: 'document', kind: 'POD' },
    });
    expect(wantedOf(state({ documents: kinds }), policy)).toHaveLength(3);
  });

  it('has open exceptions that are grave enough, and never that a command failed: to tell it would fail as well', () => {
    const exception = (kind: string, severity: 'LOW' | 'HIGH') => ({ id: `${kind}-${severity}`, kind, severity, title: 't', detail: 'd' });
    const open = state({ exceptions: [exception('MILESTONE', 'LOW'), exception('MILESTONE', 'HIGH'), exception('COMMAND_FAILED', 'HIGH'), exception('NOT_RELEASED', 'HIGH')] });
    expect(wantedOf(open, policy).map(({ key }) => key)).toEqual(['exception:MILESTONE-HIGH']);
    expect(wantedOf(open, { ...policy, severity: 'LOW' })).toHaveLength(2);
  });

  it('has the appointment that is last', () => {
    const at = (startsAt: string) => ({ id: startsAt, startsAt, dock: 'D1', state: 'SCHEDULED', direction: 'UNKNOWN', carrier: null });
    expect(byKey(wantedOf(state({ appointments: [at('2026-11-22T10:00:00.000Z'), at('2026-11-21T10:00:00.000Z')] }), policy))['appointment']).toMatchObject({ at: '2026-11-22T10:00:00.000Z', dock: 'D1' });
  });

  it('validates a delivery that the carrier has, where that is chosen, and never a receipt', () => {
    const topics = (of: WriteBackState, validate: 'never' | 'dispatch') => wantedOf(of, { ...policy, validate }).map(({ topic }) => topic);
    expect(topics(delivered, 'dispatch')).toContain('validate');
    expect(topics(delivered, 'never')).not.toContain('validate');
    expect(topics({ ...delivered, transfer: { direction: 'INCOMING', state: 'assigned' } }, 'dispatch')).not.toContain('validate');
    expect(topics(state({ milestones: [milestone('a', 'INFO_RECEIVED', 1), milestone('b', 'PICKED_UP', 2, { classifier: 'ESTIMATED' })] }), 'dispatch')).not.toContain('validate');
    // What is reserved there is what went out: no lines, and a backorder for the rest.
    expect(byKey(wantedOf(state({ milestones: [milestone('a', 'PICKED_UP', 1)] }), { ...policy, validate: 'dispatch' }))['validate']).toEqual({ topic: 'validate', lines: [], backorder: true });
  });

  it('has the cut-offs of its place in one statement, the same for every order of rows', () => {
    const row = (carrier: string, service: string | null, at: string) => ({ carrier, service, at, zone: 'Europe/Berlin', weekdays: [1, 2, 3] });
    const rows = [row('UPS', null, '17:00'), row('FEDEX', 'GROUND', '16:30'), row('FEDEX', null, '16:00')];
    const [wanted] = cutOffsWanted(rows);
    expect(cutOffsWanted([...rows].reverse())).toEqual([wanted]);
    expect(wanted).toMatchObject({ key: 'cutoff', topic: 'cutoff', values: { cutoffs: expect.arrayContaining([{ carrier: 'FEDEX', service: 'GROUND', time: '16:30', zone: 'Europe/Berlin', days: [1, 2, 3] }]) } });
    expect(cutOffsWanted([])).toEqual([]);
    expect(takingBack('cutoff')).toMatchObject({ topic: 'cutoff', values: { cutoffs: [] } });
  });

  it('goes back as far as its topics are chosen', () => {
    expect(new Set(wantedOf(delivered, { ...policy, topics: ['status', 'release_hold'] }).map(({ topic }) => topic))).toEqual(new Set(['status', 'release_hold']));
  });

  it('what moves freight or money is no report', () => {
    expect(odooChangeTopics.filter((topic) => laneOf(topic) === 'DISPATCH')).toEqual(['tracking', 'label', 'label_failed', 'validate', 'release_hold']);
  });
});

describe('what the warehouse confirmed at the dock', () => {
  const fulfilment = (change: Partial<NonNullable<WriteBackState['fulfilment']>> = {}) => ({ state: 'COMPLETE' as const, moved: [{ productId: '7', quantity: '10', unit: 'Units', lot: null }], short: [], over: [], unknown: [], damaged: [], ...change });
  const short = fulfilment({ state: 'SHORT', short: [{ sku: 'A', asked: '12', confirmed: '10' }] });
  const validation = (change: Partial<WriteBackState>, of: Partial<WriteBackPolicy> = {}) => byKey(wantedOf(state({ transfer: { direction: 'INCOMING', state: 'assigned' }, shortageAgeMs: 10 ** 9, ...change }), { ...policy, validate: 'confirmation', ...of }))['validate'];

  it('validates the transfer where nothing differs', () => {
    expect(validation({ fulfilment: fulfilment(), handled: { open: [], isFinal: true } })).toMatchObject({ lines: [{ product_id: 7, quantity: 10 }], backorder: true });
  });

  it('waits for a person where something differs, whatever becomes of shortages otherwise', () => {
    expect(validation({ fulfilment: short, handled: { open: ['SHORT_RECEIVED'], isFinal: true } })).toBeUndefined();
    expect(validation({ fulfilment: short, handled: { open: [], isFinal: true } }, { shortage: 'cancel' })).toMatchObject({ backorder: false });
    expect(validation({ fulfilment: fulfilment(), handled: { open: ['HANDLING_REMARK'], isFinal: true } })).toBeUndefined();
    const over = fulfilment({ state: 'REVIEW', over: [{ sku: 'A', asked: '8', confirmed: '10' }] });
    expect(validation({ fulfilment: over, handled: { open: ['OVER_RECEIVED'], isFinal: true } })).toBeUndefined();
    expect(validation({ fulfilment: over, handled: { open: [], isFinal: true } })).toMatchObject({ over: true });
  });

  it('waits for the rest as long as more is to come', () => {
    expect(validation({ fulfilment: fulfilment({ state: 'OPEN', short: short.short }), handled: { open: [], isFinal: false } })).toBeUndefined();
  });

  it('is progress before, which is gone when nothing is counted any more', () => {
    const progress = [{ productId: '7', name: 'Crate', counted: '4', expected: '10', unit: 'Units' }, { productId: null, name: 'PALLET', counted: '1', expected: null, unit: 'PALLET' }];
    expect(byKey(wantedOf(state({ progress }), policy))['progress']).toEqual({ topic: 'progress', lines: [{ product_id: 7, name: 'Crate', counted: 4, expected: 10, unit: 'Units' }, { name: 'PALLET', counted: 1, unit: 'PALLET' }] });
    const first = changesFor({}, state({ progress }), policy, digest);
    expect(changesFor(first.told, state(), policy, digest).changes).toMatchObject([{ key: 'progress', revision: 2, values: { lines: [] } }]);
  });
});

describe('what has to be told', () => {
  const changes = (before: Told, of: WriteBackState, chosen = policy) => changesFor(before, of, chosen, digest);

  it('is what differs from what was told, each time under a higher revision', () => {
    const first = changes({}, delivered);
    expect(first.changes).toHaveLength(5);
    expect(first.changes.every(({ revision }) => revision === 1)).toBe(true);
    expect(changes(first.told, delivered)).toEqual({ changes: [], told: first.told });
    const returned = changes(first.told, { ...delivered, shipment: { ...delivered.shipment, status: 'RETURNED', deliveredAt: null } });
    expect(returned.changes).toMatchObject([{ key: 'status', revision: 2, values: { status: 'RETURNED' } }, { key: 'hold', revision: 2, values: { policy: 'dispatch' } }, { key: 'delivered', revision: 2, values: { at: null } }]);
  });

  it('takes back what holds no more, once, and tells it again when it holds again', () => {
    const first = changes({}, delivered);
    const gone = changes(first.told, state());
    expect(byKey(gone.changes)).toMatchObject({ 'milestone:m1': { uid: 'm1', retracted: true }, status: { status: 'UNKNOWN' }, delivered: { at: null }, hold: { policy: 'none' } });
    expect(changes(gone.told, state()).changes).toEqual([]);
    const again = changes(gone.told, delivered);
    expect(again.changes).toHaveLength(first.changes.length);
    expect(again.changes.every(({ revision }) => revision === 3)).toBe(true);
  });

  it('is nothing where something is no longer chosen, or the transfer was cancelled: it stays as it was told', () => {
    const first = changes({}, delivered);
    expect(changes(first.told, delivered, { ...policy, topics: ['cost'], milestones: ['LOADED'], stages: [] }).changes).toEqual([]);
    expect(changes(first.told, state({ transfer: { direction: 'OUTGOING', state: 'cancel' } })).changes).toEqual([]);
  });

  it('of a transfer that was cancelled is what becomes of its booking, and nothing else', () => {
    const booking = { id: 'b1', state: 'BOOKED', carrier: 'UPS', price: { amount: '12.50', currency: 'EUR' }, packages: [{ id: 'PACK1', trackingNumber: '1Z1' }] };
    const cancelled = (change: Partial<WriteBackState>) => state({ transfer: { direction: 'OUTGOING', state: 'cancel' }, ...change });
    const first = changes({}, { ...delivered, bookings: [booking] });
    expect(changes(first.told, cancelled({ bookings: [booking] })).changes).toEqual([]);
    const confirmed = changes(first.told, cancelled({ bookings: [{ ...booking, state: 'CANCELLED' }] }));
    expect(byKey(confirmed.changes)).toEqual({ 'tracking:b1': { topic: 'tracking', booking: 'b1', packages: [] }, 'cost:b1': { topic: 'cost', booking: 'b1', amount: null } });
    const refused = changes(first.told, cancelled({ bookings: [booking], failedCancellations: [{ command: 'c9', booking: 'b1', message: 'Already scanned' }] }));
    expect(refused.changes).toMatchObject([{ key: 'not_cancelled:c9', topic: 'exception', values: { booking: 'b1' } }]);
    const inTheEnd = changes(refused.told, cancelled({ bookings: [{ ...booking, state: 'CANCELLED' }] }));
    expect(inTheEnd.changes).toMatchObject([{ key: 'tracking:b1', revision: 2 }, { key: 'cost:b1', revision: 2 }, { key: 'not_cancelled:c9', topic: 'exception_closed', values: { uid: 'c9' } }]);
    expect(changes({}, cancelled({ bookings: [booking], cancelledBookings: [{ command: 'c1', request: 'r1' }] })).changes.map(({ key }) => key)).toEqual(['tracking:b1', 'cancelled:c1']);
  });

  it('of a booking that was cancelled does not depend on how long its command is kept', () => {
    const first = changes({}, state({ cancelledBookings: [{ command: 'c1', request: 'r1' }] }));
    expect(first.changes).toHaveLength(1);
    expect(changes(first.told, state()).changes).toEqual([]);
  });

  it('a file and a validation cannot be taken back, and are told once', () => {
    const wanted: Wanted[] = [{ key: 'document:d1', topic: 'label', values: {} }, { key: 'validate', topic: 'validate', values: {} }];
    const first = changesOf({}, wanted, new Set(), digest);
    const gone = changesOf(first.told, [], new Set(), digest);
    expect(gone.changes).toEqual([]);
    expect(changesOf(gone.told, wanted, new Set(), digest).changes).toEqual([]);
  });

  it('of a key with colons the whole rest is the name', () => {
    expect(takingBack('tracking:a:b')).toMatchObject({ values: { booking: 'a:b' } });
  });

  it('leaves the same in Odoo whichever way it came about and in whichever order it is carried out', () => {
    const states = fc.array(fc.dictionary(fc.constantFrom('status', 'milestone:1', 'milestone:2', 'exception:1', 'hold'), fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(states, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (steps, draws) => {
      let told: Told = {};
      const made = steps.flatMap((step) => {
        const next = changesOf(told, Object.entries(step).map(([key, value]): Wanted => ({ key, topic: 'status', values: { value } })), new Set(Object.keys(step)), digest);
        told = next.told;
        return next.changes;
      });
      const shuffled = made.map((change) => ({ change, at: draws.next().value as number })).sort((a, b) => a.at - b.at).map(({ change }) => change);
      const odoo = new Map<string, (typeof made)[number]>();
      for (const change of shuffled) if ((odoo.get(change.key)?.revision ?? 0) < change.revision) odoo.set(change.key, change);
      const last = steps.at(-1)!;
      for (const key of Object.keys(last)) expect(odoo.has(key)).toBe(true);
      for (const [key, change] of odoo) expect(change.values).toEqual(key in last ? { value: last[key] } : takingBack(key)!.values);
    }));
  });
});
