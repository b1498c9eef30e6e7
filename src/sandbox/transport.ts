import type { Log } from '../lib/log.js';
import { Scheduler } from './dock/scheduler.js';
import { createDockServer } from './dock/server.js';
import type { HttpClient } from './http-client.js';
import type { Numbers } from './numbers.js';
import type { Random } from './random.js';
import type { Timers } from './timers.js';
import { Dispatcher } from './tms/dispatcher.js';
import { createTmsServer } from './tms/server.js';
import type { DeliveryCounts, WebhookSender } from './webhooks.js';

export interface TransportOptions {
  /** The `webhookSecret` of the connection sandbox-tms. */
  tmsSecret: string;
  /** The `webhookSecret` of the connection sandbox-dock. */
  dockSecret: string;
  odooUrl: string;
  tmsSender: WebhookSender;
  dockSender: WebhookSender;
  numbers: Numbers;
  random: Random;
  timers: Timers;
  client: HttpClient;
  log: Log;
  pace: number;
}

export interface Transport {
  tmsUrl: string;
  dockUrl: string;
  counts(): { tms: DeliveryCounts; dock: DeliveryCounts };
  /** Timers and client must be stopped first. */
  stop(): Promise<void>;
}

/** Starts the simulated transport management system and dock scheduler, which haul what the simulated Odoo delivers. */
export async function startTransport(options: TransportOptions): Promise<Transport> {
  const { tmsSender, dockSender, numbers, timers } = options;
  const scheduler = new Scheduler({ sender: dockSender, secret: options.dockSecret, numbers, timers });
  const dock = createDockServer(scheduler);
  const dockUrl = await dock.listen({ host: '127.0.0.1', port: 0 });
  const dispatcher = new Dispatcher({ ...options, sender: tmsSender, secret: options.tmsSecret, dockUrl });
  const tms = createTmsServer(dispatcher);
  const stop = async () => {
    await Promise.all([tmsSender.stop(), dockSender.stop()]);
    await Promise.all([tms.close(), dock.close()]);
  };
  try {
    const tmsUrl = await tms.listen({ host: '127.0.0.1', port: 0 });
    scheduler.open();
    dispatcher.start();
    return { tmsUrl, dockUrl, stop, counts: () => ({ tms: { ...tmsSender.counts }, dock: { ...dockSender.counts } }) };
  } catch (error) {
    await stop();
    throw error;
  }
}
