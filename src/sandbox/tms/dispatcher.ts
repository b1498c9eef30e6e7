import type { HttpClient } from '../http-client.js';
import type { Log } from '../../lib/log.js';
import type { Numbers } from '../numbers.js';
import type { CarrierName } from '../parcel/places.js';
import type { Random } from '../random.js';
import { hauliers, type Fleet, type RouteStop } from '../telematics/fleet.js';
import { depot, warehouseSite, yards } from '../telematics/geography.js';
import type { Truck } from '../telematics/truck.js';
import type { Timers } from '../timers.js';
import type { WebhookSender } from '../webhooks.js';
import { readDeliveries, type OdooDelivery } from './deliveries.js';
import { DockClient } from './dock-client.js';
import { tripObject, type Trip } from './trip.js';

export interface DispatcherOptions {
  sender: WebhookSender;
  /** Sent with every trip as bearer token. */
  secret: string;
  numbers: Numbers;
  random: Random;
  timers: Timers;
  client: HttpClient;
  log: Log;
  pace: number;
  odooUrl: string;
  dockUrl: string;
  fleet: Fleet;
}

interface OpenTrip {
  trip: Trip;
  deliveries: OdooDelivery[];
  appointmentId: string;
  /** Null: one without a device. */
  truck: Truck | null;
}

/** Milliseconds at pace 1. */
const pollMs = 1000;
const toGateMs = 6000;
const loadingMs = 14_000;
const drivingMs = 12_000;
const unloadingMs = 3000;
const homewardMs = 8000;
const fullAt = 3;
const noShowShare = 0.05;
const maxKept = 500;
const minuteMs = 60_000;
/** Of what was shipped before the sandbox began, so many of the last runs are told. */
const earlierTrips = 6;

/**
 * The dispatcher of a transport management system: looks into Odoo for deliveries, puts those of one
 * parcel carrier on one truck, books a door, and follows the truck. Every change is told by webhook, as
 * the whole trip.
 */
export class Dispatcher {
  readonly #trips = new Map<string, Trip>();
  readonly #open = new Map<CarrierName, OpenTrip>();
  readonly #dock: DockClient;
  #highestId = 0;
  #complaint = '';

  constructor(private readonly options: DispatcherOptions) {
    this.#dock = new DockClient(options.client, options.dockUrl);
  }

  /** Tells of the runs of the last days, then dispatches for ever. */
  start(): void {
    this.options.timers.after(0, () => this.#begin());
  }

  async #begin(): Promise<void> {
    const { client, odooUrl, timers } = this.options;
    const isDone = await this.#attempt(async () => {
      const earlier = await readDeliveries(client, odooUrl, { above: this.#highestId });
      const shipped = earlier.filter(({ doneMs }) => doneMs !== null).slice(-earlierTrips);
      for (const delivery of earlier) {
        if (shipped.includes(delivery)) await this.#tellEarlier(delivery);
        this.#highestId = delivery.id;
      }
    });
    timers.after(pollMs, () => (isDone ? this.#poll() : this.#begin()));
  }

  trip(id: string): Trip | undefined {
    return this.#trips.get(id);
  }

  trips(): Trip[] {
    return [...this.#trips.values()];
  }

  async #poll(): Promise<void> {
    const { client, odooUrl, timers } = this.options;
    await this.#attempt(async () => {
      await this.#takeOffCancelled();
      for (const delivery of await readDeliveries(client, odooUrl, { above: this.#highestId })) {
        if (delivery.state !== 'cancel') await this.#assign(delivery);
        this.#highestId = delivery.id;
      }
    });
    // Only then: two at once would plan the same delivery twice.
    timers.after(pollMs, () => this.#poll());
  }

  /** False where a system did not answer: it is asked again. A fault that lasts is told once. */
  async #attempt(task: () => Promise<void>): Promise<boolean> {
    try {
      await task();
      this.#complaint = '';
      return true;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== this.#complaint) this.options.log.warn({ problem }, 'The simulated dispatcher could not plan and will try again.');
      this.#complaint = problem;
      return false;
    }
  }

  async #takeOffCancelled(): Promise<void> {
    const ids = [...this.#open.values()].flatMap(({ deliveries }) => deliveries.map((delivery) => delivery.id));
    if (ids.length === 0) return;
    const cancelled = new Set((await readDeliveries(this.options.client, this.options.odooUrl, { ids })).filter(({ state }) => state === 'cancel').map(({ id }) => id));
    for (const open of this.#open.values()) {
      const left = open.deliveries.filter((delivery) => !cancelled.has(delivery.id));
      if (left.length === open.deliveries.length) continue;
      open.deliveries = left;
      open.trip.deliveries = left.map((delivery) => delivery.name);
      this.#tell(open.trip);
    }
  }

  async #assign(delivery: OdooDelivery): Promise<void> {
    const open = this.#open.get(delivery.hub);
    if (open === undefined) return this.#plan(delivery.hub, [delivery]);
    open.deliveries.push(delivery);
    open.trip.deliveries.push(delivery.name);
    this.#tell(open.trip);
  }

  async #plan(hub: CarrierName, deliveries: OdooDelivery[]): Promise<void> {
    const { random, timers, pace, fleet } = this.options;
    const nowMs = Date.now();
    const arrivalMs = nowMs + toGateMs / pace;
    const haulier = random.pick(hauliers);
    const truck = fleet.take(haulier);
    const trip = this.#newTrip(hub, deliveries, nowMs, arrivalMs, haulier, truck, { stay: loadingMs / pace, drive: drivingMs / pace, unload: unloadingMs / pace });
    this.#tell(trip);
    const appointmentId = await this.#dock.book({ startMs: trip.pickup.planned[0], endMs: trip.pickup.planned[1], refNumbers: [trip.name, ...trip.deliveries], carrier: trip.haulier });
    const open: OpenTrip = { trip, deliveries, appointmentId, truck };
    this.#open.set(hub, open);
    trip.status = 'confirmed';
    this.#tell(trip);
    if (random.chance(noShowShare)) {
      timers.after(toGateMs * 2, () => this.#cancel(open));
      return;
    }
    truck?.drive(warehouseSite.at, nowMs, arrivalMs - nowMs);
    if (truck !== null) fleet.expect(routeStop(trip, truck), arrivalMs);
    timers.after(toGateMs, () => this.#arrive(open));
  }

  #newTrip(hub: CarrierName, deliveries: readonly OdooDelivery[], createdMs: number, arrivalMs: number, haulier: string, truck: Truck | null, takes: { stay: number; drive: number; unload: number }): Trip {
    const { numbers, random } = this.options;
    const hired = `TN-${random.between(10, 99)}-${random.between(100, 999)}`;
    const departureMs = arrivalMs + takes.stay;
    const hubMs = departureMs + takes.drive;
    const trip: Trip = {
      id: numbers.nextUuid(), name: `TRIP-${deliveries[0]!.id}`, status: 'requested', hub, haulier, licensePlate: truck?.licensePlate ?? hired,
      deliveries: deliveries.map((delivery) => delivery.name), pickup: { planned: [arrivalMs, departureMs] }, dropOff: { planned: [hubMs, hubMs + takes.unload] }, createdMs, changedMs: createdMs,
    };
    this.#trips.set(trip.id, trip);
    if (this.#trips.size > maxKept) this.#trips.delete(this.#trips.keys().next().value!);
    return trip;
  }

  async #arrive(open: OpenTrip): Promise<void> {
    const { trip } = open;
    const visitId = await this.#dock.checkIn({ appointmentId: open.appointmentId, licensePlate: trip.licensePlate, atMs: Date.now() });
    trip.pickup.arrivedMs = Date.now();
    trip.status = 'inTransit';
    this.#tell(trip);
    if (open.truck !== null) this.options.fleet.arrive(routeStop(trip, open.truck), trip.pickup.arrivedMs);
    this.#waitUntilFull(open, visitId, loadingMs);
  }

  /** Leaves when it is full, or after the time at the door. */
  #waitUntilFull(open: OpenTrip, visitId: string, leftMs: number): void {
    const stepMs = 2000;
    this.options.timers.after(stepMs, () => (open.deliveries.length >= fullAt || leftMs <= stepMs ? this.#leave(open, visitId) : this.#waitUntilFull(open, visitId, leftMs - stepMs)));
  }

  async #leave(open: OpenTrip, visitId: string): Promise<void> {
    const { random, timers, pace, fleet } = this.options;
    const { trip, truck } = open;
    this.#open.delete(trip.hub);
    trip.pickup.departedMs = Date.now();
    const drivesMs = drivingMs * (0.8 + random.next() * 0.8);
    trip.dropOff.projectedMs = Date.now() + drivesMs / pace;
    this.#tell(trip);
    truck?.drive(yards[trip.hub], trip.pickup.departedMs, drivesMs / pace);
    if (truck !== null) fleet.depart(routeStop(trip, truck), trip.pickup.departedMs);
    await this.#dock.depart(visitId, trip.pickup.departedMs);
    timers.after(drivesMs, () => {
      trip.dropOff.arrivedMs = Date.now();
      this.#tell(trip);
    });
    timers.after(drivesMs + unloadingMs, () => {
      trip.dropOff.departedMs = Date.now();
      trip.status = 'completed';
      this.#tell(trip);
      if (truck !== null) this.#sendHome(truck);
    });
  }

  #sendHome(truck: Truck): void {
    truck.drive(depot, Date.now(), homewardMs / this.options.pace);
    this.options.timers.after(homewardMs, () => void (truck.isBusy = false));
  }

  /** The truck does not come: what was on it goes with another one. */
  async #cancel(open: OpenTrip): Promise<void> {
    const { trip, deliveries, truck } = open;
    trip.status = 'cancelled';
    if (truck !== null) truck.isBusy = false;
    this.#tell(trip);
    this.#open.delete(trip.hub);
    if (deliveries.length > 0) await this.#plan(trip.hub, deliveries);
  }

  /** A run that is over: the truck came when the delivery was packed. */
  async #tellEarlier(delivery: OdooDelivery): Promise<void> {
    const arrivalMs = delivery.doneMs! + this.options.random.between(10, 30) * minuteMs;
    const trip = this.#newTrip(delivery.hub, [delivery], delivery.doneMs!, arrivalMs, this.options.random.pick(hauliers), null, { stay: 45 * minuteMs, drive: 30 * minuteMs, unload: 15 * minuteMs });
    const [departureMs, hubMs] = [trip.pickup.planned[1] + this.options.random.between(0, 50) * minuteMs, trip.dropOff.planned[0] + this.options.random.between(20, 60) * minuteMs];
    Object.assign(trip.pickup, { arrivedMs: arrivalMs, departedMs: departureMs });
    const arrivedMs = Math.max(hubMs, departureMs + 10 * minuteMs);
    Object.assign(trip.dropOff, { arrivedMs, departedMs: arrivedMs + 15 * minuteMs });
    trip.status = 'completed';
    trip.changedMs = trip.dropOff.departedMs!;
    this.#send(trip);
    const appointmentId = await this.#dock.book({ startMs: trip.pickup.planned[0], endMs: trip.pickup.planned[1], refNumbers: [trip.name, ...trip.deliveries], carrier: trip.haulier, earlier: true });
    const visitId = await this.#dock.checkIn({ appointmentId, licensePlate: trip.licensePlate, atMs: arrivalMs, earlier: true });
    await this.#dock.depart(visitId, departureMs);
  }

  #tell(trip: Trip): void {
    // What is stated later has a later time, however fast it follows.
    trip.changedMs = Math.max(Date.now(), trip.changedMs + 1);
    this.#send(trip);
  }

  #send(trip: Trip): void {
    const { sender, secret } = this.options;
    sender.send(Buffer.from(JSON.stringify(tripObject(trip)), 'utf8'), () => ({ authorization: `Bearer ${secret}` }));
  }
}

function routeStop(trip: Trip, truck: Truck): RouteStop {
  return { truck, route: { id: trip.id, name: trip.name }, deliveries: trip.deliveries };
}
