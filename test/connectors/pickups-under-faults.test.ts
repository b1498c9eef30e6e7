import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Access, Connector, OutboundCommand } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import type { PickupInput } from '../../src/model/commands.js';
import { Numbers } from '../../src/sandbox/numbers.js';
import { Random } from '../../src/sandbox/random.js';
import { calledOff as fedexCalledOff, fetched as fedexFetched, refusal as fedexRefusal, token as fedexToken } from '../support/carriers/fedex-answers.js';
import { keySet } from '../support/carriers/shipengine.js';
import { calledOff, fetched, pending, refusal, token } from '../support/carriers/ups-answers.js';
import { KeptMemory, outboundCommand } from '../support/parcel-sandbox.js';
import { AnsweringServer, type Asked, type Scripted } from './answering-server.js';

/** Who comes, as a carrier has it. */
interface Van {
  id: string;
  /** What is fetched, or our reference: the same for every request of one command. */
  of: string;
  isOff: boolean;
}

/** A carrier that keeps what it was asked for; `vans` is the truth. */
interface World {
  vans: Van[];
  answer(asked: Asked): Scripted;
  settings: Record<string, unknown>;
  /** Requests that are left alone: tokens. */
  isSafe?(asked: Asked): boolean;
}

const json = (body: object, status = 200): Scripted => ({ status, body: JSON.stringify(body) });
const numbers = new Numbers(1);
const come = (vans: Van[], of: string): Van => {
  const van = { id: numbers.nextHex(), of, isOff: false };
  vans.push(van);
  return van;
};
const idIn = (path: string) => decodeURIComponent(path.split('?')[0]!.split('/').at(-1)!);

function easypost(): World {
  const [vans, drafts] = [[] as Van[], new Map<string, string>()];
  const shown = (id: string) => {
    const van = vans.find((each) => each.id === id);
    return json({ id, status: van === undefined ? 'unknown' : van.isOff ? 'canceled' : 'scheduled', confirmation: van === undefined ? null : 'WTC1', pickup_rates: [{ carrier: 'UPS', service: 'Future-Day', rate: '9.80', currency: 'USD' }], messages: [] });
  };
  return {
    vans, settings: { webhookSecret: 'whsec_test' },
    answer({ method, path, body }) {
      if (method === 'POST' && path === '/v2/pickups') {
        const id = `pickup_${numbers.nextHex()}`;
        drafts.set(id, (JSON.parse(body) as { pickup: { reference: string } }).pickup.reference);
        return shown(id);
      }
      const [, id, action] = /^\/v2\/pickups\/(\w+)(?:\/(\w+))?$/.exec(path)!;
      const van = vans.find((each) => each.id === id);
      if (action === 'buy' && van !== undefined) return json({ error: { code: 'PICKUP.BUY.FAILURE', message: 'No.' } }, 422);
      if (action === 'buy') vans.push({ id: id!, of: drafts.get(id!)!, isOff: false });
      if (action === 'cancel' && van?.isOff !== false) return json({ error: { code: 'PICKUP.CANCEL.FAILURE', message: 'No.' } }, 422);
      if (action === 'cancel') van!.isOff = true;
      return shown(id!);
    },
  };
}

function shipengine(): World {
  const vans: Van[] = [];
  const shown = ({ id, of, isOff }: Van) => ({ pickup_id: id, label_ids: [of], confirmation_number: 'C1', cancelled_at: isOff ? '2026-03-06T10:00:00Z' : null });
  return {
    vans, settings: { webhookSecret: keySet, settleSeconds: 0 },
    answer({ method, path, body }) {
      if (path.startsWith('/v1/labels/')) return json({ label_id: 'x', carrier_id: 'se-1' });
      if (path.startsWith('/v1/pickups?')) return json({ pickups: vans.slice(-90).map(shown) });
      if (method === 'POST') return json(shown(come(vans, (JSON.parse(body) as { label_ids: [string] }).label_ids[0])));
      const van = vans.find((each) => each.id === idIn(path))!;
      if (method === 'DELETE' && van.isOff) return json({ errors: [{ error_code: 'invalid_status', message: 'No.' }] }, 400);
      if (method === 'DELETE') van.isOff = true;
      return json(shown(van));
    },
  };
}

function ups(): World {
  const vans: Van[] = [];
  return {
    vans, settings: { webhookSecret: 'whsec_test', accountNumber: 'X12345', settleSeconds: 0 }, isSafe: ({ path }) => path === '/security/v1/oauth/token',
    answer({ method, path, body, headers }) {
      if (path === '/security/v1/oauth/token') return json(token('the-token'));
      if (path.endsWith('/oncall')) return json(pending(vans.map(({ id, of, isOff }) => ({ PRN: id, ReferenceNumber: of, OnCallStatusCode: isOff ? '007' : '002' }))));
      if (method === 'POST') return json(fetched(come(vans, (JSON.parse(body) as { PickupCreationRequest: { ReferenceNumber: string } }).PickupCreationRequest.ReferenceNumber).id));
      const van = vans.find((each) => each.id === headers['prn'])!;
      if (van.isOff) return json(refusal('9510000', 'No.'), 400);
      van.isOff = true;
      return json(calledOff());
    },
  };
}

function fedex(): World {
  const vans: Van[] = [];
  return {
    vans, settings: { webhookSecret: 'whsec_test', accountNumber: '123456789' }, isSafe: ({ path }) => path === '/oauth/token',
    answer({ method, path, body }) {
      if (path === '/oauth/token') return json(fedexToken('the-token'));
      const said = JSON.parse(body) as { remarks?: string; pickupConfirmationCode?: string };
      if (method === 'POST') return json(fedexFetched(come(vans, said.remarks!).id));
      const van = vans.find((each) => each.id === said.pickupConfirmationCode)!;
      if (van.isOff) return json(fedexRefusal('PICKUP.NOT.FOUND', 'No.'), 400);
      van.isOff = true;
      return json(fedexCalledOff(van.id));
    },
  };
}

function shippo(): World {
  const vans: Van[] = [];
  return {
    vans, settings: { webhookSecret: 'whsec_test' },
    answer({ path, body }) {
      if (path.startsWith('/transactions/')) return json({ object_id: 'x', status: 'SUCCESS', rate: 'r' });
      if (path.startsWith('/rates/')) return json({ object_id: 'r', amount: '1', currency: 'USD', provider: 'USPS', carrier_account: 'account', shipment: 's', servicelevel: { token: 'usps_priority' } });
      return json({ object_id: come(vans, (JSON.parse(body) as { metadata: string }).metadata).id, status: 'CONFIRMED', confirmation_code: 'C1' }, 201);
    },
  };
}

const commands = 60;
const mostAttempts = 40;
const server = new AnsweringServer();
let url: string;
beforeAll(async () => void (url = await server.listen()));
afterAll(() => server.close());

/** A third of all requests goes wrong: before anything is done, or after it, with an error, or without an answer. */
function unsteady(world: World, random: Random): (asked: Asked) => Scripted {
  return (asked) => {
    if (world.isSafe?.(asked) === true) return world.answer(asked);
    const drawn = random.next();
    if (drawn < 0.1) return { status: 503 };
    if (drawn < 0.15) return { cut: true };
    const answer = world.answer(asked);
    return drawn < 0.25 ? { cut: true } : drawn < 0.3 ? { status: 500 } : drawn < 0.33 ? { status: 200, body: '<html>' } : answer;
  };
}

/** As the engine does: again after what may pass, with what is remembered. @returns the last outcome */
async function perform(connector: Connector<Record<string, unknown>>, access: Access<Record<string, unknown>>, command: OutboundCommand, memory: KeptMemory) {
  for (let attempt = 1; ; attempt++) {
    const outcome = await connector.perform!.perform(access, { ...command, attempt }, memory);
    if (outcome.ok || outcome.error.kind === 'invalid' || attempt === mostAttempts) return outcome;
  }
}

it.each([['easypost', easypost, true], ['shipengine', shipengine, true], ['ups', ups, false], ['fedex', fedex, false], ['shippo', shippo, false]] as const)('%s comes once for each command that is done, and never twice, whatever answers are lost', async (id, make, isCertain) => {
  const world = make();
  server.answer = unsteady(world, new Random(7));
  const connector = connectorOf(id) as Connector<Record<string, unknown>>;
  const access: Access<Record<string, unknown>> = { connection: id, settings: { ...world.settings, url }, secrets: { apiKey: ['the-key-of-it'], apiSecret: ['the-secret-of-it'] }, allowedNetworks: ['127.0.0.0/8'] };
  const standing = (of: string) => world.vans.filter((van) => van.of === of && !van.isOff).length;
  let done = 0;
  for (let count = 0; count < commands; count++) {
    const [memory, command] = [new KeptMemory(), outboundCommand('pickup.schedule', {} as PickupInput)];
    const label = `label-${command.id}`;
    command.input = {
      carrier: 'UPS', from: { name: 'Dan Dock', company: 'W', street: '1 Dock Road', city: 'Memphis', country: 'US', phone: '5555550100', email: 'dock@example.com' }, on: '2026-03-06', readyAt: '15:00', closesAt: '18:00', zone: 'America/Chicago',
      bookings: [], parts: [{ externalId: label, trackingNumber: '1Z1', service: '03', country: 'US' }], packages: { count: 1, weightKg: '1' }, instructions: command.id,
    };
    const of = id === 'shipengine' ? label : id === 'ups' ? command.id.replaceAll('-', '') : command.id;
    const outcome = await perform(connector, access, command, memory);
    expect(standing(of), `${id} ${count}`).toBeLessThanOrEqual(1);
    // What is not certain is left to a person, and said.
    if (!outcome.ok) expect([isCertain, outcome.error.message]).toEqual([false, expect.stringContaining('may have been scheduled')]);
    else expect(standing(of)).toBe(1);
    if (!outcome.ok || !connector.perform!.commands.includes('pickup.cancel')) continue;
    done++;
    const off = await perform(connector, access, outboundCommand('pickup.cancel', { pickup: command.id }, { follows: { id: command.id, memory: memory.value } }), new KeptMemory());
    // A second cancellation that is refused tells nothing at FedEx: a person looks.
    if (off.ok || id !== 'fedex') expect([id, off.ok, standing(of)]).toEqual([id, true, 0]);
  }
  if (connector.perform!.commands.includes('pickup.cancel')) expect(done).toBeGreaterThan(commands / 3);
  expect(world.vans.length).toBeGreaterThan(commands / 3);
});
