import { Scheduler } from './dock/scheduler.js';
import { createDockServer } from './dock/server.js';
import { Fleet } from './telematics/fleet.js';
import { createTelematicsServer } from './telematics/server.js';
import { Dispatcher, type DispatcherOptions } from './tms/dispatcher.js';
import { createTmsServer } from './tms/server.js';
import type { DeliveryCounts, WebhookSender } from './webhooks.js';

export interface TransportOptions extends Omit<DispatcherOptions, 'sender' | 'secret' | 'dockUrl' | 'fleet'> {
  /** The `webhookSecret` of the connection sandbox-tms. */
  tmsSecret: string;
  /** The `webhookSecret` of the connection sandbox-dock. */
  dockSecret: string;
  /** The `webhookSecret` of the connection sandbox-telematics, in base64. */
  telematicsSecret: string;
  tmsSender: WebhookSender;
  dockSender: WebhookSender;
  telematicsSender: WebhookSender;
}

export interface Transport {
  tmsUrl: string;
  dockUrl: string;
  telematicsUrl: string;
  counts(): { tms: DeliveryCounts; dock: DeliveryCounts; telematics: DeliveryCounts };
  /** Timers and client must be stopped first. */
  stop(): Promise<void>;
}

/** Starts the simulated transport management system, dock scheduler and telematics, which haul what the simulated Odoo delivers. */
export async function startTransport(options: TransportOptions): Promise<Transport> {
  const { tmsSender, dockSender, telematicsSender, numbers, timers, pace } = options;
  const scheduler = new Scheduler({ sender: dockSender, secret: options.dockSecret, numbers, timers });
  const dock = createDockServer(scheduler);
  const dockUrl = await dock.listen({ host: '127.0.0.1', port: 0 });
  const fleet = new Fleet({ sender: telematicsSender, secret: options.telematicsSecret, numbers, pace });
  const dispatcher = new Dispatcher({ ...options, sender: tmsSender, secret: options.tmsSecret, dockUrl, fleet });
  const tms = createTmsServer(dispatcher);
  const telematics = createTelematicsServer(fleet);
  const stop = async () => {
    await Promise.all([tmsSender.stop(), dockSender.stop(), telematicsSender.stop()]);
    await Promise.all([tms.close(), dock.close(), telematics.close()]);
  };
  try {
    const [tmsUrl, telematicsUrl] = await Promise.all([tms.listen({ host: '127.0.0.1', port: 0 }), telematics.listen({ host: '127.0.0.1', port: 0 })]);
    scheduler.open();
    dispatcher.start();
    return { tmsUrl, dockUrl, telematicsUrl, stop, counts: () => ({ tms: { ...tmsSender.counts }, dock: { ...dockSender.counts }, telematics: { ...telematicsSender.counts } }) };
  } catch (error) {
    await stop();
    throw error;
  }
}
