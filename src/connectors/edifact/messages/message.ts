import type { Anomaly } from '../../../model/facts.js';
import type { FactSet } from '../../kit/fact-set.js';
import type { WarehouseSettings } from '../../kit/warehouse.js';
import type { Interchange, Message } from '../envelope.js';
import type { EdifactProfile } from '../profile.js';

/** What reads one type of message (UNH S009): a file of this folder, with a line in index.ts. */
export interface MessageReader {
  type: string;
  /** It is read, too, where we sent it: then it states what we did. */
  readsOwn?: boolean;
  /** Adds facts and anomalies to the context. Pure; throws nothing. */
  read(message: Message, context: MessageContext): void;
}

export interface MessageContext {
  /** We sent it. */
  isOurs: boolean;
  interchange: Interchange;
  /** What people call the message: interchange and reference. */
  name: string;
  /** When the interchange was made, ISO instant; when it arrived, where it does not say. */
  observedAt: string;
  version: number;
  /** IANA zone of times without one. */
  zone: string;
  /** Who issues names: the sender's identifier, in upper case. */
  issuer: string;
  /** Id of the connection: the issuer of names that are unique only there. */
  connection: string;
  /** What the partner calls our warehouses. */
  warehouses: WarehouseSettings;
  facts: FactSet;
  anomalies: Anomaly[];
}

export interface WritingContext {
  /** Id of the command. */
  id: string;
  nowMs: number;
  profile: EdifactProfile;
}

/** A message to be sent: segments between UNH and UNT, each its tag and then the components of its elements. */
export interface OutgoingMessage {
  type: string;
  segments: ReadonlyArray<ReadonlyArray<readonly string[]>>;
}
