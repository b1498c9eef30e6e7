import { compareText } from '../lib/compare.js';
import { canonicalJson, type Json } from '../lib/json.js';
import type { Fulfilment } from './fulfilment.js';
import type { ConfirmedPackage } from './warehouse.js';
import { odooChangeTopics, type Lane, type OdooChangeTopic } from './commands.js';
import type { CutOff } from './cut-off.js';
import { appointmentWanted, arrivalsWanted, type ScheduledTransfers, type TransferAppointment, type TransferVisit } from './yard/at-odoo.js';
import type { ProgressLine } from './yard/handling.js';
import { codeRow, milestoneCodes, severities, type Classifier, type MilestoneCode, type Severity, type ShipmentStatus } from './milestones.js';

/** What of a shipment is told to Odoo, by the settings of the connection. */
export interface WriteBackPolicy {
  topics: readonly OdooChangeTopic[];
  /** Codes of milestones that go back; null: all that say something. */
  milestones: readonly MilestoneCode[] | null;
  /** Stages at which Odoo may release a billing hold; which of them a customer waits for is known there. */
  stages: readonly BillingStage[];
  /** Exceptions of at least this severity become activities. */
  severity: Severity;
  /** Whether a delivery is validated when the carrier has it, or a transfer when its warehouse confirmed it. */
  validate: 'never' | 'dispatch' | 'confirmation';
  /** What becomes of a transfer of which less was confirmed than asked for: the rest stays behind, is called off, or people are asked first. */
  shortage: 'backorder' | 'cancel' | 'review';
  /** So long another confirmation may be on its way before what is missing counts as missing. */
  shortageMinutes: number;
  /** Which transfers are planned for the time of their appointment. */
  scheduled: ScheduledTransfers;
}

/** In the order in which they are reached; a later one includes those before. */
export const billingStages = ['dispatch', 'delivery', 'pod'] as const;
export type BillingStage = (typeof billingStages)[number];

/** A transfer of Odoo with all that others report of its shipment. Instants are ISO in UTC. */
export interface WriteBackState {
  /** The Odoo connection: what it reported itself is not told back. */
  connection: string;
  transfer: { direction: string; state: string };
  shipment: { status: string; estimatedAt: string | null; promisedAt: string | null; deliveredAt: string | null };
  /** Those that stand. */
  milestones: readonly WriteBackMilestone[];
  /** Open ones. */
  exceptions: ReadonlyArray<{ id: string; kind: string; severity: Severity; title: string; detail: string }>;
  bookings: readonly WriteBackBooking[];
  /** Commands to book that were cancelled before anything was begun, with Odoo's own id of its request where it asked. */
  cancelledBookings: ReadonlyArray<{ command: string; request: string | null }>;
  /** Cancellations that were given up: the carrier would not. `booking` is null where none is known of it. */
  failedCancellations: ReadonlyArray<{ command: string; booking: string | null; message: string }>;
  /** Bookings that were given up before the carrier took them, by the command. */
  failedBookings: ReadonlyArray<{ command: string; message: string; isRetryable: boolean }>;
  documents: ReadonlyArray<{ id: string; kind: string; format: string; package: string | null; sha256: string }>;
  /** Those that were not cancelled. */
  appointments: readonly TransferAppointment[];
  visits: readonly TransferVisit[];
  /** What its warehouse confirmed; null where no warehouse was told of it or spoke of it. */
  fulfilment: Fulfilment | null;
  /** Its confirmations one by one, for the numbers of their packages. */
  confirmations: ReadonlyArray<{ id: string; carrier: string | null; packages: readonly ConfirmedPackage[] }>;
  /** What was counted so far while trucks were loaded or unloaded. */
  progress: readonly ProgressLine[];
  /** Where the warehouse confirmed it here: kinds of what differs and nobody has accepted, and whether more is to come. */
  handled: { open: readonly string[]; isFinal: boolean } | null;
  /** A person said that what is missing is missing. */
  isShortageAccepted: boolean;
  /** Since when it is short as it is now, ms; null where it is not. */
  shortageAgeMs: number | null;
}

export interface WriteBackMilestone {
  id: string;
  code: MilestoneCode;
  classifier: Classifier;
  occurredAt: string;
  recordedAt: string;
  zone: string;
  place: string | null;
  text: string | null;
  connection: string;
  carrier: string | null;
  package: string | null;
}

export interface WriteBackBooking {
  id: string;
  state: string;
  carrier: string;
  price: { amount: string; currency: string } | null;
  packages: ReadonlyArray<{ id: string; trackingNumber?: string; error?: string }>;
}

/** Something that is to stand in Odoo. Its key is the same as long as it is the same thing, whatever is said of it. */
export interface Wanted {
  key: string;
  topic: OdooChangeTopic;
  values: Record<string, Json>;
}

/** Milestones that tell people of a transfer nothing. */
const silent: readonly MilestoneCode[] = ['INFO', 'ETA_UPDATED', 'TRACKING_ENDED'];
/** What Odoo knows by itself, what is no matter of the transfer, and commands that failed: a failure to write back cannot be written back. */
const ownMatters: readonly string[] = ['NOT_RELEASED', 'UNMATCHED', 'AMBIGUOUS', 'COMMAND_FAILED'];
/** As long as it is one of these, the goods have not left. */
const withShipper: readonly ShipmentStatus[] = ['UNKNOWN', 'PLANNED', 'TENDERED', 'ACCEPTED', 'INFO_RECEIVED', 'AT_PICKUP', 'CANCELLED'];
const booked: readonly string[] = ['BOOKED', 'PARTIAL'];

/** All that could be told, whatever is chosen. */
const everything: WriteBackPolicy = { topics: odooChangeTopics, milestones: milestoneCodes, stages: billingStages, severity: 'LOW', validate: 'dispatch', shortage: 'backorder', shortageMinutes: 0, scheduled: 'both' };

/** All that is to stand on the transfer. Pure; the same for every order in which it was reported. */
export function wantedOf(state: WriteBackState, policy: WriteBackPolicy): Wanted[] {
  const outside = state.milestones.filter((milestone) => milestone.connection !== state.connection);
  const all = [
    ...bookings(state), ...shippedNumbers(state), ...documents(state), ...failures(state), ...timeline(outside, policy), ...journey(state, outside), ...holds(state, outside, policy), ...exceptions(state, policy),
    ...appointmentWanted(state.appointments, state.transfer.direction, policy.scheduled), ...arrivalsWanted(state.appointments, state.visits), ...progress(state), ...validation(state, outside, policy),
  ];
  return all.filter((wanted) => policy.topics.includes(wanted.topic));
}

/** What became of each booking: its numbers and its cost as long as it stands, that it is cancelled, or that it cannot be. */
function bookings({ bookings: all, cancelledBookings, failedCancellations }: WriteBackState): Wanted[] {
  return [
    ...all.flatMap((booking): Wanted[] => {
      // What the carrier would not cancel stands, whatever it said at first.
      const stands = booked.includes(booking.state) || (booking.state === 'CANCEL_REQUESTED' && failedCancellations.some((each) => each.booking === booking.id));
      if (stands) return standing(booking);
      return booking.state === 'CANCELLED' || booking.state === 'CANCEL_REQUESTED' ? [{ key: `tracking:${booking.id}`, topic: 'tracking', values: { booking: booking.id, packages: [] } }] : [];
    }),
    ...cancelledBookings.map(({ command, request }): Wanted => ({ key: `cancelled:${command}`, topic: 'tracking', values: { booking: command, ...(request === null ? {} : { request }), packages: [] } })),
    ...failedCancellations.map(({ command, booking, message }): Wanted => ({
      key: `not_cancelled:${command}`, topic: 'exception', values: { uid: command, kind: 'CANCEL_FAILED', severity: 'HIGH', title: 'The carrier did not cancel the booking', detail: message, booking },
    })),
  ];
}

function standing(booking: WriteBackBooking): Wanted[] {
  const packages = booking.packages.flatMap(({ id, trackingNumber }) => (trackingNumber === undefined ? [] : [{ package: id, number: trackingNumber, url: null }]));
  const cost: Wanted[] = booking.price === null ? [] : [{ key: `cost:${booking.id}`, topic: 'cost', values: { booking: booking.id, ...booking.price } }];
  return packages.length === 0 ? cost : [{ key: `tracking:${booking.id}`, topic: 'tracking', values: { booking: booking.id, carrier: booking.carrier, packages } }, ...cost];
}

/** Tracking numbers of what the warehouse shipped, by the confirmation that they came with. */
function shippedNumbers({ transfer, confirmations }: WriteBackState): Wanted[] {
  if (transfer.direction !== 'OUTGOING') return [];
  return confirmations.flatMap(({ id, carrier, packages }): Wanted[] => {
    const numbered = packages.flatMap((each) => (each.trackingNumber === undefined ? [] : [{ package: each.sscc ?? each.id, number: each.trackingNumber, url: null }]));
    const by = carrier ?? packages.find((each) => each.carrier !== undefined)?.carrier;
    return numbered.length === 0 ? [] : [{ key: `tracking:${id}`, topic: 'tracking', values: { booking: id, ...(by === undefined ? {} : { carrier: by }), packages: numbered } }];
  });
}

/** Without their content, which is put in when the command is made. */
function documents({ documents: files }: WriteBackState): Wanted[] {
  return files.filter((file) => file.kind !== 'MANIFEST').map((file): Wanted => {
    const isLabel = file.kind === 'LABEL' || file.kind === 'RETURN_LABEL';
    const values = { document: file.id, format: file.format, package: file.package, sha256: file.sha256 };
    return { key: `document:${file.id}`, topic: isLabel ? 'label' : 'document', values: isLabel ? { ...values, return: file.kind === 'RETURN_LABEL' } : { ...values, kind: file.kind } };
  });
}

function failures({ bookings, failedBookings }: WriteBackState): Wanted[] {
  const failed = (booking: string, reason: string, retryable: boolean): Wanted => ({ key: `label_failed:${booking}`, topic: 'label_failed', values: { reason, booking, retryable } });
  return [
    ...bookings.flatMap(({ id, packages }) => {
      const errors = packages.flatMap((each) => (each.error === undefined ? [] : [`${each.id}: ${each.error}`]));
      return errors.length === 0 ? [] : [failed(id, errors.join('\n'), false)];
    }),
    ...failedBookings.map(({ command, message, isRetryable }) => failed(command, message, isRetryable)),
  ];
}

function timeline(outside: readonly WriteBackMilestone[], { milestones: codes }: WriteBackPolicy): Wanted[] {
  return outside.filter(({ code }) => (codes === null ? !silent.includes(code) : codes.includes(code))).map((milestone): Wanted => ({
    key: `milestone:${milestone.id}`,
    topic: 'milestone',
    values: {
      uid: milestone.id, code: milestone.code, classifier: milestone.classifier, occurred_at: milestone.occurredAt, recorded_at: milestone.recordedAt, zone: milestone.zone,
      place: milestone.place, text: milestone.text, source: milestone.carrier ?? milestone.connection, package: milestone.package,
    },
  }));
}

/** Status, estimate, and that it was delivered: nothing as long as nobody outside has said anything. */
function journey({ shipment }: WriteBackState, outside: readonly WriteBackMilestone[]): Wanted[] {
  const happened = outside.filter(({ classifier, code }) => classifier === 'ACTUAL' && code !== 'INFO');
  const wanted: Wanted[] = [];
  const last = [...happened].sort((a, b) => compareText(a.occurredAt, b.occurredAt) || compareText(a.id, b.id)).at(-1);
  if (last !== undefined) wanted.push({ key: 'status', topic: 'status', values: { status: shipment.status, raw: last.text, at: last.occurredAt } });
  const { estimatedAt, promisedAt, deliveredAt } = shipment;
  if (estimatedAt !== null) wanted.push({ key: 'estimate', topic: 'estimate', values: { at: estimatedAt, promised_late: promisedAt !== null && estimatedAt > promisedAt } });
  if (deliveredAt !== null && happened.some(({ code }) => code === 'DELIVERED')) wanted.push({ key: 'delivered', topic: 'delivered', values: { at: deliveredAt } });
  return wanted;
}

/** The latest stage that was reached. */
function holds(state: WriteBackState, outside: readonly WriteBackMilestone[], policy: WriteBackPolicy): Wanted[] {
  const reached = stagesOf(state, outside).filter(({ stage }) => policy.stages.includes(stage)).at(-1);
  return reached === undefined ? [] : [{ key: 'hold', topic: 'release_hold', values: { policy: reached.stage, at: reached.at } }];
}

function stagesOf(state: WriteBackState, outside: readonly WriteBackMilestone[]): Array<{ stage: BillingStage; at: string | null }> {
  const actual = outside.filter(({ classifier }) => classifier === 'ACTUAL');
  const dispatched = actual.filter(isDispatched);
  const delivered = state.shipment.status === 'DELIVERED' ? actual.filter(({ code }) => code === 'DELIVERED') : [];
  const stages: Array<{ stage: BillingStage; at: string | null }> = [];
  if (dispatched.length > 0) stages.push({ stage: 'dispatch', at: earliest(dispatched) });
  if (delivered.length > 0) stages.push({ stage: 'delivery', at: latest(delivered) });
  // A picture of the signature proves nothing as long as the goods are said not to have arrived.
  // Some carriers hand over the picture, others say that they keep it.
  const isProven = state.documents.some(({ kind }) => kind === 'POD') || actual.some(({ code }) => code === 'POD_AVAILABLE');
  if (delivered.length > 0 && isProven) stages.push({ stage: 'pod', at: latest(delivered) });
  return stages;
}

/** The carrier has it, or had. */
function isDispatched({ code }: WriteBackMilestone): boolean {
  const { status } = codeRow(code);
  return status !== undefined && !withShipper.includes(status);
}

function exceptions({ exceptions: open }: WriteBackState, { severity: least }: WriteBackPolicy): Wanted[] {
  return open.filter(({ kind, severity }) => !ownMatters.includes(kind) && severities.indexOf(severity) >= severities.indexOf(least)).map(({ id, kind, severity, title, detail }) => ({
    key: `exception:${id}`, topic: 'exception', values: { uid: id, kind, severity, title, detail },
  }));
}

/** Until when carriers take what leaves a place, all of them in one statement. `rows` in any order. */
export function cutOffsWanted(rows: ReadonlyArray<CutOff & { carrier: string; service: string | null }>): Wanted[] {
  if (rows.length === 0) return [];
  const cutoffs = rows.map(({ carrier, service, at, zone, weekdays }) => ({ carrier, service, time: at, zone, days: [...weekdays] }));
  return [{ key: 'cutoff', topic: 'cutoff', values: { cutoffs: cutoffs.sort((a, b) => compareText(canonicalJson(a), canonicalJson(b))) } }];
}

/** What Odoo has reserved is what went out: without lines it is taken as it stands there. What a warehouse counted is stated line by line. */
function validation(state: WriteBackState, outside: readonly WriteBackMilestone[], policy: WriteBackPolicy): Wanted[] {
  const { transfer } = state;
  const { validate } = policy;
  if (validate === 'confirmation') return confirmed(state, policy);
  if (validate === 'never' || transfer.direction !== 'OUTGOING' || !outside.some((milestone) => milestone.classifier === 'ACTUAL' && isDispatched(milestone))) return [];
  return [{ key: 'validate', topic: 'validate', values: { lines: [], backorder: true } }];
}

/** All confirmations together make one validation: when nothing is missing any more, or what is missing is settled. */
function confirmed({ transfer, fulfilment, handled, isShortageAccepted, shortageAgeMs }: WriteBackState, { shortage, shortageMinutes }: WriteBackPolicy): Wanted[] {
  if (fulfilment === null || transfer.state === 'done' || transfer.direction === 'INTERNAL' || fulfilment.moved.length === 0) return [];
  if (handled !== null) return handledHere(fulfilment, handled, shortage);
  const isMissing = fulfilment.state === 'SHORT' && (isShortageAccepted || (shortage !== 'review' && shortageAgeMs !== null && shortageAgeMs >= shortageMinutes * 60_000));
  if (fulfilment.state !== 'COMPLETE' && !isMissing) return [];
  return [{ key: 'validate', topic: 'validate', values: { lines: linesOf(fulfilment), backorder: shortage !== 'cancel' } }];
}

/** What people confirmed at the dock: whatever differs waits until somebody has accepted it as it is. */
function handledHere(fulfilment: Fulfilment, { open, isFinal }: NonNullable<WriteBackState['handled']>, shortage: WriteBackPolicy['shortage']): Wanted[] {
  if (open.length > 0 || fulfilment.state === 'OPEN' || (fulfilment.short.length > 0 && !isFinal)) return [];
  return [{ key: 'validate', topic: 'validate', values: { lines: linesOf(fulfilment), backorder: shortage !== 'cancel', ...(fulfilment.over.length > 0 ? { over: true } : {}) } }];
}

function linesOf({ moved }: Fulfilment): Json[] {
  return moved.map(({ productId, quantity, unit, lot }): Json => ({ product_id: Number(productId), quantity: Number(quantity), uom: unit, ...(lot === null ? {} : { lot }) }));
}

function progress({ progress: lines }: WriteBackState): Wanted[] {
  if (lines.length === 0) return [];
  return [{ key: 'progress', topic: 'progress', values: { lines: lines.map(({ productId, name, counted, expected, unit }): Json => ({ ...(productId === null ? {} : { product_id: Number(productId) }), name, counted: Number(counted), ...(expected === null ? {} : { expected: Number(expected) }), unit })) } }];
}

/** What takes back something that Odoo was told of and that holds no more; null where nothing does. */
export function takingBack(key: string): Wanted | null {
  const [name, id = ''] = key.split(/:(.*)/s);
  switch (name) {
    case 'milestone': return { key, topic: 'milestone', values: { uid: id, retracted: true } };
    case 'status': return { key, topic: 'status', values: { status: 'UNKNOWN', raw: null, at: null } };
    case 'estimate': return { key, topic: 'estimate', values: { at: null, promised_late: false } };
    case 'delivered': return { key, topic: 'delivered', values: { at: null } };
    case 'hold': return { key, topic: 'release_hold', values: { policy: 'none', at: null } };
    case 'tracking': return { key, topic: 'tracking', values: { booking: id, packages: [] } };
    case 'cutoff': return { key, topic: 'cutoff', values: { cutoffs: [] } };
    case 'cost': return { key, topic: 'cost', values: { booking: id, amount: null } };
    case 'exception':
    case 'not_cancelled': return { key, topic: 'exception_closed', values: { uid: id } };
    case 'label_failed': return { key, topic: 'exception_closed', values: { uid: `label:${id}` } };
    case 'appointment': return { key, topic: 'appointment', values: { at: null, dock: null, state: null, schedule: null } };
    case 'progress': return { key, topic: 'progress', values: { lines: [] } };
    case 'arrival':
    case 'no_show': return { key, topic: 'arrival', values: { uid: id, retracted: true } };
    default: return null;
  }
}

/** What moves freight, and what money waits for, goes before what only reports. */
export function laneOf(topic: OdooChangeTopic): Lane {
  return topic === 'tracking' || topic === 'label' || topic === 'label_failed' || topic === 'validate' || topic === 'release_hold' || topic === 'shop_order' ? 'DISPATCH' : 'REPORT';
}

/** What Odoo was told of a transfer, by key: how often, and a hash of the last. */
export type Told = Record<string, { revision: number; digest: string; ended?: true }>;

/** A change to be told. Of two of one key the higher revision is the later. */
export interface Change extends Wanted {
  revision: number;
}

/**
 * What has to be told for Odoo to have what is wanted. Whoever tells it and keeps `told` in one step tells
 * nothing twice, and in the end the same for every order of reports. What is no longer chosen in the settings
 * stays there as it is. Of a transfer that was cancelled only what becomes of its bookings is told: they may be paid for.
 * @param digest of what a change says
 */
export function changesFor(before: Told, state: WriteBackState, policy: WriteBackPolicy, digest: (wanted: Wanted) => string): { changes: Change[]; told: Told } {
  const holding = new Set(wantedOf(state, everything).map(({ key }) => key));
  if (state.transfer.state !== 'cancel') return changesOf(before, wantedOf(state, policy), holding, digest);
  const ofBookings = bookings(state).filter(({ topic, key }) => policy.topics.includes(topic) && (topic !== 'cost' || before[key] !== undefined));
  const others = Object.keys(before).filter((key) => !/^(tracking|cost|not_cancelled):/.test(key));
  return changesOf(before, ofBookings, new Set([...holding, ...others]), digest);
}

/** @param holding keys of what holds, wanted or not */
export function changesOf(before: Told, wanted: readonly Wanted[], holding: ReadonlySet<string>, digest: (wanted: Wanted) => string): { changes: Change[]; told: Told } {
  const told: Told = { ...before };
  const changes: Change[] = [];
  const tell = (change: Wanted, hash: string, ended: boolean) => {
    const revision = (before[change.key]?.revision ?? 0) + 1;
    told[change.key] = { revision, digest: hash, ...(ended ? { ended: true as const } : {}) };
    changes.push({ ...change, revision });
  };
  for (const each of wanted) {
    const known = before[each.key];
    const hash = digest(each);
    if (known === undefined || known.ended === true || known.digest !== hash) tell(each, hash, false);
  }
  for (const [key, known] of Object.entries(before)) {
    if (holding.has(key) || known.ended === true) continue;
    const back = takingBack(key);
    if (back !== null) tell(back, known.digest, true);
  }
  return { changes, told };
}

function latest(milestones: readonly WriteBackMilestone[]): string | null {
  return milestones.reduce<string | null>((last, { occurredAt }) => (last === null || occurredAt > last ? occurredAt : last), null);
}

function earliest(milestones: readonly WriteBackMilestone[]): string | null {
  return milestones.reduce<string | null>((first, { occurredAt }) => (first === null || occurredAt < first ? occurredAt : first), null);
}
