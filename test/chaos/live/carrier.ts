import { journeyLength, trackerMessage } from '../../support/easypost-messages.js';
import { pause } from './pause.js';
import type { Sender } from './sender.js';

/** Scans that each message adds: with the estimate of the first one a parcel has 13 milestones in 4 messages. */
const scansPerMessage = 3;
const milestonesPerMessage = (journeyLength + 1) / (journeyLength / scansPerMessage);

/** Which parcels of a carrier go through which connection. */
export interface Parcels {
  connectionOf(serial: number): string;
  carrierOf(serial: number): string;
}

/** Sends trackers at a steady rate. */
export class Carrier {
  milestones = 0;
  /** Scans of each parcel that were acknowledged. */
  readonly scans = new Map<number, number>();
  #stopped = false;
  #serial = 0;
  readonly #sender: Sender;
  readonly #parcels: Parcels;
  readonly #started: (serial: number) => void;
  readonly #open = new Set<Promise<void>>();

  /** @param started called once a parcel is known */
  constructor(sender: Sender, parcels: Parcels, started: (serial: number) => void) {
    this.#sender = sender;
    this.#parcels = parcels;
    this.#started = started;
  }

  /** @param perSecond milestones */
  async run(perSecond: number): Promise<void> {
    const messageMs = (1000 * milestonesPerMessage) / perSecond;
    const startMs = performance.now();
    const lanes = Array.from({ length: 40 }, () => ({ serial: 0, scans: journeyLength }));
    for (let count = 0; !this.#stopped; count++) {
      const lane = lanes[count % lanes.length]!;
      if (lane.scans === journeyLength) Object.assign(lane, { serial: ++this.#serial, scans: 0 });
      lane.scans += scansPerMessage;
      const sending = this.#deliver(lane.serial, lane.scans).finally(() => this.#open.delete(sending));
      this.#open.add(sending);
      await pause(Math.max(0, startMs + (count + 1) * messageMs - performance.now()));
      // What cannot be sent in time waits: a server that is away must not make thousands of requests wait.
      while (this.#open.size > 500) await pause(10);
    }
    await Promise.all(this.#open);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #deliver(serial: number, scans: number): Promise<void> {
    await this.#sender.tracker(this.#parcels.connectionOf(serial), trackerMessage(serial, scans).replaceAll('"carrier":"FedEx"', `"carrier":"${this.#parcels.carrierOf(serial)}"`));
    this.milestones += scansPerMessage + (scans === scansPerMessage ? 1 : 0);
    if (!this.scans.has(serial)) this.#started(serial);
    this.scans.set(serial, Math.max(scans, this.scans.get(serial) ?? 0));
  }
}
