import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Access, OutboundCommand, Performed, RawMessage } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { uuidOfName } from '../../src/lib/ids.js';
import type { CommandKind, FreightRequest } from '../../src/model/commands.js';
import { noApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import type { SimulatedCarrier } from '../support/carriers/simulated.js';
import { bookingInput, KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';

/** What connectors that book have in common, each against its simulated carrier. */
describe.each(['easypost', 'karrio', 'shipengine', 'shippo'])('booking through %s', (id) => {
  const connector = connectorOf(id)!;
  let carrier: SimulatedCarrier;
  beforeAll(async () => {
    const { start } = (await import(`../support/carriers/${id}.ts`)) as { start(): Promise<SimulatedCarrier> };
    carrier = await start();
  });
  afterAll(() => carrier?.close());
  beforeEach(() => carrier.change(noApiFaults));

  const access = (settings: Record<string, unknown> = {}): Access<Record<string, unknown>> => ({
    connection: 'carrier', settings: { ...carrier.connection.settings, ...settings }, secrets: Object.fromEntries(Object.entries(carrier.connection.secrets).map(([name, value]) => [name, [value]])), allowedNetworks: ['127.0.0.0/8'],
  });
  const perform = <K extends CommandKind>(command: OutboundCommand<K>, memory = new KeptMemory(), settings = {}) => connector.perform!.perform(access(settings), command, memory);

  async function done<K extends CommandKind>(command: OutboundCommand<K>, memory = new KeptMemory()): Promise<Performed> {
    const outcome = await perform(command, memory);
    if (!outcome.ok) throw new Error(`It failed: ${outcome.error.kind} ${outcome.error.message}`);
    return outcome.value;
  }
  /** As the engine does: again with the same memory, until it is done. Nothing is waited for: the clock of settling is set back instead. */
  async function untilDone<K extends CommandKind>(command: OutboundCommand<K>, memory: KeptMemory, calm = 12): Promise<Performed> {
    for (let attempt = 1; attempt <= 60; attempt++) {
      if (attempt > calm) carrier.change(noApiFaults);
      const outcome = await perform({ ...command, attempt, timeoutMs: 500 }, memory);
      if (outcome.ok) return outcome.value;
      expect(['unavailable', 'rate_limited']).toContain(outcome.error.kind);
      if (outcome.error.onlyThisCommand === true) longAgo(memory);
    }
    throw new Error('It never was done.');
  }
  function longAgo(memory: KeptMemory): void {
    for (const begun of Object.values((memory.value as { begun?: Record<string, { atMs: number }> }).begun ?? {})) begun.atMs = 0;
  }
  const namesOf = (command: OutboundCommand<'shipment.book' | 'return.book'>) => command.input.packages.flatMap(({ id: name }) => [`${command.id}/${name}`, uuidOfName(`${command.id}/${name}`)]);
  const boughtFor = (command: OutboundCommand<'shipment.book' | 'return.book'>) => carrier.bought().filter((each) => namesOf(command).includes(each.reference ?? ''));
  function factsOf({ answers }: Performed, commandId: string) {
    return answers.flatMap(({ headers, body }) => connector.receive!.decode({ headers: { ...headers, 'x-gatehouse-command': commandId }, body, receivedAt: '2026-11-21T12:00:00.000Z', connection: 'carrier', zone: 'UTC' } satisfies RawMessage, {}).facts);
  }
  const recordOf = (performed: Performed, of: string) => factsOf(performed, of).find((fact) => fact.type === 'booking.reported')!.payload;
  const two = { packages: [{ id: 'A', weightKg: '1' }, { id: 'B', weightKg: '2' }] };

  it('gives rates of which the one that is chosen is bought at the price that was told', async () => {
    const quoted = await connector.quote!.rates(access(), bookingInput(two), 5_000);
    if (!quoted.ok) throw new Error(quoted.error.message);
    const ground = quoted.value.find((rate) => rate.carrier === 'UPS' && /ground/i.test(rate.service))!;
    const command = outboundCommand('shipment.book', bookingInput({ ...two, service: { carrier: ground.carrier, code: ground.service } }));
    const record = recordOf(await done(command), command.id);
    expect(record).toMatchObject({ state: 'BOOKED', carrier: 'UPS', service: ground.service, price: ground.price, packages: [{ id: 'A', trackingNumber: expect.stringMatching(/^1Z/) }, { id: 'B', trackingNumber: expect.stringMatching(/^1Z/) }] });
    expect(boughtFor(command).map((each) => each.trackingNumber).sort()).toEqual((record as { packages: Array<{ trackingNumber: string }> }).packages.map((each) => each.trackingNumber).sort());
  });

  it.each([['PDF', 'application/pdf', '%PDF'], ['ZPL', 'application/zpl', '^XA'], ...(id === 'easypost' ? [] : [['PNG', 'image/png', '\x89PNG'] as const])] as const)('keeps the label as %s', async (format, mediaType, start) => {
    const performed = await done(outboundCommand('shipment.book', bookingInput({ options: { labelFormat: format } })));
    expect(performed.files.map((file) => [file.mediaType, Buffer.from(file.content).toString('latin1').slice(0, start.length)])).toEqual([[mediaType, start]]);
  });

  it.each([
    ['every answer is lost', { answerLost: 1 }], ['some answers are lost', { answerLost: 0.4 }], ['requests time out', { timeout: 0.3 }],
    ['429 and 503 come in between', { rateLimited: 0.3, unavailable: 0.3 }], ['answers come twice', { answeredTwice: 1 }],
  ])('books exactly once where %s', async (_what, faults) => {
    carrier.change(faults);
    const command = outboundCommand('shipment.book', bookingInput(two));
    expect((await untilDone(command, new KeptMemory())).state).toBe('DONE');
    expect(boughtFor(command)).toHaveLength(2);
  });

  it('books once where all that is left of the purchase is what was remembered before it', async () => {
    const command = outboundCommand('shipment.book', bookingInput());
    const memory = new KeptMemory();
    await done(command, memory);
    // As after a process that was killed before it could note what was bought.
    delete (memory.value as Record<string, unknown>)['bought'];
    const again = await done({ ...command, attempt: 2 }, memory);
    expect([again.state, again.files.length, boughtFor(command).length]).toEqual(['DONE', 1, 1]);
  });

  it.skipIf(id === 'easypost')('does not buy again while the carrier may still be at work on a purchase that nobody waited for', async () => {
    const command = outboundCommand('shipment.book', bookingInput({ service: { carrier: 'UPS', code: { karrio: 'ups_ground', shipengine: 'Ground', shippo: 'ups_ground' }[id]! } }));
    const memory = new KeptMemory();
    carrier.change({ timeout: 1, only: { karrio: '/purchase', shipengine: '/labels/rates', shippo: '/transactions/' }[id]! });
    expect(await perform({ ...command, timeoutMs: 3_000 }, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    carrier.change(noApiFaults);
    expect(await perform({ ...command, attempt: 2 }, memory, { settleSeconds: 3600 })).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true, retryAfter: expect.any(Number) } });
    expect(boughtFor(command)).toEqual([]);
    longAgo(memory);
    expect((await done({ ...command, attempt: 3 }, memory)).state).toBe('DONE');
    expect(boughtFor(command)).toHaveLength(1);
  });

  it('cancels each label once, whatever was lost', async () => {
    const booking = outboundCommand('shipment.book', bookingInput(two));
    const memory = new KeptMemory();
    await done(booking, memory);
    carrier.change({ answerLost: 0.5 });
    const performed = await untilDone(outboundCommand('booking.cancel', { booking: booking.id }, { follows: { id: booking.id, memory: memory.value } }), new KeptMemory());
    expect(performed.state).toBe('DONE');
    expect(recordOf(performed, booking.id)).toMatchObject({ state: id === 'shipengine' || id === 'karrio' ? 'CANCELLED' : 'CANCEL_REQUESTED', references: expect.arrayContaining(booking.input.references) });
    expect(boughtFor(booking).map((each) => each.cancelled)).toEqual([true, true]);
  });

  it('makes one manifest of what was booked, also where answers are lost', async () => {
    const bookings = [outboundCommand('shipment.book', bookingInput()), outboundCommand('shipment.book', bookingInput())];
    const parts = [];
    for (const booking of bookings) {
      const record = recordOf(await done(booking), booking.id) as { packages: Array<{ externalId: string; trackingNumber: string }> };
      parts.push({ externalId: record.packages[0]!.externalId, trackingNumber: record.packages[0]!.trackingNumber });
    }
    carrier.change({ answerLost: 0.6 });
    const performed = await untilDone(outboundCommand('manifest.create', { carrier: 'USPS', bookings: bookings.map((each) => each.id), parts }), new KeptMemory());
    expect(performed.files.map((file) => file.mediaType)).toEqual(['application/pdf']);
  });

  it('makes a label for the way back, and says where a parcel is when it is asked', async () => {
    const command = outboundCommand('return.book', { ...bookingInput(), of: 'a booking' });
    const performed = await done(command);
    expect(recordOf(performed, command.id)).toMatchObject({ isReturn: true, state: 'BOOKED' });
    expect(factsOf(performed, command.id).find((fact) => fact.type === 'document.reported')!.payload).toMatchObject({ kind: 'RETURN_LABEL' });
    const number = boughtFor(command)[0]!.trackingNumber;
    const polled = await done(outboundCommand('tracking.poll', { references: [{ kind: 'tracking', issuer: 'USPS', value: number }] }));
    expect(factsOf(polled, command.id)).toContainEqual(expect.objectContaining({ type: 'milestone.reported', reference: expect.objectContaining({ value: number }), payload: expect.objectContaining({ code: 'INFO_RECEIVED' }) }));
  });

  it('says what is missing where a parcel crosses a customs border without a word for customs, and nothing where it is said', async () => {
    const abroad: FreightRequest['to'] = { name: 'Ann Example', street: '1 King St', city: 'Toronto', region: 'ON', postalCode: 'M5H 1A1', country: 'CA' };
    const silent = bookingInput({ to: abroad });
    const said = bookingInput({ to: abroad, customs: { contents: 'MERCHANDISE', incoterm: 'DAP', items: [{ description: 'Oak desk', quantity: 2, value: { amount: '10.50', currency: 'USD' }, weightKg: '0.5', hsCode: '9403.30', originCountry: 'US' }] } });
    const settings = carrier.connection.settings;
    expect([connector.perform!.lacks!(silent, settings)?.field, connector.perform!.lacks!(said, settings)]).toEqual(['customs', null]);
    expect(await perform(outboundCommand('shipment.book', silent))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('customs') } });
    const command = outboundCommand('shipment.book', said);
    expect(recordOf(await done(command), command.id)).toMatchObject({ state: 'BOOKED' });
  });
});
