import type { Numbers } from '../numbers.js';
import type { Random } from '../random.js';
import type { Timers } from '../timers.js';
import type { WebhookSender } from '../webhooks.js';
import { eventBody, eventHeaders } from './events.js';
import { planJourney, type JourneyName } from './journeys.js';
import { warehouse, type CarrierName, type Place } from './places.js';
import { scanRows } from './scans.js';
import type { Parcel, TrackerRecord } from './tracker.js';

export interface CarrierOptions {
  sender: WebhookSender;
  webhookUrl: string;
  secret: string;
  numbers: Numbers;
  random: Random;
  timers: Timers;
}

/** What a shipper says when it buys a label. */
export interface Label {
  trackingCode: string;
  carrier: CarrierName;
  destination: Place;
  recipient: string;
  ounces: number;
  /** When the label was made, milliseconds UTC. In the past: the journey is under way already. */
  createdMs: number;
  journey?: JourneyName;
}

/** Parcels and trackers kept in memory; the oldest go first. */
const maxKept = 2000;
/** From the registration of a number to its first webhook, milliseconds at pace 1: the number's buyer has noted it by then. */
const firstReport = { least: 500, most: 1200 };
/** Between two live scans, milliseconds at pace 1. */
const scanGap = { least: 4000, most: 11_000 };

/** The simulated carriers behind the aggregator, and the aggregator's trackers. */
export class Carrier {
  readonly #parcels = new Map<string, Parcel>();
  readonly #trackers = new Map<string, TrackerRecord>();
  readonly #byCode = new Map<string, TrackerRecord>();

  constructor(private readonly options: CarrierOptions) {}

  /** Makes the parcel known to its carrier, with the scans that lie in the past. */
  buyLabel(label: Label): void {
    this.#remember(this.#parcels, key(label.carrier, label.trackingCode), this.#parcelOf(label));
  }

  #parcelOf(label: Label): Parcel {
    const journey = planJourney(label.carrier, label.destination, this.options.random, label.journey);
    const scannedMs: number[] = [];
    let hours = 0;
    for (const scan of journey.scans) {
      hours += scan.hours;
      const at = label.createdMs + hours * 3_600_000;
      if (at > Date.now()) break;
      scannedMs.push(at);
    }
    const planned = journey.scans.reduce((sum, scan) => sum + scan.hours, 0) - journey.delayHours;
    const { trackingCode, carrier, destination, recipient, ounces } = label;
    return { trackingCode, carrier, destination, recipient, ounces, journey, scannedMs, estimatedMs: label.createdMs + Math.max(24, planned) * 3_600_000 };
  }

  /** The tracker of this number: the existing one, or a new one that reports from now on. */
  createTracker(trackingCode: string, carrier: CarrierName): { tracker: TrackerRecord; isNew: boolean } {
    const known = this.#byCode.get(key(carrier, trackingCode));
    if (known !== undefined) return { tracker: known, isNew: false };
    const { numbers } = this.options;
    // A number which no label of ours carries is a parcel of somebody else: it has a journey all the same.
    const parcel = this.#parcels.get(key(carrier, trackingCode)) ?? this.#parcelOf({ trackingCode, carrier, destination: warehouse, recipient: 'A. RECEIVER', ounces: 40, createdMs: Date.now() });
    const tracker: TrackerRecord = { id: `trk_${numbers.nextHex()}`, createdMs: parcel.scannedMs[0] ?? Date.now(), updatedMs: Date.now(), parcel };
    this.#remember(this.#trackers, tracker.id, tracker);
    this.#remember(this.#byCode, key(carrier, trackingCode), tracker);
    if (parcel.scannedMs.length === 0) parcel.scannedMs.push(Date.now());
    this.options.timers.after(this.options.random.between(firstReport.least, firstReport.most), () => {
      this.#report(tracker, 'tracker.created', null);
      this.#scheduleScan(tracker);
    });
    return { tracker, isNew: true };
  }

  tracker(id: string): TrackerRecord | undefined {
    return this.#trackers.get(id);
  }

  #scheduleScan(tracker: TrackerRecord): void {
    const { timers, random } = this.options;
    const { parcel } = tracker;
    if (parcel.scannedMs.length >= parcel.journey.scans.length) return;
    timers.after(random.between(scanGap.least, scanGap.most), () => {
      const before = lastStatus(parcel);
      parcel.scannedMs.push(Date.now());
      tracker.updatedMs = Date.now();
      this.#report(tracker, 'tracker.updated', before);
      this.#scheduleScan(tracker);
    });
  }

  #report(tracker: TrackerRecord, description: 'tracker.created' | 'tracker.updated', previousStatus: string | null): void {
    const { sender, numbers, secret, webhookUrl } = this.options;
    const body = eventBody({ id: `evt_${numbers.nextHex()}`, description, previousStatus, url: webhookUrl, nowMs: Date.now(), tracker });
    sender.send(body, () => eventHeaders(body, secret));
  }

  #remember<V>(map: Map<string, V>, id: string, value: V): void {
    map.set(id, value);
    if (map.size > maxKept) map.delete(map.keys().next().value!);
  }
}

function lastStatus(parcel: Parcel): string | null {
  const last = parcel.journey.scans[parcel.scannedMs.length - 1];
  return last === undefined ? null : scanRows[last.kind].status;
}

function key(carrier: CarrierName, trackingCode: string): string {
  return `${carrier}:${trackingCode}`;
}
