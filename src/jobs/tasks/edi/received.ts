import { sql } from 'kysely';
import { acceptCommands, type NewCommand } from '../../../events/commands.js';
import { neverDrawn } from '../../../events/control-numbers.js';
import { uuidOfName } from '../../../lib/ids.js';
import type { EdiAnswer, InterchangeRecord } from '../../../model/edi.js';
import type { Anomaly, Decoded } from '../../../model/facts.js';
import { recordSubject } from '../../../projections/record-ids.js';
import type { Transaction } from '../../engine.js';
import type { MessageContext } from '../message-events.js';
import type { TaskContext } from '../context.js';

interface Reading {
  decoded: Decoded | null;
  context: MessageContext;
}

interface Arrived {
  /** Id that the connector gives the record. */
  id: string;
  interchange: InterchangeRecord;
  context: MessageContext;
  receivedAt: string;
  /** Whose anomalies it adds to. */
  index: number;
}

/**
 * What follows when an interchange is read for the first time, in the transaction that records it: the answer
 * that the partner wants is accepted as a command, another one under its number is noted, and so is an answer
 * to something that was never sent. Reading stored messages again does not come by here.
 * @returns the same, with what was noted
 */
export async function takeInterchanges<R extends Reading>(tasks: Pick<TaskContext, 'bodies'>, tx: Transaction, read: readonly R[]): Promise<R[]> {
  const arrived = read.flatMap(({ decoded, context }, index) => (decoded === null ? [] : arrivedOf(decoded, context, index)));
  if (arrived.length === 0) return [...read];
  const noted = [...(await noteDuplicates(tx, arrived)), ...(await noteUnknown(tx, arrived))];
  await acceptCommands(tx, tasks.bodies, arrived.filter(({ interchange }) => interchange.acknowledge.length > 0).map(acknowledgementOf));
  return read.map((each, index) => {
    const anomalies = noted.filter((one) => one.index === index).map((one) => one.anomaly);
    return anomalies.length === 0 || each.decoded === null ? each : { ...each, decoded: { ...each.decoded, anomalies: [...each.decoded.anomalies, ...anomalies] } };
  });
}

function arrivedOf(decoded: Decoded, context: MessageContext, index: number): Arrived[] {
  return decoded.facts.flatMap((fact) => (fact.type === 'interchange.reported' && fact.payload.direction === 'IN' ? [{ id: fact.key.id, interchange: fact.payload, context, receivedAt: fact.observedAt, index }] : []));
}

function acknowledgementOf({ id, interchange, context }: Arrived): NewCommand<'edi.acknowledge'> {
  const subject = recordSubject('interchange', context.connection, id);
  return {
    // It is answered as it was read first, also where it comes again once more is agreed with the partner.
    id: uuidOfName(`edi.acknowledge ${subject}`), kind: 'edi.acknowledge', input: { interchange }, asked: { subject }, connection: context.connection, lane: 'REPORT', company: context.company, requestedBy: 'gatehouse',
    idempotencyKey: `acknowledge ${subject}`, subject, correlationId: context.correlationId, causationId: context.rawId,
  };
}

/** The row of the first one is taken by whoever comes first; whoever comes later waits for that one to be recorded. */
async function noteDuplicates(tx: Transaction, arrived: readonly Arrived[]): Promise<Array<{ index: number; anomaly: Anomaly }>> {
  const noted: Array<{ index: number; anomaly: Anomaly }> = [];
  const inOrder = [...arrived].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (const { interchange, context, receivedAt, index } of inOrder) {
    const { sender, control, sha256 } = interchange;
    const { rows } = await sql<{ sha256: string }>`
      insert into edi_received as r (connection, sender, control, sha256, received_at) values (${context.connection}, ${sender}, ${control}, ${sha256}, ${receivedAt}::timestamptz)
      on conflict (connection, sender, control) do update set sha256 = r.sha256 returning sha256`.execute(tx);
    if (rows[0]!.sha256 === sha256) continue;
    noted.push({ index, anomaly: { kind: 'DUPLICATE_INTERCHANGE', message: `Interchange ${control} of ${sender} came before, with other content. Both were read: ask the sender which one holds.`, severity: 'MEDIUM' } });
  }
  return noted;
}

function keyOf({ context, interchange }: Arrived): string {
  return JSON.stringify([context.connection, interchange.sender, interchange.control]);
}

/** Numbers that one anomaly names. */
const mostNamed = 10;

/** One anomaly for an interchange, however many numbers it names. */
async function noteUnknown(tx: Transaction, arrived: readonly Arrived[]): Promise<Array<{ index: number; anomaly: Anomaly }>> {
  const noted: Array<{ index: number; anomaly: Anomaly }> = [];
  for (const { interchange, context, index } of arrived) {
    const unknown = await neverDrawn(tx, context.connection, interchange.verdicts.map(({ kind, control }) => ({ control, series: seriesOf[kind] })));
    if (unknown.length === 0) continue;
    const named = unknown.slice(0, mostNamed).map(({ series, control }) => `${series === 'GS' ? 'group' : 'interchange'} ${control}`).join(', ');
    const more = unknown.length > mostNamed ? ` and ${unknown.length - mostNamed} more` : '';
    noted.push({ index, anomaly: { kind: 'UNKNOWN_CONTROL_NUMBER', message: `Interchange ${interchange.control} answers ${named}${more}, which ${unknown.length === 1 ? 'was' : 'were'} never sent.`, severity: 'MEDIUM' } });
  }
  return noted;
}

/** The series from which the number was drawn that an answer of a kind names. */
const seriesOf = { 997: 'GS', TA1: 'ISA', CONTRL: 'UNB' } as const satisfies Record<EdiAnswer, string>;
