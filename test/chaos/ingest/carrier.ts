import { randomInt } from 'node:crypto';
import { expectedMilestones, journeyLength, signedHeaders, trackerMessage, trackingNumber } from '../../support/easypost-messages.js';

/** What the carrier knows when the run is over. */
export interface CarrierRecord {
  /** Ids of acknowledged messages, each with how often it was acknowledged. */
  acknowledged: Map<string, number>;
  /** `<tracking number> <raw code> <time>` of every scan in an acknowledged body. */
  milestones: Set<string>;
  /** Acknowledged bodies that came back under another id, or as new: the first answer was forgotten. */
  forgotten: number;
  /** Sendings that were not acknowledged and were made again. */
  retries: number;
}

interface Parcel {
  serial: number;
  scans: number;
}

const senders = 12;
const openParcels = 40;
const retryMs = 60;
/** One sending in this many repeats a body that was acknowledged before. */
const repeatEvery = 6;

/**
 * A carrier that sends tracker events from several places at once, each repeating the parcel's whole
 * history, and sends every body again until it is acknowledged, as carriers do.
 */
export class Carrier {
  readonly record: CarrierRecord = { acknowledged: new Map(), milestones: new Set(), forgotten: 0, retries: 0 };
  readonly #url: string;
  readonly #secret: string;
  readonly #parcels: Parcel[] = [];
  readonly #ids = new Map<string, string>();
  readonly #sent: Array<{ serial: number; scans: number }> = [];
  #nextSerial = 1;
  #stopped = false;
  #running: Promise<void>[] = [];

  constructor(url: string, secret: string) {
    this.#url = url;
    this.#secret = secret;
  }

  start(): void {
    for (let parcel = 0; parcel < openParcels; parcel++) this.#parcels.push({ serial: this.#nextSerial++, scans: 0 });
    this.#running = Array.from({ length: senders }, () => this.#send());
  }

  /** Resolves when everything that was sent is acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #send(): Promise<void> {
    while (!this.#stopped) {
      const { serial, scans } = this.#sent.length > 0 && randomInt(repeatEvery) === 0 ? this.#sent[randomInt(this.#sent.length)]! : this.#nextScan();
      await this.#deliver(serial, scans);
      await pause(randomInt(30));
    }
  }

  /** One more scan of some parcel; a delivered one makes room for the next. */
  #nextScan(): Parcel {
    const place = randomInt(this.#parcels.length);
    const parcel = this.#parcels[place]!;
    parcel.scans++;
    if (parcel.scans === journeyLength) this.#parcels[place] = { serial: this.#nextSerial++, scans: 0 };
    return { ...parcel };
  }

  async #deliver(serial: number, scans: number): Promise<void> {
    const body = trackerMessage(serial, scans);
    for (;;) {
      const receipt = await this.#post(body);
      if (receipt !== null) return this.#note(serial, scans, receipt);
      this.record.retries++;
      await pause(retryMs);
    }
  }

  /** Null where it was not acknowledged: no answer, or one that asks to come back. */
  async #post(body: string): Promise<{ id: string; duplicate: boolean } | null> {
    let response: Response;
    try {
      response = await fetch(this.#url, { method: 'POST', headers: signedHeaders(this.#secret, body), body, signal: AbortSignal.timeout(10_000) });
      if (response.status === 202) return (await response.json()) as { id: string; duplicate: boolean };
    } catch {
      return null; // the server is gone, or was killed before its answer was out
    }
    if (response.status < 500) throw new Error(`A message was answered with ${response.status}: ${await response.text()}`);
    await response.text().catch(() => ''); // killed while it said that it is not available
    return null;
  }

  #note(serial: number, scans: number, receipt: { id: string; duplicate: boolean }): void {
    const name = `${serial}/${scans}`;
    const before = this.#ids.get(name);
    if (before !== undefined && (before !== receipt.id || !receipt.duplicate)) this.record.forgotten++;
    this.#ids.set(name, receipt.id);
    this.record.acknowledged.set(receipt.id, (this.record.acknowledged.get(receipt.id) ?? 0) + 1);
    if (before === undefined) this.#sent.push({ serial, scans });
    for (const milestone of expectedMilestones(serial, scans)) this.record.milestones.add(`${trackingNumber(serial)} ${milestone}`);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((next) => setTimeout(next, ms));
}
