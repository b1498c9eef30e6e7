import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { UnreadableMessage, type OutboundCommand, type Performed, type RawMessage } from '../../src/connectors/contract.js';
import { easypost } from '../../src/connectors/easypost/index.js';
import { noApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import type { CommandKind } from '../../src/model/commands.js';
import { recordId } from '../../src/model/record-ids.js';
import { checkFacts, hostileValues, pathsOf } from './conformance.js';
import { bookingInput, KeptMemory, outboundCommand, parcelAccess, startParcelSandbox, type ParcelSandbox } from '../support/parcel-sandbox.js';

let sandbox: ParcelSandbox;
beforeAll(async () => void (sandbox = await startParcelSandbox()));
afterAll(() => sandbox?.stop());
beforeEach(() => void Object.assign(sandbox.faults, noApiFaults));

const { perform } = easypost.perform!;

async function done<K extends CommandKind>(command: OutboundCommand<K>, memory = new KeptMemory(), access = parcelAccess(sandbox.url)): Promise<Performed> {
  const outcome = await perform(access, command, memory);
  if (!outcome.ok) throw new Error(`It failed: ${outcome.error.kind} ${outcome.error.message}`);
  return outcome.value;
}

function factsOf({ answers }: Performed, commandId: string) {
  return answers.flatMap(({ headers, body }) => {
    const message: RawMessage = { headers: { ...headers, 'x-gatehouse-command': commandId }, body, receivedAt: '2026-11-21T12:00:00.000Z', connection: 'parcel', zone: 'UTC' };
    return easypost.receive!.decode(message, { webhookSecret: 'whsec_test' }).facts;
  });
}

const boughtFor = (id: string) => sandbox.bought().filter((each) => each.reference?.startsWith(id));
const recordOf = (performed: Performed, id: string) => factsOf(performed, id).find((fact) => fact.type === 'booking.reported')!.payload;

describe('booking through EasyPost', () => {
  it('gives rates of the services that all packages can go by, added up', async () => {
    const access = parcelAccess(sandbox.url);
    const one = await easypost.quote!.rates(access, bookingInput(), 5_000);
    const two = await easypost.quote!.rates(access, bookingInput({ packages: [{ id: 'A', weightKg: '1.2' }, { id: 'B', weightKg: '40' }] }), 5_000);
    if (!one.ok || !two.ok) throw new Error('no rates');
    const ground = (rates: typeof one.value) => rates.find((rate) => rate.service === 'FEDEX_GROUND')!;
    expect(ground(one.value)).toMatchObject({ connection: 'parcel', carrier: 'FEDEX', label: 'FedEx FEDEX GROUND', price: { amount: '11.08', currency: 'USD' }, days: 3 });
    expect(ground(two.value).price.amount).toBe('83.22');
    // The post takes nothing of 40 kg.
    expect(one.value.some((rate) => rate.carrier === 'USPS')).toBe(true);
    expect(two.value.some((rate) => rate.carrier === 'USPS')).toBe(false);
  });

  it('books the cheapest one that keeps the promise, and says why', async () => {
    const command = outboundCommand('shipment.book', bookingInput({ shipOn: '2026-11-23', promisedAt: '2026-11-26T00:00:00.000Z', quoted: { amount: '10.00', currency: 'USD' } }));
    const performed = await done(command);
    expect(performed.state).toBe('DONE');
    const record = recordOf(performed, command.id);
    expect(record).toMatchObject({ command: command.id, state: 'BOOKED', carrier: 'USPS', service: 'Priority', isReturn: false, price: { amount: '11.50', currency: 'USD' }, quoted: { amount: '10.00' } });
    expect((record as { reasons: string[] }).reasons.join('\n')).toContain('would come later than promised');
    expect(boughtFor(command.id)).toHaveLength(1);
  });

  it('refuses two packages of one id, of which one would be bought again', async () => {
    const command = outboundCommand('shipment.book', bookingInput({ packages: [{ id: 'A', weightKg: '1' }, { id: 'A', weightKg: '2' }] }));
    expect(await perform(parcelAccess(sandbox.url), command, new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    expect(boughtFor(command.id)).toEqual([]);
  });

  it('states milestones under the parcel’s number, beside the names of what was asked for, and keeps the label', async () => {
    const command = outboundCommand('shipment.book', bookingInput());
    const performed = await done(command);
    const facts = factsOf(performed, command.id);
    const number = boughtFor(command.id)[0]!.trackingCode;
    expect(facts.filter((fact) => fact.type === 'milestone.reported').map((fact) => [fact.payload.code, fact.payload.rawCode, fact.reference.value, fact.also])).toEqual([
      ['ACCEPTED', 'BOOKED', number, command.input.references], ['INFO_RECEIVED', 'LABEL_CREATED', number, command.input.references],
    ]);
    const document = facts.find((fact) => fact.type === 'document.reported')!;
    expect(document.payload).toMatchObject({ kind: 'LABEL', format: 'PDF', booking: command.id, package: 'PACK1' });
    expect(performed.files.map((file) => [file.documentId, file.mediaType])).toEqual([[recordId('document', 'parcel', document.key.id), 'application/pdf']]);
    expect(Buffer.from(performed.files[0]!.content).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('keeps the second format where the connection wants one, and gives ZPL where that was asked for', async () => {
    const both = await done(outboundCommand('shipment.book', bookingInput()), new KeptMemory(), parcelAccess(sandbox.url, { alsoFormat: 'ZPL' }));
    expect(both.files.map((file) => file.mediaType)).toEqual(['application/pdf', 'application/zpl']);
    const zpl = await done(outboundCommand('shipment.book', bookingInput({ options: { labelFormat: 'ZPL' } })));
    expect(zpl.files.map((file) => Buffer.from(file.content).subarray(0, 3).toString())).toEqual(['^XA']);
  });

  it('gives every package a number of its own; those that a carrier refuses can be booked later without booking the others again', async () => {
    const packages = [{ id: 'A', weightKg: '1' }, { id: 'B', weightKg: '2' }, { id: 'C', weightKg: '3' }];
    const command = outboundCommand('shipment.book', bookingInput({ packages, service: { carrier: 'UPS', code: 'Ground' } }));
    const memory = new KeptMemory();
    sandbox.faults.refused = '/B';
    const first = await done(command, memory);
    expect(first.state).toBe('PARTIAL');
    expect(recordOf(first, command.id)).toMatchObject({ state: 'PARTIAL', packages: [{ id: 'A', trackingNumber: expect.stringMatching(/^1Z/) }, { id: 'B', error: expect.stringContaining('refused this package') }, { id: 'C' }] });
    const before = boughtFor(command.id).map((each) => each.trackingCode);
    expect(new Set(before).size).toBe(2);
    const second = await done({ ...command, attempt: 2 }, memory);
    expect(second.state).toBe('PARTIAL');
    expect(boughtFor(command.id).map((each) => each.trackingCode)).toEqual(before);
    sandbox.faults.refused = '';
    const third = await done({ ...command, attempt: 3 }, memory);
    expect(third.state).toBe('DONE');
    expect(recordOf(third, command.id)).toMatchObject({ state: 'BOOKED' });
    expect(boughtFor(command.id)).toHaveLength(3);
    expect(boughtFor(command.id).map((each) => each.trackingCode)).toEqual(expect.arrayContaining(before));
  });

  it('says no where nothing is offered, where the rules leave nothing, and where there is no key', async () => {
    const heavy = await perform(parcelAccess(sandbox.url), outboundCommand('shipment.book', bookingInput({ packages: [{ id: 'A', weightKg: '500' }] })), new KeptMemory());
    expect(heavy).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'No carrier offers this.' } });
    const rules = [{ name: 'nobody', conditions: {}, action: { kind: 'ALLOW' as const, services: [] } }];
    const excluded = await perform(parcelAccess(sandbox.url), outboundCommand('shipment.book', bookingInput({ basis: { rules, onTime: [] } })), new KeptMemory());
    expect(excluded).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('The rules leave no rate') } });
    const keyless = await perform({ ...parcelAccess(sandbox.url), secrets: {} }, outboundCommand('shipment.book', bookingInput()), new KeptMemory());
    expect(keyless).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('apiKey') } });
    const stranger = await perform({ ...parcelAccess(sandbox.url), secrets: { apiKey: ['EZTKwrongwrong'] } }, outboundCommand('shipment.book', bookingInput()), new KeptMemory());
    expect(stranger).toMatchObject({ ok: false, error: { kind: 'auth' } });
    expect(JSON.stringify(stranger)).not.toContain('EZTKwrongwrong');
  });
});

describe('what is kept of an answer', () => {
  it.each(['shipment.book', 'manifest.create'] as const)('is read or refused with hostile values at any place: %s', async (kind) => {
    const booking = outboundCommand('shipment.book', bookingInput({ packages: [{ id: 'A', weightKg: '1' }, { id: 'B', weightKg: '2' }] }));
    let performed = await done(booking);
    if (kind === 'manifest.create') performed = await done(outboundCommand(kind, { carrier: 'USPS', bookings: [booking.id], parts: boughtFor(booking.id).map(({ id, trackingCode }) => ({ externalId: id, trackingNumber: trackingCode })) }));
    const text = Buffer.from(performed.answers[0]!.body).toString();
    const paths = pathsOf(JSON.parse(text));
    fc.assert(fc.property(fc.constantFrom(...paths), fc.constantFrom(...hostileValues), (path, hostile) => {
      const copy: unknown = JSON.parse(text);
      const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], copy) as Record<string, unknown>;
      parent[path.at(-1)!] = '\u0001hostile';
      const body = Buffer.from(JSON.stringify(copy).replace('"\\u0001hostile"', () => hostile));
      try {
        checkFacts(easypost.receive!.decode({ headers: { 'x-gatehouse-command': booking.id }, body, receivedAt: '2026-11-21T12:00:00.000Z', connection: 'parcel', zone: 'UTC' }, { webhookSecret: 'whsec_test' }).facts);
      } catch (error) {
        if (!(error instanceof UnreadableMessage)) throw error;
      }
    }), { numRuns: 1_000 });
  });
});

describe('what went wrong on the way', () => {
  /** As the engine does: again with the same memory, until it is done. */
  async function untilDone<K extends CommandKind>(command: OutboundCommand<K>, memory: KeptMemory, calm = 12): Promise<Performed> {
    for (let attempt = 1; attempt <= 60; attempt++) {
      if (attempt > calm) Object.assign(sandbox.faults, noApiFaults);
      const outcome = await perform(parcelAccess(sandbox.url), { ...command, attempt, timeoutMs: 500 }, memory);
      if (outcome.ok) return outcome.value;
      expect(['unavailable', 'rate_limited']).toContain(outcome.error.kind);
    }
    throw new Error('It never was done.');
  }

  it.each([
    ['every answer is lost', { answerLost: 1 }], ['some answers are lost', { answerLost: 0.4 }], ['requests time out', { timeout: 0.3 }],
    ['429 and 503 come in between', { rateLimited: 0.3, unavailable: 0.3 }], ['answers come twice', { answeredTwice: 1 }],
  ])('books exactly once where %s', async (_what, faults) => {
    Object.assign(sandbox.faults, faults);
    const packages = [{ id: 'A', weightKg: '1' }, { id: 'B', weightKg: '2' }];
    const command = outboundCommand('shipment.book', bookingInput({ packages }));
    const performed = await untilDone(command, new KeptMemory());
    expect(performed.state).toBe('DONE');
    expect(boughtFor(command.id).map((each) => each.reference).sort()).toEqual([`${command.id}/A`, `${command.id}/B`]);
  });

  it('books once where the process ended after the purchase: all it has is what was remembered', async () => {
    const command = outboundCommand('shipment.book', bookingInput());
    const memory = new KeptMemory();
    await done(command, memory);
    const again = await done({ ...command, attempt: 2 }, memory);
    expect(again.state).toBe('DONE');
    expect(again.files).toHaveLength(1);
    expect(boughtFor(command.id)).toHaveLength(1);
  });

  it('gives up an answer that does not come in its time, and has bought nothing then', async () => {
    Object.assign(sandbox.faults, { timeout: 1 });
    const command = outboundCommand('shipment.book', bookingInput(), { timeoutMs: 200 });
    expect(await perform(parcelAccess(sandbox.url), command, new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'unavailable', message: expect.stringContaining('No answer within') } });
    expect(boughtFor(command.id)).toEqual([]);
  });

  it('hands on how long the carrier wants to be left alone', async () => {
    Object.assign(sandbox.faults, { rateLimited: 1, retryAfterSeconds: 17 });
    expect(await perform(parcelAccess(sandbox.url), outboundCommand('shipment.book', bookingInput()), new KeptMemory())).toMatchObject({ ok: false, error: { kind: 'rate_limited', retryAfter: 17 } });
  });

  it('cancels each label once, whatever was lost, and says that the carrier has still to confirm', async () => {
    const booking = outboundCommand('shipment.book', bookingInput({ packages: [{ id: 'A', weightKg: '1' }, { id: 'B', weightKg: '2' }] }));
    const memory = new KeptMemory();
    await done(booking, memory);
    Object.assign(sandbox.faults, { answerLost: 0.5 });
    const command = outboundCommand('booking.cancel', { booking: booking.id }, { follows: { id: booking.id, memory: memory.value } });
    const performed = await untilDone(command, new KeptMemory());
    expect(performed.state).toBe('DONE');
    expect(recordOf(performed, booking.id)).toMatchObject({ command: booking.id, state: 'CANCEL_REQUESTED', rawState: 'refund submitted', references: expect.arrayContaining(booking.input.references) });
    expect(boughtFor(booking.id).map((each) => each.refund)).toEqual(['submitted', 'submitted']);
  });

  it('cancels a booking that never came to a purchase', async () => {
    const booking = outboundCommand('shipment.book', bookingInput());
    const memory = new KeptMemory();
    await memory.remember({ parts: {}, chosen: null, asked: { isReturn: false, references: booking.input.references as never } });
    const performed = await done(outboundCommand('booking.cancel', { booking: booking.id }, { follows: { id: booking.id, memory: memory.value } }));
    expect(recordOf(performed, booking.id)).toMatchObject({ state: 'CANCELLED' });
  });

  it('makes one manifest of what was booked, also where the answer was lost', async () => {
    const bookings = [outboundCommand('shipment.book', bookingInput()), outboundCommand('shipment.book', bookingInput())];
    for (const booking of bookings) await done(booking);
    const parts = bookings.map(({ id }) => boughtFor(id)[0]!).map(({ id, trackingCode }) => ({ externalId: id, trackingNumber: trackingCode }));
    Object.assign(sandbox.faults, { answerLost: 0.6 });
    const command = outboundCommand('manifest.create', { carrier: 'USPS', bookings: bookings.map(({ id }) => id), parts });
    const performed = await untilDone(command, new KeptMemory());
    expect(performed.files.map((file) => file.mediaType)).toEqual(['application/pdf']);
    const [document] = factsOf(performed, command.id);
    expect(document!.payload).toMatchObject({ kind: 'MANIFEST', references: parts.map((part) => expect.objectContaining({ kind: 'tracking', issuer: 'USPS', value: part.trackingNumber })) });
  });

  it('makes a label for the way back, to where the goods are sent back to', async () => {
    const input = bookingInput();
    const back = { ...input, from: { ...input.to, street: '1 Consignee Way' }, to: { ...input.from, street: '2 Warehouse Road' } };
    const command = outboundCommand('return.book', { ...back, of: 'a booking' });
    const performed = await done(command);
    const label = Buffer.from(performed.files[0]!.content).toString('latin1');
    expect([label.includes('2 Warehouse Road'), label.includes('1 Consignee Way')]).toEqual([true, false]);
    expect(recordOf(performed, command.id)).toMatchObject({ isReturn: true, state: 'BOOKED' });
    expect(factsOf(performed, command.id).find((fact) => fact.type === 'document.reported')!.payload).toMatchObject({ kind: 'RETURN_LABEL' });
  });

  it('reads where parcels are by asking, as if it had been told', async () => {
    const booking = outboundCommand('shipment.book', bookingInput());
    await done(booking);
    const number = boughtFor(booking.id)[0]!.trackingCode;
    const command = outboundCommand('tracking.poll', { references: [{ kind: 'tracking', issuer: 'USPS', value: number }] });
    const performed = await done(command);
    expect(factsOf(performed, command.id)).toContainEqual(expect.objectContaining({ type: 'milestone.reported', reference: expect.objectContaining({ value: number }), payload: expect.objectContaining({ code: 'INFO_RECEIVED' }) }));
  });
});
