import type { Instant } from '../lib/clock.js';
import type { ExceptionClass, Severity } from '../model/milestones.js';
import type { Reference } from '../model/references.js';

/**
 * Types of events in the log. Facts are what others report; the rest is what we decided.
 * `version` of each is the version of its payload.
 */
export interface EventPayloads {
  'shipment.registered': Record<string, never>;
  /** `sequence` counts the links of one reference, 1 for the first; `from` is where it led before. */
  'reference.linked': { reference: Reference; shipmentId: string; sequence: number; from?: string };
  'reference.unlinked': { reference: Reference; sequence: number; from: string };
  /** Keys of all other names that the source which reports under this reference gives the same shipment. */
  'reference.named': { also: readonly string[]; sequence: number };
  'shipment.merged': { from: string; into: string };
  'exception.raised': ExceptionRaised;
  'exception.assigned': { assignee: string; by: string };
  'exception.resolved': { resolution: string; by: string };
  'exception.reopened': { reason: string; by: string };
  /** Records of a connection are being read at their source. */
  'sync.started': { run: string; cause: 'COMMAND' | 'SCHEDULE' };
  'sync.finished': { run: string; state: 'DONE' | 'FAILED'; error: string | null };
  'exception.changed': { class: ExceptionClass; severity: Severity; title: string; detail: string; by: string };
}

export interface ExceptionRaised {
  class: ExceptionClass;
  /** Short stable name of the matter: UNMATCHED, AMBIGUOUS, QUARANTINED, NOT_OWNED, CONFLICT, NOT_PROJECTED, MILESTONE, or an anomaly's kind. */
  kind: string;
  severity: Severity;
  title: string;
  detail: string;
  /** The connection whose message could not be read, of a QUARANTINED one. */
  connection?: string;
  /** The shipment it is about, or the reference that leads to it. */
  shipmentId?: string;
  sourceSubject?: string;
  rawId?: string;
}

/** An event before it has a position. */
export interface NewEvent {
  id: string;
  type: string;
  version: number;
  subject: string;
  /** Set on events of commands: the step of the subject that this event takes, 1 for the first. */
  subjectVersion?: number;
  company: string;
  connection: string | null;
  /** Set on facts and on whatever must be recorded once: with subject and content it is the identity. */
  factKey: string | null;
  contentHash?: string;
  occurredAt: Instant | null;
  recordedAt: Instant;
  correlationId: string;
  causationId: string | null;
  payload: unknown;
}

/** An event as read from the log. */
export interface LogEvent {
  position: number;
  id: string;
  type: string;
  version: number;
  subject: string;
  subject_version: number | null;
  company: string;
  connection: string | null;
  fact_key: string | null;
  occurred_at: Instant | null;
  recorded_at: Instant;
  correlation_id: string;
  causation_id: string | null;
  payload: unknown;
}
