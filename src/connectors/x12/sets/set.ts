import type { Anomaly } from '../../../model/facts.js';
import type { FactSet } from '../../kit/fact-set.js';
import type { WarehouseSettings } from '../../kit/warehouse.js';
import type { FunctionalGroup, Interchange, TransactionSet } from '../envelope.js';

/** What reads one kind of transaction set (ST01): a file of this folder, named after it, with a line in index.ts. */
export interface SetReader {
  /** ST01. */
  type: string;
  /** GS01 of the groups that carry it. */
  functionalId: string;
  /** It is read, too, where we sent it: then it states what we did. */
  readsOwn?: boolean;
  /** Adds facts and anomalies of the set to the context. Pure; throws nothing. */
  read(set: TransactionSet, context: SetContext): void;
}

export interface SetContext {
  /** We sent it. */
  isOurs: boolean;
  interchange: Interchange;
  group: FunctionalGroup;
  /** What people call the set in messages: interchange and control number. */
  name: string;
  /** When the sender made the group, ISO instant; when it arrived, where the group does not say. */
  observedAt: string;
  /** Version of records that the set states: rises with the time of the group, then with control numbers. */
  version: number;
  /** IANA zone of times without one. */
  zone: string;
  /** Id of the connection: the issuer of names that are unique only there. */
  connection: string;
  /** Which warehouses the partner looks after, and what it means by its codes of adjustments. */
  warehouses: WarehouseSettings & { adjustmentReasons?: string | undefined };
  facts: FactSet;
  anomalies: Anomaly[];
}

/** A transaction set to be sent. */
export interface OutgoingSet {
  /** ST01. */
  type: string;
  /** GS01. */
  functionalId: string;
  /** Between ST and SE; the tag first, then its elements. Empty elements at the end are left out when it is written. */
  segments: ReadonlyArray<readonly string[]>;
}

export interface WritingContext {
  /** Release of the partner's profile, e.g. 004010. */
  version: string;
  nowMs: number;
  /** IANA zone of the partner's clocks. */
  zone: string;
}
