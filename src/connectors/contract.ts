import type { z } from 'zod';
import type { Json } from '../lib/json.js';
import { storableText } from '../lib/storable-text.js';
import type { AddressCheck } from '../model/addresses.js';
import type { BookingInput, CommandInputs, CommandKind, FreightAddress, FreightRequest, PickupInput, Rate } from '../model/commands.js';
import type { Decoded, LineResult, RecordKind } from '../model/facts.js';
import type { ShopPolicy } from '../model/shop.js';
import type { LoadPublicationPolicy } from '../model/transport/publication.js';
import type { WarehousePolicy } from '../model/warehouse.js';
import type { WriteBackPolicy } from '../model/write-back.js';

/**
 * What a connector is. A folder of connectors/ exports one of these from its index.ts; everything
 * else in the folder is reached through it. Mapping is pure: no clock, no network, no state.
 */
export interface Connector<Settings extends object = Record<string, unknown>> {
  /** Name used in `gatehouse connection add <id>`. */
  id: string;
  label: string;
  capabilities: readonly Capability[];
  /** How the outside system proves who it is when it sends to us; `signature`: by a private key of which we hold the public one. */
  authentication: 'hmac' | 'signature' | 'standard-webhooks' | 'token' | 'none';
  /** Requests per minute which the system allows us, and commands that may be under way at once where that is not as for all; absent where we never call it. */
  rateLimit?: { perMinute: number; concurrency?: number };
  /** Where the system's owner documents the wire format. */
  documentation: string;
  /** Object schema of the settings; `.meta({ secret: true })` marks those that are encrypted at rest. */
  settings: z.ZodType<Settings>;
  /** What these settings lack together, though each is right, and what to set; null: nothing. Such settings are refused. */
  settingsLack?(settings: Settings): string | null;
  receive?: Receive<Settings>;
  sync?: Sync<Settings>;
  poll?: Poll<Settings>;
  quote?: Quote<Settings>;
  checkAddress?: CheckAddress<Settings>;
  perform?: Perform<Settings>;
  /** Asks who we are there and changes nothing; of systems without `sync`, which has its own. @returns one line for people each */
  test?(access: Access<Settings>, timeoutMs: number): Promise<Outcome<string[]>>;
  /** Of a system in which results are to stand: which do, by the settings; null: none. */
  writeBack?(settings: Settings, secrets: Access<Settings>['secrets']): WriteBackPolicy | null;
  /** Of a system that looks after warehouses: which, and how, by the settings; null: none. */
  warehouse?(settings: Settings): WarehousePolicy | null;
  /** Of a partner who is told of loads: which, and how much of them, by the settings; null: none. */
  loads?(settings: Settings): LoadPublicationPolicy | null;
  /** Of a shop or marketplace: what becomes of its orders, by the settings; null: they are shown and go nowhere. */
  shop?(settings: Settings): ShopPolicy | null;
  /** Of a partner who is told of deliveries when they are done: those of which customers, by their Odoo connection and id there. */
  noticeReceivers?(settings: Settings): ReadonlyArray<{ connection: string; id: string }>;
  /** Of a system with several companies: which of ours one of its is, by the settings; undefined: that of the connection. */
  companyOf?(settings: Settings, id: string): string | undefined;
  /** Of the same: those of ours that its settings name. It serves these and that of its connection. */
  companiesOf?(settings: Settings): readonly string[];
}

export type Capability = 'receive.webhook' | 'receive.file' | 'receive.poll' | 'sync' | 'quote' | 'book' | 'cancel' | 'return' | 'manifest' | 'pickup' | 'address' | 'fulfil' | 'track' | 'proof' | 'write' | 'schedule';

/** Asks what carriers would take. Changes nothing there that costs anything. */
export interface Quote<Settings> {
  /** @param timeoutMs until the answer must be here; what is known by then is given */
  rates(access: Access<Settings>, request: FreightRequest, timeoutMs: number): Promise<Outcome<Rate[]>>;
}

/** Asks whether an address can be delivered to. Changes nothing there. */
export interface CheckAddress<Settings> {
  /** @param timeoutMs until the answer must be here */
  check(access: Access<Settings>, address: FreightAddress, timeoutMs: number): Promise<Outcome<AddressCheck>>;
}

/**
 * Carries out commands. `perform` is called again after any failure, also after one whose answer was lost
 * or whose process was killed, and must not do a second time what was done: it finds out by what it
 * remembered, and by asking the system.
 */
export interface Perform<Settings> {
  commands: readonly CommandKind[];
  /** Calls of others that a command may wait for before its own begins, each as long as the policy allows one; none unless given. */
  callsBefore?: number;
  /** What a booking lacks for this system, so that it would be refused (customs); asked before it is accepted. Pure. */
  lacks?(input: BookingInput, settings: Settings): { field: string; message: string } | null;
  /** What a pickup lacks for this system, so that it would be refused; asked before it is accepted. Pure. */
  lacksForPickup?(input: PickupInput, settings: Settings): { field: string; message: string } | null;
  perform<K extends CommandKind>(access: Access<Settings>, command: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>>;
}

export interface OutboundCommand<K extends CommandKind = CommandKind> {
  /** Goes to the system as reference and idempotency key where it takes one. */
  id: string;
  kind: K;
  input: CommandInputs[K];
  /** 1 for the first. */
  attempt: number;
  /** Milliseconds until the answer must be here, by the partner's policy. */
  timeoutMs: number;
  /** Of a command that undoes or changes what another one did (`booking.cancel`, `pickup.cancel`, `shop.track`, `load.publish`): what that one remembered. Absent where it is not known any more. */
  follows?: { id: string; memory: Json | null };
}

/** What a command remembers from one attempt to the next. */
export interface CommandMemory {
  readonly value: Json | null;
  /** Durable when it resolves. Remember what was made before the step that costs money. */
  remember(value: Json): Promise<void>;
  /**
   * Draws the next control number of each series at this connection and remembers what `remembering` makes of them,
   * in one transaction: no number is drawn twice, and none is missing. What it throws undoes the drawing.
   */
  draw(series: readonly ControlSeries[], remembering: (numbers: number[]) => Json): Promise<void>;
}

/** A row of control numbers at one partner, or of numbers for parcels from a range that begins there. */
export interface ControlSeries {
  name: 'ISA' | 'GS' | 'ST' | 'UNB' | 'UNG' | 'UNH' | `PARCEL:${string}`;
  /** What the names of series begin with that share their numbers with it: what one of them gave, none gives again. Absent: it shares them with none. */
  family?: `PARCEL:${string}`;
  /** The number drawn first, where another system counted before. */
  first: number;
  /** After it comes 1 again. */
  most: number;
}

export interface Performed {
  /** PARTIAL: some packages came out, others did not, and `result` says which. */
  state: 'DONE' | 'PARTIAL';
  /** For who asked; without secrets and personal data. */
  result: Json;
  /** What was answered, as `receive.decode` reads it: facts come from there alone, and raw is kept. */
  answers: Answer[];
  /** Files that came with it. */
  files: PerformedFile[];
  /** What follows from it at other connections, named by the settings; accepted where its state is recorded, in the same transaction. */
  further?: FurtherCommand[];
}

/** A command at another connection of the same company. */
export interface FurtherCommand<K extends CommandKind = CommandKind> {
  kind: K;
  input: CommandInputs[K];
  connection: string;
  /** Tells it from others that follow from the same command; the same whenever that is performed. */
  key: string;
  /** What is said instead where an attempt of before had it said with another input, as when more of the command came out since. `input` unless given. */
  changed?: CommandInputs[K];
}

/** Header of a message that answers a command of ours: the command's id. What comes from outside never carries it. */
export const commandHeader = 'x-gatehouse-command';

export interface Answer {
  /** Tells this answer from others of the same command, or of the same source. */
  key: string;
  headers: Record<string, string>;
  body: Uint8Array;
}

export interface PerformedFile {
  /** Id of the record that the facts in `answers` give the document (`recordId` of model/record-ids). */
  documentId: string;
  mediaType: string;
  content: Uint8Array;
}

/**
 * Looking again and again for what is new at a source that does not send by itself: a folder on a
 * server, a feed with a cursor. One process at a time looks, with the partner's policy.
 */
export interface Poll<Settings> {
  /** Seconds between two looks, by the settings; null: never by itself. */
  everySeconds(settings: Settings): number | null;
  /** Why there is nothing to look at with these settings, and what to do instead; null where there is. Unless given, there always is. */
  lacks?(settings: Settings): string | null;
  /**
   * What is new since `cursor`. Called again with the same cursor when its answers could not be kept, so what
   * it changes there (a file that is moved away) must wait until the cursor that tells of it comes back.
   * @param cursor what was given last, and is durable together with the answers that came with it; null for the first time
   */
  read(access: Access<Settings>, cursor: Json | null, timeoutMs: number): Promise<Outcome<PollPage>>;
}

export interface PollPage {
  /** As `receive.decode` reads them. Of two with the same key of one connection, the first is kept. */
  answers: Answer[];
  /** Where the next look begins. Without secrets and personal data. */
  cursor: Json;
  /** There is more already: the next look is at once. */
  more: boolean;
}

export interface Receive<Settings> {
  /** Media types that are taken, without parameters. Anything else is answered with 415. */
  contentTypes: readonly string[];
  /** Largest body in bytes; the server's own limit applies besides. */
  maxBytes?: number;
  /**
   * Checks that the message comes from who it claims, over the raw bytes. `secrets` holds every
   * currently valid value of the setting `webhookSecret` (two during a rotation). Never throws.
   */
  verify(message: IncomingMessage, secrets: readonly string[], settings: Settings): Verification;
  /** The proof may stand at the end of the address (a capability URL) instead: `verify` finds it as the header `x-gatehouse-token`. */
  capability?: true;
  /** The sender's own id of this delivery; null where it has none, and then the body's hash serves. */
  deliveryId(message: IncomingMessage): string | null;
  /** Of a connection to which messages come in a wrap that proves by itself who sent them (AS2): takes it off. */
  wrapped?: Wrapped<Settings>;
  /** Raw to canonical. Throws UnreadableMessage where nothing can be read; anything less is an anomaly. */
  decode(message: RawMessage, settings: Settings): Decoded;
}

/** A way of sending in which a message is signed and encrypted, and its receiver signs that it has it. */
export interface Wrapped<Settings> {
  /** Media types of wraps, without parameters; messages of these are opened, not verified by `verify`. */
  contentTypes: readonly string[];
  /** Takes the wrap off, over the raw bytes. What is inside is kept and decoded. Never throws. */
  open(message: IncomingMessage, access: Pick<Access<Settings>, 'settings' | 'secrets'>): Opened;
}

export type Opened =
  /** A message from the partner. `reply` is given once it is durable, the same for a repeat; null: as for any message. `later` is sent as well. */
  | { ok: true; message: { headers: Record<string, string>; body: Uint8Array; receivedMs: number }; deliveryId: string; reply: Reply | null; later?: LaterReply }
  /** The partner's answer to what we sent. */
  | { ok: true; receipt: PartnerReceipt }
  /** It is not believed, and nothing is kept. `why` is for our own people. */
  | { ok: false; why: string; reply: Reply | null; later?: LaterReply };

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** What is POSTed to the partner in answer; the body in base64. */
export interface LaterReply {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface PartnerReceipt {
  /** Of what we sent, as its transport's receipt names it. */
  messageId: string;
  disposition: string;
  /** As it came, in base64: the partner's signature is what proves it. */
  signed: string;
  /** What is wrong with it, for people; null where the partner has the very bytes of this integrity check. */
  faultOf(sent: { digest: string; value: string }): string | null;
}

export interface IncomingMessage {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  /** Milliseconds UTC at which it arrived, for signatures with a time window. */
  receivedMs: number;
}

export interface RawMessage {
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  /** ISO instant at which it arrived. */
  receivedAt: string;
  /** Id of the connection it came by: the issuer of names that are unique only there. */
  connection: string;
  /** IANA zone for times that the source states without one. */
  zone: string;
}

export type Verification = { ok: true } | { ok: false; reason: 'missing' | 'wrong' | 'outdated' | 'no_secret' };

/** An authentic message that cannot be read at all: it is quarantined, raw, with this reason. */
export class UnreadableMessage extends Error {
  /** @param lineResults of a file in lines, none of which can be read: why, for who sent it */
  constructor(message: string, readonly lineResults?: readonly LineResult[]) {
    super(storableText(message));
    this.name = 'UnreadableMessage';
  }
}

/** What a call to an outside system gave. Errors are data; nothing is thrown. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: ConnectorError };

export interface ConnectorError {
  /**
   * `auth`: the key is wrong or may not. `rate_limited`, `unavailable`: the same call may succeed
   * later. `invalid`: it never will. `unparseable`: the other side does not speak as documented.
   */
  kind: 'auth' | 'rate_limited' | 'invalid' | 'unavailable' | 'unparseable';
  /** For people; without secrets. */
  message: string;
  /** Seconds after which the other side wants to be asked again. */
  retryAfter?: number;
  /** It says nothing of the system: this command waits, for `retryAfter`, all others go on; it does not count towards giving up. */
  onlyThisCommand?: true;
  /** The request never left: whatever was to be done by it was not done. */
  notSent?: true;
  /** What was answered, cut and without secrets. */
  raw: string;
}

/** What a connector that calls its system is handed: the connection, opened. */
export interface Access<Settings> {
  connection: string;
  settings: Settings;
  /** Every valid value of each secret, newest first. */
  secrets: Readonly<Record<string, readonly string[]>>;
  /** The connection is in shadow mode: what is read there is left as it is. */
  readOnly?: boolean;
  /** Networks beside the public internet that it may call, as `10.0.0.0/8`; who sets an address reaches nothing else. */
  allowedNetworks: readonly string[];
}

/**
 * Reading records at their source, to find what never arrived. A record that is read is stated in a
 * message of the very form that `receive.decode` reads, so that it gives the same facts as if it had
 * been sent.
 */
export interface Sync<Settings> {
  /** What can be read, in the order in which a run reads it. */
  topics: readonly SyncTopic[];
  /** What is missing in the settings, for people; null where the source can be read. */
  lacks(access: Omit<Access<Settings>, 'allowedNetworks'>): string | null;
  /** @param memory what `begin` of the same run gave; null before it */
  open(access: Access<Settings>, memory: Json | null): SyncSource;
}

export interface SyncTopic {
  topic: string;
  /** What its records are here. A record may be of one topic today and of another tomorrow. */
  kind: RecordKind;
}

export interface SyncSource {
  /** Asks who we are there and changes nothing. */
  test(): Promise<Outcome<SyncTest>>;
  /**
   * Starts a run.
   * @param floor the highest version of a record that is known here: what is read gets a higher one
   */
  begin(floor: number): Promise<Outcome<SyncStart>>;
  /** @param after `next` of the page before; null for the first */
  readPage(topic: string, after: string | null, limit: number): Promise<Outcome<SyncPage>>;
  /**
   * Which of these records, by the ids that facts give them, the source no longer has: a page that
   * states their deletion. `next` is null.
   */
  readDeleted(topic: string, ids: readonly string[]): Promise<Outcome<SyncPage>>;
  /** A message that states these records of a page, as `receive` takes it. */
  toMessage(page: SyncPage, records: readonly Json[]): { headers: Record<string, string>; body: Uint8Array };
}

export interface SyncTest {
  /** One line for people each: version, user, database. */
  lines: string[];
  /** ISO instant at which the key ends; null where it does not, or the system does not say. */
  keyExpiresAt: string | null;
}

export interface SyncStart {
  /** Records by topic, for progress. */
  totals: Readonly<Record<string, number>>;
  keyExpiresAt: string | null;
  /** Handed to `open` with every further page of the run. */
  memory: Json;
}

export interface SyncPage {
  records: Json[];
  /** What the records have in common. */
  envelope: Record<string, Json>;
  next: string | null;
  /** Records left out because the source is about to send them. */
  underway: number;
  /** Records that the source itself could not read. */
  unreadable: number;
}
