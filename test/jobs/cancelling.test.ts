import type { Partner } from '../../src/jobs/tasks/bookings/partners.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Transaction } from '../../src/db/database.js';
import { findCommand } from '../../src/events/commands.js';
import { acceptBooking, acceptCancellation, type Asker } from '../../src/jobs/tasks/bookings/accept.js';
import { BookingRequests } from '../../src/jobs/tasks/bookings/commands.js';
import { acceptRequests, type ToldRequest } from '../../src/jobs/tasks/bookings/requests.js';
import { raiseGivenUp } from '../../src/jobs/tasks/outbound/matters.js';
import { redriveCommands, replayCommand, retryCommand } from '../../src/jobs/tasks/outbound/leave.js';
import { perform } from '../../src/jobs/tasks/outbound/perform.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { referenceKey } from '../../src/model/references.js';
import { applyLinks } from '../../src/projections/links.js';
import type { FreightWish } from '../../src/model/requests.js';
import { commandOfRequest } from '../../src/model/requests.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { overlapping } from '../support/overlapping.js';
import { bookingInput } from '../support/parcel-sandbox.js';

const by = { subject: 'somebody', role: 'operator' } as const;

describeOnEachDatabase('cancelling a booking', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  beforeAll(async () => {
    services = await testServices(kind);
    await services.connections.add({ id: 'ep', connector: 'easypost', company: 'main', settings: {}, secrets: { webhookSecret: 'whsec_test', apiKey: 'EZTK' } });
  });
  afterAll(() => services?.remove());

  const asker = (): Asker => ({ company: 'main', requestedBy: 'test', idempotencyKey: uuidv7(), correlationId: uuidv7() });
  const input = () => ({ ...bookingInput(), service: { carrier: 'UPS', code: 'Ground' } });
  const book = () => services.database.transaction((tx) => acceptBooking(tx, services.tasks.bodies, 'ep', input(), asker())).then(({ id }) => id);
  const cancel = (id: string) => services.database.transaction((tx) => acceptCancellation(tx, services.tasks.bodies, id, asker()));
  const found = async (id: string) => (await findCommand(services.database.kysely, id))!;
  const make = (id: string, state: 'DEAD' | 'WAITING' | 'PARTIAL' | 'CALLING', memory: Uint8Array | null) => services.database.kysely.updateTable('command').set({ state, memory, attempts: 1 }).where('id', '=', id).execute();
  const somethingBegun = Buffer.from('something');

  it('of which nothing was begun has it not happen, however it stands', async () => {
    const [queued, waiting] = [await book(), await book()];
    await make(waiting, 'WAITING', null);
    for (const id of [queued, waiting]) {
      expect(await cancel(id)).toMatchObject({ command: id, duplicate: false });
      expect(await cancel(id)).toMatchObject({ command: id, duplicate: true });
      expect((await found(id)).state).toBe('CANCELLED');
    }
  });

  it('that was given up takes it out of reach of who tries all again, and closes its exception', async () => {
    const [unbegun, begun] = [await book(), await book()];
    for (const id of [unbegun, begun]) {
      await make(id, 'DEAD', id === begun ? somethingBegun : null);
      const command = await found(id);
      await services.database.transaction((tx) => raiseGivenUp(tx, [{ command, reason: 'AGE', message: 'late' }]));
    }
    const first = await cancel(unbegun);
    expect(first).toMatchObject({ command: unbegun, events: [{ type: 'exception.resolved' }] });
    const second = await cancel(begun);
    expect(await found(second.command)).toMatchObject({ kind: 'booking.cancel', connection: 'ep', order_key: `booking:${begun}`, state: 'QUEUED' });
    expect(await redriveCommands(services.tasks, {}, 60, by, '*')).toBe(0);
    for (const id of [unbegun, begun]) await expect(retryCommand(services.tasks, id, by, '*')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('that came out in part, or fails once its cancellation waits, is followed by one that undoes it, and nobody tries it again', async () => {
    const [part, underway] = [await book(), await book()];
    await make(part, 'PARTIAL', somethingBegun);
    await make(underway, 'CALLING', null);
    for (const id of [part, underway]) {
      const { command } = await cancel(id);
      expect((await found(command)).kind).toBe('booking.cancel');
      if (id === underway) await make(id, 'DEAD', null);
      await expect(retryCommand(services.tasks, id, by, '*')).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    expect(await redriveCommands(services.tasks, {}, 60, by, '*')).toBe(0);
  });

  it('that was done is undone also where what it remembered is past its retention: then the carrier’s connector says that it cannot', async () => {
    const id = await book();
    await services.database.kysely.updateTable('command').set({ state: 'DONE', attempts: 1, input: null, memory: null }).where('id', '=', id).execute();
    const { command } = await cancel(id);
    expect((await found(command)).kind).toBe('booking.cancel');
    const attempted = await perform(services.tasks, { ...(await found(command)), attempt_id: uuidv7(), connection: 'ep' }, uuidv7(), { timeoutMs: 1_000, attempts: 8 });
    expect(attempted).toMatchObject({ ended: 'failed', error: { kind: 'invalid', message: expect.stringContaining('not known any more') } });
  });

  it('that was accepted anew with another input cancels what stands in its place, in its order', async () => {
    const [old, other] = [await book(), await book()];
    for (const id of [old, other]) await make(id, 'DEAD', null);
    const [replacement, underway] = [await replayCommand(services.tasks, old, input(), by, '*'), await replayCommand(services.tasks, other, input(), by, '*')];
    expect(await cancel(old)).toMatchObject({ command: replacement, duplicate: false });
    expect((await found(replacement)).state).toBe('CANCELLED');
    await make(underway, 'CALLING', null);
    const { command } = await cancel(other);
    expect((await found(command)).order_key).toBe((await found(underway)).order_key);
  });

  const told = (wish: FreightWish): ToldRequest => ({
    fact: { type: 'request.reported', reference: { kind: 'odoo.delivery', issuer: 'odoo', value: '7' }, payload: wish } as ToldRequest['fact'],
    context: { connection: 'odoo', connector: 'odoo', company: 'main', rawId: uuidv7(), correlationId: uuidv7(), recordedAt: new Date().toISOString() } as ToldRequest['context'],
  });
  const partner = { connection: { id: 'ep', settings: {} }, connector: {} } as unknown as Partner;
  const tell = (wish: FreightWish) => services.database.transaction((tx) => acceptRequests(tx, services.tasks.bodies, [told(wish)], new Map([['main', [partner]]])));
  const booked = (requestId: string): FreightWish => ({ kind: 'BOOK', requestId, freight: bookingInput(), service: { carrier: 'UPS', code: 'Ground' } });

  it('that is read before what asks for the booking keeps it from ever happening', async () => {
    expect(await tell({ kind: 'CANCEL', requestId: 'c-1', cancels: 'b-1' })).toMatchObject([{ type: 'exception.raised' }]);
    expect(await tell(booked('b-1'))).toEqual([]);
    expect(await found(commandOfRequest('odoo', 'b-1'))).toMatchObject({ state: 'CANCELLED', attempts: 0, subject: 'odoo.delivery:odoo:7', idempotency_key: 'b-1', requested_by: 'odoo' });
    // One that takes the place of another, read before it.
    expect(await tell({ ...booked('b-3'), replaces: 'b-2' } as FreightWish)).toEqual([]);
    expect(await tell(booked('b-2'))).toEqual([]);
    expect((await found(commandOfRequest('odoo', 'b-2'))).state).toBe('CANCELLED');
    expect((await found(commandOfRequest('odoo', 'b-3'))).state).toBe('QUEUED');
  });

  it.runIf(kind === 'postgres')('that Odoo asks for is seen by who books the same at this moment, under whichever name, be it linked at this moment, before or never', async () => {
    const odoo = { kind: 'odoo.delivery', issuer: 'odoo', value: '8' } as const;
    const named = { kind: 'delivery_name', issuer: '*', value: 'WH/OUT/8' } as const;
    const unknown = { kind: 'odoo.delivery', issuer: 'odoo', value: '9' } as const;
    const link = { version: 1, company: 'main', connection: 'odoo', factKey: '', contentHash: '', occurredAt: new Date().toISOString(), recordedAt: new Date().toISOString(), correlationId: uuidv7(), causationId: null, position: 1 } as const;
    const shipmentId = uuidv7();
    const linkAll = (tx: Transaction) => applyLinks(tx, [
      { ...link, type: 'shipment.registered', subject: `shipment:${shipmentId}`, payload: {} },
      ...[odoo, named].map((reference) => ({ ...link, type: 'reference.linked' as const, subject: referenceKey(reference), payload: { reference, shipmentId, sequence: 1 } })),
    ]);
    const bookings = new BookingRequests(services.tasks);
    for (const [inOdoo, here, before] of [[odoo, named, linkAll], [odoo, named], [unknown, unknown]] as const) {
      const wish: FreightWish = { kind: 'BOOK', requestId: uuidv7(), freight: bookingInput({ references: [inOdoo] }), service: { carrier: 'UPS', code: 'Ground' } };
      const [second] = await overlapping(services.database, async (tx) => {
        await before?.(tx);
        await acceptRequests(tx, services.tasks.bodies, [told(wish)], new Map([['main', [partner]]]));
      }, [() => bookings.book({ ...input(), references: [here] }, {}, asker())]);
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'ALREADY_BOOKED' } });
    }
  });
});
