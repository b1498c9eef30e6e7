import { createHmac } from 'node:crypto';
import type { Numbers } from '../numbers.js';
import type { WebhookSender } from '../webhooks.js';
import { depot, warehouseSite } from './geography.js';
import { Truck, type Reading } from './truck.js';

export interface FleetOptions {
  sender: WebhookSender;
  /** In base64, as Samsara shows it. */
  secret: string;
  numbers: Numbers;
  pace: number;
}

/** A stop of a trip as the route of its truck names it. */
export interface RouteStop {
  truck: Truck;
  route: { id: string; name: string };
  /** Names of the deliveries that the stop is for. */
  deliveries: readonly string[];
}

export const hauliers = ['Delta Haulage', 'Bluff City Cartage', 'Riverline Freight'] as const;
const trucksOfEach = 3;
/** Between two readings of a device that moves, milliseconds at pace 1; of one that stands, so many times as long. */
const readingMs = 2000;
const standingFactor = 15;
/** Readings of one truck in one answer. */
const maxReadings = 120;

/** The trucks of the hauliers, what their devices say, and the webhooks that the routes of their trips cause. */
export class Fleet {
  readonly trucks: readonly Truck[] = hauliers.flatMap((haulier, of) => Array.from({ length: trucksOfEach }, (_, index) => {
    const number = of * trucksOfEach + index;
    return new Truck(String(281_474_977_000_000 + number), `${haulier.split(' ')[0]!} ${101 + number}`, haulier, `TN-${String(41 + number * 5)}-${String(317 + number * 71)}`, depot);
  }));

  constructor(private readonly options: FleetOptions) {}

  /** A truck of this haulier that has nothing to do; null where all are out. */
  take(haulier: string): Truck | null {
    const truck = this.trucks.find((each) => each.haulier === haulier && !each.isBusy);
    if (truck === undefined) return null;
    truck.isBusy = true;
    return truck;
  }

  /** What a device said after one moment and up to another; without the first, the last that is known. */
  readings(truck: Truck, afterMs: number | null, untilMs: number): Reading[] {
    const step = readingMs / this.options.pace;
    const last = Math.floor(untilMs / step);
    if (afterMs === null) return [truck.at(Math.round(last * step))];
    const first = Math.max(Math.floor(afterMs / step) + 1, last - maxReadings * standingFactor);
    const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
    return ticks.filter((tick) => tick % standingFactor === 0 || truck.movesAt(tick * step, step)).slice(-maxReadings).map((tick) => truck.at(Math.round(tick * step)));
  }

  /** The truck is expected at the warehouse. */
  expect(stop: RouteStop, etaMs: number): void {
    this.#tell('RouteStopEtaUpdated', stop, { state: 'en route', eta: iso(etaMs) });
  }

  arrive(stop: RouteStop, atMs: number): void {
    this.#tell('RouteStopArrival', stop, { state: 'arrived', actualArrivalTime: iso(atMs) }, atMs);
  }

  depart(stop: RouteStop, atMs: number): void {
    this.#tell('RouteStopDeparture', stop, { state: 'departed', actualDepartureTime: iso(atMs) }, atMs);
  }

  #tell(eventType: string, { truck, route, deliveries }: RouteStop, details: Record<string, string>, atMs = Date.now()): void {
    // All were called off: the driver's list has no such stop any more.
    if (deliveries.length === 0) return;
    const { numbers, sender, secret } = this.options;
    const stop = { id: `${route.id}-1`, name: warehouseSite.address, externalIds: { shipment: deliveries.join(',') } };
    const body = Buffer.from(JSON.stringify({
      eventId: numbers.nextUuid(), eventTime: iso(atMs), eventType, orgId: 20936, webhookId: '5239181',
      data: {
        operation: eventType, type: 'route tracking', time: iso(atMs), vehicle: { id: truck.id, name: truck.name },
        // The parcel carrier's yard is a stop, too; who ships has nothing to do with it.
        route: { ...route, stops: [stop, { id: `${route.id}-2` }] }, routeStopDetails: { ...stop, ...details },
      },
    }), 'utf8');
    sender.send(body, () => signed(body, secret));
  }
}

/** `X-Samsara-Signature`: HMAC-SHA256 over `v1:<timestamp>:<body>`, hex. */
function signed(body: Buffer, secret: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const digest = createHmac('sha256', Buffer.from(secret, 'base64')).update(`v1:${timestamp}:`).update(body).digest('hex');
  return { 'x-samsara-timestamp': timestamp, 'x-samsara-signature': `v1=${digest}` };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
