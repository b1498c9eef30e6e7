import type { Log } from '../lib/log.js';
import { HttpClient } from './http-client.js';
import { Numbers } from './numbers.js';
import { Outbox } from './odoo/outbox.js';
import { Sales } from './odoo/sales.js';
import type { OdooVersion } from './odoo/records.js';
import { createOdooServer } from './odoo/server.js';
import { Stock } from './odoo/stock.js';
import { Store } from './odoo/store.js';
import { Carrier } from './parcel/carrier.js';
import { createParcelServer } from './parcel/server.js';
import { Random } from './random.js';
import { Timers } from './timers.js';
import { startTransport, type Transport } from './transport.js';
import { WebhookSender, type DeliveryCounts, type Faults } from './webhooks.js';

export interface SandboxOptions {
  /** Base URL of Gatehouse, e.g. http://127.0.0.1:4000. */
  target: string;
  /** The `webhookSecret` of the connection sandbox-odoo. */
  odooSecret: string;
  /** The `webhookSecret` of the connection sandbox-parcel. */
  parcelSecret: string;
  /** The `webhookSecret` of the connections sandbox-tms and sandbox-dock. Without, there is no transport and no yard. */
  transport?: { tmsSecret: string; dockSecret: string };
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
  /** The tables of the simulated Odoo. */
  odoo: Store;
  /** May be changed while it runs. */
  faults: Faults;
  /** What was sent so far. */
  counts(): { odoo: DeliveryCounts; parcel: DeliveryCounts; tms?: DeliveryCounts; dock?: DeliveryCounts };
  stop(): Promise<void>;
}

/**
 * Starts a simulated Odoo and a simulated parcel aggregator on loopback, and lets shipments happen:
 * twelve of the last days at once, then a new order every few seconds. With `transport` also a
 * transport management system and a dock scheduler, through which they leave the warehouse. Everything
 * it tells Gatehouse goes over HTTP to /ingest/sandbox-odoo, -parcel, -tms and -dock.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log, pace = 1 } = options;
  if (!(pace > 0)) throw new RangeError('pace must be above 0.');
  const target = options.target.replace(/\/+$/, '');
  const faults: Faults = { duplicateShare: 0.06, disorderShare: 0.06, odooUnavailable: false, parcelUnavailable: false, odooKeyExpiresAt: null };
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
  const outbox = new Outbox({ sender: odooSender, secret: options.odooSecret, numbers, timers, version });
  const store = new Store(outbox);
  const [odoo, parcel] = [createOdooServer({ store, outbox, numbers, faults, version, connection: odooConnection }), createParcelServer(carrier, faults)];

  let transport: Transport | null = null;
  const stop = async (): Promise<void> => {
    client.close();
    await timers.stop();
    await Promise.all([odooSender.stop(), parcelSender.stop(), transport?.stop()]);
    await Promise.all([odoo.close(), parcel.close()]);
  };
  try {
    const [odooUrl, parcelUrl] = await Promise.all([odoo, parcel].map((app) => app.listen({ host: '127.0.0.1', port: 0 })));
    const sales = new Sales({
      store, stock: new Stock(store), numbers, random: new Random(seed), timers, client, log, parcelUrl: parcelUrl!,
      buyLabel: (label) => carrier.buyLabel(label),
      backlog: () => odooSender.backlog + parcelSender.backlog,
    });
    await sales.start(options.sales ?? true);
    if (options.transport !== undefined) {
      const [tmsSender, dockSender] = [senderTo('sandbox-tms', 2, 4), senderTo('sandbox-dock', 2, 5)];
      transport = await startTransport({ ...options.transport, odooUrl: odooUrl!, tmsSender, dockSender, numbers, random: new Random(seed + 6), timers, client, log, pace });
    }
    const counts = () => ({ odoo: { ...odooSender.counts }, parcel: { ...parcelSender.counts }, ...transport?.counts() });
    return { odooUrl: odooUrl!, parcelUrl: parcelUrl!, tmsUrl: transport?.tmsUrl ?? null, dockUrl: transport?.dockUrl ?? null, odoo: store, faults, stop, counts };
  } catch (error) {
    await stop();
    throw error;
  }
}
