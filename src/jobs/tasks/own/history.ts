import { sql } from 'kysely';
import type { FactType, RecordKind } from '../../../model/facts.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordSubject } from '../../../projections/records.js';
import type { Transaction } from '../../engine.js';
import type { OwnPayload, OwnStep, PayloadOf } from './records.js';

/** A version of a record that is kept here. */
export interface OwnVersion<P> {
  version: number;
  payload: P;
  step: OwnStep;
  correlationId: string;
}

/** All versions of an own record, the oldest first; hold its row before, so that none comes meanwhile. */
export async function ownVersions<T extends FactType>(tx: Transaction, kind: RecordKind, id: string): Promise<Array<OwnVersion<PayloadOf<T>>>> {
  const { rows } = await sql<{ subject_version: number; payload: OwnPayload<PayloadOf<T>>; correlation_id: string }>`
    select subject_version, payload, correlation_id from event where subject = ${recordSubject(kind, ourConnection, id)} and subject_version is not null order by subject_version`.execute(tx);
  return rows.map((row) => ({ version: row.subject_version, payload: row.payload.data, step: row.payload.step, correlationId: row.correlation_id }));
}

/** The versions whose steps stand: each that undoes another takes that one away, and itself. The last of them is what the record says. */
export function standingVersions<P>(versions: ReadonlyArray<OwnVersion<P>>): Array<OwnVersion<P>> {
  const standing: Array<OwnVersion<P>> = [];
  for (const version of versions) {
    if (version.step.undoes === undefined) standing.push(version);
    else while (standing.length > 0 && standing.at(-1)!.version >= version.step.undoes) standing.pop();
  }
  return standing;
}
