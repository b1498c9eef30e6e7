import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Access, OutboundCommand, Performed, RawMessage } from '../../src/connectors/contract.js';
import { dhlExpress } from '../../src/connectors/dhl-express/index.js';
import { fedex } from '../../src/connectors/fedex/index.js';
import { ups } from '../../src/connectors/ups/index.js';
import { uuidOfName } from '../../src/lib/ids.js';
import type { CommandKind } from '../../src/model/commands.js';
import { noApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import type { SimulatedCarrier } from '../support/carriers/simulated.js';
import { bookingInput, KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';

/** Carriers that are booked by one call, without a draft, each against its simulated counterpart. */
describe.each([['ups', ups], ['fedex', fedex], ['dhl-express', dhlExpress]] as const)('booking at %s by one call', (id, connector) => {
  let carrier: SimulatedCarrier;
  beforeAll(async () => {
    const { start } = (await import(`../support/carriers/${id}.ts`)) as { start(): Promise<SimulatedCarrier> };
    carrier = await start();
  });
  afterAll(() => carrier?.close());
  beforeEach(() => carrier.change(noApiFaults));

  const access = (settings: Record<string, unknown> = {}): Access<never> => ({
    connection: 'carrier', settings: { ...carrier.connection.settings, ...settings } as never, secrets: Object.fromEntries(Object.entries(carrier.connection.secrets).map(([name, value]) => [name, [value]])), allowedNetworks: ['127.0.0.0/8'],
  });
  const perform = <K extends CommandKind>(command: OutboundCommand<K>, memory = new KeptMemory(), settings = {}) => connector.perform!.perform(access(settings), command, memory);
  async function done<K extends CommandKind>(command: OutboundCommand<K>, memory = new KeptMemory(), settings = {}): Promise<Performed> {
    const outcome = await perform(command, memory, settings);
    if (!outcome.ok) throw new Error(`It failed: ${outcome.error.kind} ${outcome.error.message}`);
    return outcome.value;
  }
  /** As the engine does: again with the same memory until it ends, with the clock of settling set back instead of waiting. */
  async function untilEnded<K extends CommandKind>(command: OutboundCommand<K>, memory: KeptMemory, calm = 15): Promise<{ ended: 'DONE' | 'PARTIAL' | 'GIVEN_UP'; value?: Performed; message?: string }> {
    for (let attempt = 1; attempt <= 80; attempt++) {
      if (attempt > calm) carrier.change(noApiFaults);
      const outcome = await perform({ ...command, attempt, timeoutMs: 400 }, memory);
      if (outcome.ok) return { ended: outcome.value.state, value: outcome.value };
      if (outcome.error.kind === 'invalid') return { ended: 'GIVEN_UP', message: outcome.error.message };
      expect(['unavailable', 'rate_limited']).toContain(outcome.error.kind);
      if (outcome.error.onlyThisCommand === true) longAgo(memory);
    }
    throw new Error('It never ended.');
  }
  function longAgo(memory: KeptMemory): void {
    for (const begun of Object.values((memory.value as { begun?: Record<string, { atMs: number }> }).begun ?? {})) begun.atMs = 0;
  }
  const boughtFor = ({ id: of, input }: OutboundCommand<'shipment.book'>) => carrier.bought().filter((each) => input.packages.some(({ id: name }) => [`${of}/${name}`, uuidOfName(`${of}/${name}`)].includes(each.reference ?? '')));
  function factsOf({ answers }: Performed, of: string) {
    return answers.flatMap(({ headers, body }) => connector.receive!.decode({ headers: { ...headers, 'x-gatehouse-command': of }, body, receivedAt: '2026-11-21T12:00:00.000Z', connection: 'carrier', zone: 'UTC' } satisfies RawMessage, {} as never).facts);
  }
  const recordOf = (performed: Performed, of: string) => factsOf(performed, of).find((fact) => fact.type === 'booking.reported')!.payload;
  const fetchedAt = (number: string) => {
    const { apiKey, apiSecret } = carrier.connection.secrets;
    return { url: `${carrier.url}/fetched/${number}`, headers: { authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}` } };
  };
  const two = { packages: [{ id: 'A', weightKg: '1' }, { id: 'B', weightKg: '2' }] };
  const name = { ups: 'UPS', fedex: 'FEDEX', 'dhl-express': 'DHL_EXPRESS' }[id];
  const ship = { ups: '/ship', fedex: '/ship/v1/shipments', 'dhl-express': '/shipments' }[id];
  const service = { carrier: name, code: { ups: '03', fedex: 'FEDEX_GROUND', 'dhl-express': 'N' }[id] };
  /** What it does not show it may have booked all the same. */
  const canTell = id === 'ups';
  const takesBack = id !== 'dhl-express';

  it('books at the price that was told, with a number for each package', async () => {
    const quoted = await connector.quote!.rates(access(), bookingInput(two), 5_000);
    if (!quoted.ok) throw new Error(quoted.error.message);
    const [cheapest] = [...quoted.value].sort((a, b) => Number(a.price.amount) - Number(b.price.amount));
    const command = outboundCommand('shipment.book', bookingInput({ ...two, service: { carrier: cheapest!.carrier, code: cheapest!.service } }));
    const performed = await done(command);
    expect(recordOf(performed, command.id)).toMatchObject({ state: 'BOOKED', carrier: name, price: cheapest!.price, packages: [{ id: 'A' }, { id: 'B' }] });
    expect(new Set(boughtFor(command).map((each) => each.trackingNumber)).size).toBe(2);
    expect(performed.files).toHaveLength(2);
  });

  it.each([['PDF', 'application/pdf', '%PDF'], ['ZPL', 'application/zpl', '^XA'], ['PNG', 'image/png', '\x89PNG']] as const)('keeps the label as %s', async (labelFormat, mediaType, start) => {
    if (id === 'dhl-express' && labelFormat === 'PNG') return void expect(dhlExpress.perform!.lacks!(bookingInput({ options: { labelFormat } }), {})).toMatchObject({ field: 'options.labelFormat' });
    const performed = await done(outboundCommand('shipment.book', bookingInput({ options: { labelFormat } })));
    expect(performed.files.map((file) => [file.mediaType, Buffer.from(file.content).toString('latin1').slice(0, start.length)])).toEqual([[mediaType, start]]);
  });

  it.each([
    ['every answer to a booking is lost', { answerLost: 1, only: ship }], ['some answers are lost', { answerLost: 0.4 }],
    ['requests are never answered', { timeout: 0.3 }], ['429 and 503 come in between', { rateLimited: 0.3, retryAfterSeconds: 0, unavailable: 0.3 }],
  ])('never books a package twice where %s', async (_what, faults) => {
    for (let turn = 0; turn < 4; turn++) {
      carrier.change({ ...noApiFaults, ...faults });
      const command = outboundCommand('shipment.book', bookingInput(two));
      const { ended, message } = await untilEnded(command, new KeptMemory());
      const bought = boughtFor(command);
      const standing = bought.filter((each) => !each.cancelled);
      expect(new Set(standing.map((each) => each.reference)).size).toBe(standing.length);
      // Where the answers alone are lost, all of it is there to be found.
      if (takesBack && 'answerLost' in faults) expect([ended, standing.length]).toEqual(['DONE', 2]);
      if (canTell) expect([ended, bought.length]).toEqual(['DONE', 2]);
      // What the others do not show they may have booked all the same: a person is asked, and told under which name to look.
      if (ended === 'GIVEN_UP') expect(message).toMatch(/may have been booked.*Look for the reference/);
    }
  });

  it('finds a booking whose answer was lost', async () => {
    const command = outboundCommand('shipment.book', bookingInput({ service }));
    const memory = new KeptMemory();
    carrier.change({ answerLost: 1, only: ship });
    const outcome = await perform(command, memory);
    const withoutLabel = { ok: true, value: { state: 'PARTIAL', result: { packages: [{ trackingNumber: expect.any(String), error: expect.stringContaining('gives it once') }] } } };
    // UPS gives the label once more; the others do not: what FedEx booked is voided and booked anew, what DHL Express did stands without.
    expect(outcome).toMatchObject({ ups: { ok: true, value: { state: 'DONE' } }, fedex: { ok: false, error: { kind: 'unavailable' } }, 'dhl-express': withoutLabel }[id]);
    expect(boughtFor(command)).toHaveLength(1);
    if (id !== 'fedex') return;
    carrier.change(noApiFaults);
    expect((await done({ ...command, attempt: 2 }, memory)).files).toHaveLength(1);
    expect(boughtFor(command).map((each) => each.cancelled)).toEqual([true, false]);
  });

  it.runIf(id !== 'dhl-express')('has booked nothing where there was no token for it', async () => {
    const command = outboundCommand('shipment.book', bookingInput({ service }));
    const memory = new KeptMemory();
    carrier.change({ unavailable: 1, only: '/oauth/token' });
    // A connection of its own has no token yet.
    expect(await connector.perform!.perform({ ...access(), connection: `without-token-${id}` }, command, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect((memory.value as { begun?: object }).begun ?? {}).toEqual({});
    carrier.change(noApiFaults);
    expect((await done({ ...command, attempt: 2 }, memory)).files).toHaveLength(1);
  });

  it.runIf(id === 'fedex')('books anew what is not found, or found without its label, where it is told to: of each package one booking stands', async () => {
    const settings = { afterSettling: 'book' };
    for (const faults of [{ answerLost: 1 }, { timeout: 1 }]) {
      const command = outboundCommand('shipment.book', bookingInput({ service: { carrier: name, code: 'FEDEX_GROUND' } }));
      const memory = new KeptMemory();
      carrier.change({ ...noApiFaults, ...faults, only: ship });
      expect(await perform({ ...command, timeoutMs: 3_000 }, memory, settings)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
      carrier.change(noApiFaults);
      longAgo(memory);
      // Lost a second time: of the one that was voided and the one that stands, the latter must be seen.
      carrier.change({ ...noApiFaults, ...faults, only: ship });
      expect(await perform({ ...command, attempt: 2, timeoutMs: 3_000 }, memory, settings)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
      carrier.change(noApiFaults);
      longAgo(memory);
      expect((await done({ ...command, attempt: 3 }, memory, settings)).files).toHaveLength(1);
      expect(boughtFor(command).filter((each) => !each.cancelled)).toHaveLength(1);
    }
  });

  it.runIf(id === 'dhl-express')('books anew what lost its label with its answer, where it is told to', async () => {
    const command = outboundCommand('shipment.book', bookingInput({ service }));
    const memory = new KeptMemory();
    carrier.change({ answerLost: 1, only: ship });
    expect(await perform(command, memory, { afterSettling: 'book' })).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    carrier.change(noApiFaults);
    expect((await done({ ...command, attempt: 2 }, memory, { afterSettling: 'book' })).files).toHaveLength(1);
    // The first of them lies at DHL without a label by which anybody could hand it over.
    expect(boughtFor(command)).toHaveLength(2);
  });

  it.runIf(id === 'dhl-express')('does not give up what the carrier has already', async () => {
    const booking = outboundCommand('shipment.book', bookingInput());
    const memory = new KeptMemory();
    await done(booking, memory);
    const { url, headers } = fetchedAt(boughtFor(booking)[0]!.trackingNumber);
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(200);
    expect(await perform(outboundCommand('booking.cancel', { booking: booking.id }, { follows: { id: booking.id, memory: memory.value } }))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('rejected') } });
  });

  it('does not book again while the carrier may still be at work on a booking that nobody waited for', async () => {
    const command = outboundCommand('shipment.book', bookingInput({ service }));
    const memory = new KeptMemory();
    await done(outboundCommand('shipment.book', bookingInput()));
    carrier.change({ timeout: 1, only: ship });
    expect(await perform({ ...command, timeoutMs: 3_000 }, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    carrier.change(noApiFaults);
    expect(await perform({ ...command, attempt: 2 }, memory, { settleSeconds: 3600 })).toMatchObject({ ok: false, error: { kind: 'unavailable', onlyThisCommand: true, retryAfter: expect.any(Number) } });
    longAgo(memory);
    const after = await perform({ ...command, attempt: 3 }, memory);
    if (canTell) expect(after).toMatchObject({ ok: true, value: { state: 'DONE' } });
    else expect(after).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('may have been booked') } });
    expect(boughtFor(command)).toHaveLength(canTell ? 1 : 0);
  });

  it('leaves the other packages standing where one is refused', async () => {
    const command = outboundCommand('shipment.book', bookingInput({ ...two, to: { ...bookingInput().to, street2: id === 'ups' ? '' : 'Nowhere' } }));
    carrier.change({ refused: id === 'ups' ? '/B' : 'Nowhere' });
    const outcome = await perform(command);
    expect(outcome).toMatchObject(id === 'ups' ? { ok: true, value: { state: 'PARTIAL' } } : { ok: false, error: { kind: 'invalid' } });
    expect(boughtFor(command)).toHaveLength(id === 'ups' ? 1 : 0);
  });

  it('voids each package once, whatever was lost', async () => {
    const booking = outboundCommand('shipment.book', bookingInput(two));
    const memory = new KeptMemory();
    await done(booking, memory);
    carrier.change({ answerLost: 0.5 });
    const { ended, value } = await untilEnded(outboundCommand('booking.cancel', { booking: booking.id }, { follows: { id: booking.id, memory: memory.value } }), new KeptMemory());
    expect([ended, boughtFor(booking).map((each) => each.cancelled)]).toEqual(['DONE', [takesBack, takesBack]]);
    expect(recordOf(value!, booking.id)).toMatchObject({ state: 'CANCELLED' });
  });

  it('makes a label for the way back, from who has the goods to us', async () => {
    const { from, to } = bookingInput();
    const command = outboundCommand('return.book', { ...bookingInput({ from: to, to: from }), of: 'a booking' });
    const performed = await done(command);
    expect(recordOf(performed, command.id)).toMatchObject({ isReturn: true, state: 'BOOKED' });
    expect(factsOf(performed, command.id).find((fact) => fact.type === 'document.reported')!.payload).toMatchObject({ kind: 'RETURN_LABEL' });
  });

  it('tells customs what is in a package that crosses their border, keeps the invoice, and says beforehand what is missing', async () => {
    const item = (currency: string) => ({ description: 'Oak desk, polished by hand, with two drawers and a lock', quantity: 2, value: { amount: '10.50', currency }, weightKg: '0.5', hsCode: '9403.30', originCountry: 'US' });
    const abroad = { name: 'Ann Example', street: '1 King St', city: 'Toronto', region: 'ON', postalCode: 'M5H 1A1', country: 'CA' };
    const said = bookingInput({ to: abroad, customs: { contents: 'MERCHANDISE', incoterm: 'DDP', invoice: 'INV/7', items: [item('USD')] } });
    const lacks = (input: typeof said) => connector.perform!.lacks!(input, carrier.connection.settings as never)?.field ?? null;
    expect([lacks(said), lacks(bookingInput({ to: abroad })), lacks({ ...said, customs: { ...said.customs!, items: [item('USD'), item('CAD')] } })]).toEqual([null, 'customs', 'customs.items']);
    const command = outboundCommand('shipment.book', said);
    const performed = await done(command);
    expect(factsOf(performed, command.id).flatMap((fact) => (fact.type === 'document.reported' ? [fact.payload.kind] : [])).sort()).toEqual(['CUSTOMS', 'LABEL']);
    expect(performed.files.map((file) => Buffer.from(file.content).toString('latin1').includes('invoice'))).toContain(true);
  });

  it.runIf(id === 'fedex')('closes the day once, and prints the list again where its answer was lost', async () => {
    const manifest = (parts: string[], attempt = 1) => ({ ...outboundCommand('manifest.create', { carrier: name, bookings: [], parts: parts.map((trackingNumber) => ({ externalId: trackingNumber, trackingNumber })) }), attempt });
    const bookings = [outboundCommand('shipment.book', bookingInput(two)), outboundCommand('shipment.book', bookingInput())];
    const numbersOf = (of: typeof bookings[number]) => boughtFor(of).map((each) => each.trackingNumber);
    await done(bookings[0]!);
    const [first, memory] = [manifest(numbersOf(bookings[0]!)), new KeptMemory()];
    carrier.change({ answerLost: 1, only: '/endofday' });
    expect(await perform(first, memory)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    carrier.change(noApiFaults);
    // Booked after the close: it is on the next list, not on this one.
    await done(bookings[1]!);
    const printed = await done({ ...first, attempt: 2 }, memory);
    const [file] = printed.files;
    const text = Buffer.from(file!.content).toString('latin1');
    expect([file!.mediaType, text.slice(0, 5), ...numbersOf(bookings[0]!).map((number) => text.includes(number)), numbersOf(bookings[1]!).some((number) => text.includes(number))]).toEqual(['application/pdf', '%PDF-', true, true, false]);
    expect(text.indexOf('Pickup Manifest')).toBeLessThan(text.indexOf(numbersOf(bookings[0]!)[0]!));
    expect(text).toContain('LB \\(net\\)');
    expect(factsOf(printed, first.id)).toMatchObject([{ type: 'document.reported', payload: { kind: 'MANIFEST', format: 'PDF' } }]);
    const next = await done(manifest(numbersOf(bookings[1]!)));
    expect(Buffer.from(next.files[0]!.content).toString('latin1')).toContain(numbersOf(bookings[1]!)[0]!);
    expect(await perform(manifest(['799999999999']))).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('no shipments to close') } });
  });

  it('says where parcels are, and nothing of a number that it does not know', async () => {
    const booking = outboundCommand('shipment.book', bookingInput());
    await done(booking);
    const [of] = boughtFor(booking);
    const references = [of!.trackingNumber, '1ZX99999999999999X'].map((value) => ({ kind: 'tracking' as const, issuer: name, value }));
    const polled = await done(outboundCommand('tracking.poll', { references }));
    expect(polled.result).toMatchObject({ polled: 1, failed: [] });
    expect(factsOf(polled, booking.id)).toContainEqual(expect.objectContaining({ reference: references[0], payload: expect.objectContaining({ code: 'INFO_RECEIVED' }) }));
  });

  it.runIf(id === 'ups')('subscribes what it booked and what it polls, where Track Alert is on, and says why it could not', async () => {
    const booking = outboundCommand('shipment.book', bookingInput(two));
    expect((await done(booking, new KeptMemory(), { trackAlert: 'v2' })).result).toMatchObject({ trackAlert: { subscribed: 2 } });
    const references = boughtFor(booking).map(({ trackingNumber: value }) => ({ kind: 'tracking' as const, issuer: name, value }));
    expect((await done(outboundCommand('tracking.poll', { references: [...references, { ...references[0]!, value: 'NOT1Z' }] }), new KeptMemory(), { trackAlert: 'v1', webhookUrl: 'https://gatehouse.example.com/ingest/ups' })).result).toMatchObject({ trackAlert: { subscribed: 2 } });
    expect((await done(outboundCommand('tracking.poll', { references }), new KeptMemory(), { trackAlert: 'v1' })).result).toMatchObject({ trackAlert: { subscribed: 0, error: expect.stringContaining('VSS600') } });
  });
});
