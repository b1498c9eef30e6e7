import { append } from '../../../events/append.js';
import type { NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import type { Fact, FactType, RecordKind } from '../../../model/facts.js';
import { ourConnection } from '../../../model/our-connection.js';
import { projectOwn } from '../../../projections/own.js';
import { recordSubject } from '../../../projections/records.js';
import type { Transaction } from '../../engine.js';

/** What was done to a record that is kept here, and by whom. */
export interface OwnStep {
  /** `appointment.reschedule` */
  action: string;
  /** Subject of a token, or `gatehouse`. */
  by: string;
  /** The version that this one takes back: the record is as before that. */
  undoes?: number;
  /** Own ids of the records of the same kind that this step touched at once. */
  together?: string[];
}

type RecordType = Extract<Fact, { version: number }>['type'];
export type PayloadOf<T extends FactType> = Extract<Fact, { type: T }>['payload'];

/** The state of a record as of a new version. */
export type OwnState<T extends RecordType = RecordType> = T extends RecordType ? OwnStateOf<T> : never;

interface OwnStateOf<T extends RecordType> {
  type: T;
  kind: RecordKind;
  /** The record's own id at `ourConnection`. */
  id: string;
  company: string;
  /** 1 for the first, then one more each time. */
  version: number;
  payload: PayloadOf<T>;
  step: OwnStep;
}

/** The state of a record of any kind. */
export type AnyOwnState = { [T in RecordType]: OwnState<T> }[RecordType];

/** What the payload of the event of an own record says besides the record. */
export interface OwnPayload<P> {
  data: P;
  observedAt: string;
  recordVersion: number;
  step: OwnStep;
}

/** The event of a new version. A version that somebody else took meanwhile makes `append` throw CONFLICT. */
export function ownEvent({ type, kind, id, company, version, payload, step }: OwnState | AnyOwnState, correlationId: string, causationId: string | null = null): NewEvent {
  const now = instant(Date.now());
  return {
    id: uuidv7(), type, version: 1, subject: recordSubject(kind, ourConnection, id), subjectVersion: version, company, connection: ourConnection, factKey: `v${version}`,
    occurredAt: now, recordedAt: now, correlationId, causationId, payload: { data: payload, observedAt: now, recordVersion: version, step } satisfies OwnPayload<unknown>,
  };
}

/**
 * Projects and appends what was decided, as the last statements of the transaction. Whoever records in the audit log does so before.
 * @param further events of other subjects that belong to it: exceptions, facts that follow
 */
export async function stateOwn(tx: Transaction, states: ReadonlyArray<OwnState | AnyOwnState>, correlationId: string, further: readonly NewEvent[] = []): Promise<void> {
  const events = states.map((state) => ownEvent(state, correlationId));
  await projectOwn(tx, events);
  await append(tx, [...events, ...further]);
}
