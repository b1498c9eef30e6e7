import type { Access, CommandMemory, OutboundCommand } from '../../src/connectors/contract.js';
import type { EasyPostSettings } from '../../src/connectors/easypost/settings.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Json } from '../../src/lib/json.js';
import { createLog } from '../../src/lib/log.js';
import type { BookingInput, CommandInputs, CommandKind } from '../../src/model/commands.js';
import { HttpClient } from '../../src/sandbox/http-client.js';
import { Numbers } from '../../src/sandbox/numbers.js';
import { noApiFaults, type ApiFaults } from '../../src/sandbox/parcel/api-faults.js';
import { Carrier } from '../../src/sandbox/parcel/carrier.js';
import { Pickups } from '../../src/sandbox/parcel/pickups.js';
import { createParcelServer, parcelApiKey } from '../../src/sandbox/parcel/server.js';
import { Shipments } from '../../src/sandbox/parcel/shipments.js';
import { Random } from '../../src/sandbox/random.js';
import { Timers } from '../../src/sandbox/timers.js';
import { WebhookSender, type Faults } from '../../src/sandbox/webhooks.js';

/** The simulated aggregator alone: its API, with webhooks where it is told whom to send them to. */
export interface ParcelSandbox {
  url: string;
  faults: ApiFaults;
  bought: Shipments['bought'];
  /** Pickups that were bought. */
  pickups: Pickups['bought'];
  confirmRefunds(): void;
  stop(): Promise<void>;
}

/** An answer to a request about a shipment: by whose reference it was booked, and how long it took. */
export interface Answered {
  reference: string;
  ms: number;
}

export async function startParcelSandbox({ seed = 1, webhooks, pace = 1, answered }: { seed?: number; webhooks?: { url: string; secret: string }; pace?: number; answered?(answer: Answered): void } = {}): Promise<ParcelSandbox> {
  const log = createLog('silent');
  const timers = new Timers(pace, log);
  const client = new HttpClient();
  const faults: Faults = { duplicateShare: 0, disorderShare: 0, odooUnavailable: false, odooRollbacks: 0, odooKeyExpiresAt: null, parcelUnavailable: false, parcelApi: { ...noApiFaults } };
  const sender = webhooks === undefined ? null : new WebhookSender({ url: webhooks.url, client, concurrency: 2, random: new Random(seed + 2), faults, pace, log });
  const numbers = new Numbers(Date.now());
  const carrier = new Carrier({ sender: sender ?? ({ send: () => undefined } as unknown as WebhookSender), webhookUrl: webhooks?.url ?? 'http://127.0.0.1:9/', secret: webhooks?.secret ?? 'sandbox', numbers, random: new Random(seed), timers });
  const shipments = new Shipments({ numbers, carrier });
  const pickups = new Pickups({ numbers });
  const app = createParcelServer(carrier, faults, { shipments, pickups, random: new Random(seed + 1) });
  if (answered !== undefined) tellAnswers(app, answered);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url, faults: faults.parcelApi, bought: () => shipments.bought(), pickups: () => pickups.bought(), confirmRefunds: () => shipments.confirmRefunds(),
    async stop() {
      client.close();
      await timers.stop();
      await sender?.stop();
      await app.close();
    },
  };
}

/** Tells of every answer of which the shipment is known: by the answer that made it, and by its id in addresses. */
function tellAnswers(app: ReturnType<typeof createParcelServer>, answered: (answer: Answered) => void): void {
  const references = new Map<string, string>();
  const made = new WeakMap<object, string>();
  app.addHook('onSend', async (request, _reply, payload) => {
    if (request.method !== 'POST' || request.url !== '/v2/shipments') return payload;
    const { id, reference } = JSON.parse(String(payload)) as { id?: string; reference?: string | null };
    if (id === undefined || reference == null) return payload;
    references.set(id, reference);
    made.set(request, id);
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    const reference = references.get(made.get(request) ?? /shp_\w+/.exec(request.url)?.[0] ?? '');
    if (reference !== undefined) answered({ reference, ms: reply.elapsedTime });
  });
}

export function parcelAccess(url: string, settings: Partial<EasyPostSettings> = {}): Access<EasyPostSettings> {
  return { connection: 'parcel', settings: { webhookSecret: 'whsec_test', url, ...settings }, secrets: { apiKey: [parcelApiKey] }, allowedNetworks: ['127.0.0.0/8'] };
}

/** What a command remembers, as the engine keeps it. */
export class KeptMemory implements CommandMemory {
  value: Json | null = null;
  remembered = 0;

  async draw(): Promise<void> {
    throw new Error('A parcel carrier has no control numbers.');
  }

  async remember(value: Json): Promise<void> {
    this.value = JSON.parse(JSON.stringify(value)) as Json;
    this.remembered++;
  }
}

export function outboundCommand<K extends CommandKind>(kind: K, input: CommandInputs[K], given: Partial<OutboundCommand<K>> = {}): OutboundCommand<K> {
  return { id: uuidv7(), kind, input, attempt: 1, timeoutMs: 5_000, ...given };
}

/** A delivery from the sandbox's warehouse; two pounds and a bit unless told. */
export function bookingInput(given: Partial<BookingInput> = {}): BookingInput {
  return {
    from: { company: 'Warehouse', street: '1 Dock Road', city: 'Memphis', region: 'TN', postalCode: '38118', country: 'US', phone: '5555550100' },
    to: { name: 'Ann Example', street: '388 Townsend St', city: 'San Francisco', region: 'CA', postalCode: '94107', country: 'US' },
    packages: [{ id: 'PACK1', weightKg: '1.2', lengthCm: '30', widthCm: '20', heightCm: '10' }],
    references: [{ kind: 'odoo.delivery', issuer: 'erp', value: '42' }],
    ...given,
  };
}
