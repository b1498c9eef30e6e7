import type { FastifyInstance } from 'fastify';
import type { Log } from '../lib/log.js';
import { HttpClient } from './http-client.js';
import { Numbers } from './numbers.js';
import { products, providerLocation } from './odoo/catalog.js';
import { CommandModel } from './odoo/command-model.js';
import { Outbox } from './odoo/outbox.js';
import { Sales } from './odoo/sales.js';
import type { OdooVersion } from './odoo/records.js';
import { createOdooServer } from './odoo/server.js';
import { Stock } from './odoo/stock.js';
import { Store } from './odoo/store.js';
import { Carrier } from './parcel/carrier.js';
import { noApiFaults } from './parcel/api-faults.js';
import { Pickups } from './parcel/pickups.js';
import { createParcelServer } from './parcel/server.js';
import { Shipments } from './parcel/shipments.js';
import { Random } from './random.js';
import { Timers } from './timers.js';
import { startTransport, type Transport } from './transport.js';
import { Provider, providerWarehouse } from './warehouse/provider.js';
import { createWarehouseServer } from './warehouse/server.js';
import { WebhookSender, type DeliveryCounts, type Faults } from './webhooks.js';

/** Ids of the levels that lie with the provider are above those of the own stock by so many. */
const providerLevels = 1000;

export interface SandboxOptions {
  /** Base URL of Gatehouse, e.g. http://127.0.0.1:4000. */
  target: string;
  /** The `webhookSecret` of the connection sandbox-odoo. */
  odooSecret: string;
  /** The `webhookSecret` of the connection sandbox-parcel. */
  parcelSecret: string;
  /** The `webhookSecret` of the connections sandbox-tms, sandbox-dock and sandbox-telematics (base64). Without, there are no trucks and no yard. */
  transport?: { tmsSecret: string; dockSecret: string; telematicsSecret: string };
  /** The `webhookSecret` of the connection sandbox-warehouse. Without, every order is delivered from the own warehouse. */
  warehouse?: { secret: string };
  log: Log;
  /** 1 is demo speed; 10 is ten times as fast. Default 1. */
  pace?: number;
  /** Which Odoo is simulated: 19.0 has JSON-2 and /web/version. Default 18.0. */
  odooVersion?: OdooVersion;
  /** Last part of the address that the simulated Odoo sends to. Default sandbox-odoo. */
  odooConnection?: string;
  /** Whether orders come by themselves; without, there is master data only. Default true. */
  sales?: boolean;
  /** Decides everything that is left to chance. Default: other in every run. */
  seed?: number;
}

export interface Sandbox {
  odooUrl: string;
  parcelUrl: string;
  /** Null where there is no transport. */
  tmsUrl: string | null;
  dockUrl: string | null;
  telematicsUrl: string | null;
  /** Null where there is no logistics provider. */
  warehouseUrl: string | null;
  /** The tables of the simulated Odoo. */
  odoo: Store;
  /** What Gatehouse wrote back to it. */
  written: Pick<CommandModel, 'inbox' | 'results' | 'calls'>;
  /** What was bought at the simulated aggregator. */
  bookings: Pick<Shipments, 'bought'>;
  /** May be changed while it runs. */
  faults: Faults;
  /** What was sent so far. */
  counts(): { odoo: DeliveryCounts; parcel: DeliveryCounts; tms?: DeliveryCounts; dock?: DeliveryCounts; telematics?: DeliveryCounts; warehouse?: DeliveryCounts };
  stop(): Promise<void>;
}

/**
 * Starts a simulated Odoo and a simulated parcel aggregator on loopback, and lets shipments happen:
 * twelve of the last days at once, then a new order every few seconds. With `transport` also a
 * transport management system, a dock scheduler and telematics, through which they leave the warehouse;
 * with `warehouse` a logistics provider that ships a part of the orders. Everything it tells Gatehouse
 * goes over HTTP to /ingest/sandbox-odoo, -parcel, -tms, -dock, -telematics and -warehouse.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log, pace = 1 } = options;
  if (!(pace > 0)) throw new RangeError('pace must be above 0.');
  const target = options.target.replace(/\/+$/, '');
  const faults: Faults = { duplicateShare: 0.06, disorderShare: 0.06, odooUnavailable: false, odooRollbacks: 0, parcelUnavailable: false, odooKeyExpiresAt: null, parcelApi: { ...noApiFaults } };
  const numbers = new Numbers(Date.now());
  const seed = options.seed ?? numbers.seed;
  const timers = new Timers(pace, log);
  const client = new HttpClient();
  // Each part draws from its own sequence, so that the timing of one does not change another.
  const senderTo = (connection: string, concurrency: number, salt: number) => new WebhookSender({ url: `${target}/ingest/${connection}`, client, concurrency, random: new Random(seed + salt), faults, pace, log });
  const odooConnection = options.odooConnection ?? 'sandbox-odoo';
  const version = options.odooVersion ?? '18.0';
  const odooSender = senderTo(odooConnection, 2, 1);
  const parcelSender = senderTo('sandbox-parcel', 4, 2);
  const carrier = new Carrier({ sender: parcelSender, webhookUrl: `${target}/ingest/sandbox-parcel`, secret: options.parcelSecret, numbers, random: new Random(seed + 3), timers });
  const shipments = new Shipments({ numbers, carrier });
  const outbox = new Outbox({ sender: odooSender, secret: options.odooSecret, numbers, timers, version });
  const store = new Store(outbox);
  const commands = new CommandModel(store, faults, numbers);
  const [odoo, parcel] = [createOdooServer({ store, commands, outbox, numbers, faults, version, connection: odooConnection }), createParcelServer(carrier, faults, { shipments, pickups: new Pickups({ numbers }), random: new Random(seed + 7) })];

  const warehouse = options.warehouse === undefined ? null : { secret: options.warehouse.secret, sender: senderTo('sandbox-warehouse', 2, 8) };
  let transport: Transport | null = null;
  let provider: FastifyInstance | null = null;
  const stop = async (): Promise<void> => {
    client.close();
    await timers.stop();
    await Promise.all([odooSender.stop(), parcelSender.stop(), warehouse?.sender.stop(), transport?.stop()]);
    await Promise.all([odoo.close(), parcel.close(), provider?.close()]);
  };
  try {
    const [odooUrl, parcelUrl] = await Promise.all([odoo, parcel].map((app) => app.listen({ host: '127.0.0.1', port: 0 })));
    let warehouseUrl: string | null = null;
    if (warehouse !== null) {
      const levels = new Map(products.map(({ record, onHand }) => [record.default_code, onHand]));
      provider = createWarehouseServer(new Provider({ ...warehouse, numbers, random: new Random(seed + 9), timers, client, log, parcelUrl: parcelUrl!, buyLabel: (label) => carrier.buyLabel(label), levels }));
      warehouseUrl = await provider.listen({ host: '127.0.0.1', port: 0 });
    }
    const sales = new Sales({
      store, stock: new Stock(store), ...(warehouse === null ? {} : { provider: { code: providerWarehouse.code, stock: new Stock(store, providerLocation, providerLevels) } }), numbers, random: new Random(seed), timers, client, log, parcelUrl: parcelUrl!,
      buyLabel: (label) => carrier.buyLabel(label),
      backlog: () => odooSender.backlog + parcelSender.backlog,
    });
    await sales.start(options.sales ?? true);
    if (options.transport !== undefined) {
      const [tmsSender, dockSender, telematicsSender] = [senderTo('sandbox-tms', 2, 4), senderTo('sandbox-dock', 2, 5), senderTo('sandbox-telematics', 2, 10)];
      transport = await startTransport({ ...options.transport, odooUrl: odooUrl!, tmsSender, dockSender, telematicsSender, numbers, random: new Random(seed + 6), timers, client, log, pace });
    }
    const counts = () => ({ odoo: { ...odooSender.counts }, parcel: { ...parcelSender.counts }, ...transport?.counts(), ...(warehouse === null ? {} : { warehouse: { ...warehouse.sender.counts } }) });
    return { odooUrl: odooUrl!, parcelUrl: parcelUrl!, tmsUrl: transport?.tmsUrl ?? null, dockUrl: transport?.dockUrl ?? null, telematicsUrl: transport?.telematicsUrl ?? null, warehouseUrl, odoo: store, written: commands, bookings: shipments, faults, stop, counts };
  } catch (error) {
    await stop();
    throw error;
  }
}
