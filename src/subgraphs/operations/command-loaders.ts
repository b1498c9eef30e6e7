import type { Selectable } from 'kysely';
import type { Reader } from '../../auth/reader.js';
import type { CommandAttemptTable, CommandTable } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import { FieldColumns } from '../shared/columns.js';
import { listBelow, pageLoader, type ListOrder } from '../shared/page-loader.js';
import { cursorPatterns, decodeCursor, encodeCursor } from '../shared/pages.js';
import { rowLoader, rowsByKey } from '../shared/row-loader.js';
import type { Command, CommandAttempt } from './command-types.js';

export type CommandRow = Selectable<CommandTable>;

export const commandFields = new FieldColumns('command', ['id', 'sequence', 'shipment_id', 'replaced_by'], {
  kind: ['kind'], state: ['state'], lane: ['lane'], connection: ['connection'], routedFrom: ['routed_from'], subject: ['subject'], requestedBy: ['requested_by'], attempts: ['attempts'],
  nextAt: ['next_at'], deadlineAt: ['deadline_at'], createdAt: ['created_at'], updatedAt: ['updated_at'], finishedAt: ['finished_at'], result: ['result'], error: ['error'], correlationId: ['correlation_id'],
});

const attemptFields = new FieldColumns('command_attempt', ['id', 'number'], {
  connection: ['connection'], startedAt: ['started_at'], endedAt: ['ended_at'], outcome: ['outcome'], errorKind: ['error_kind'], error: ['error'],
});

export function commandOf(row: CommandRow): Command {
  return {
    id: globalId('Command', row.id), uuid: row.id, kind: row.kind, state: row.state, lane: row.lane, connection: row.connection, routedFrom: row.routed_from, subject: row.subject,
    requestedBy: row.requested_by, attempts: row.attempts, nextAt: row.next_at, deadlineAt: row.deadline_at, createdAt: row.created_at, updatedAt: row.updated_at, finishedAt: row.finished_at,
    result: row.result == null ? null : JSON.stringify(row.result), error: row.error == null ? null : { reason: row.error.reason, kind: row.error.kind, text: row.error.message, uuid: row.id }, correlationId: row.correlation_id, replacement: row.replaced_by, replacedBy: null,
    shipment: row.shipment_id === null ? null : { id: globalId('Shipment', row.shipment_id) },
  };
}

function attemptOf(row: Selectable<CommandAttemptTable>): CommandAttempt {
  return { uuid: row.id, number: row.number, connection: row.connection, startedAt: row.started_at, endedAt: row.ended_at, outcome: row.outcome, errorKind: row.error_kind, text: row.error };
}

/** The latest first. */
const byNumber: ListOrder<CommandAttempt> = {
  columns: [['command_attempt.number', 'integer']],
  isDescending: true,
  cursorOf: ({ number }) => encodeCursor(String(number)),
  decode: (cursor) => decodeCursor(cursor, [cursorPatterns.index]),
};

const commands = rowsByKey({ columns: commandFields, from: (db) => db.selectFrom('command'), key: 'command.id' });
/** Of a booking that was asked for by a name alone: which shipment it is of is known once the carrier has confirmed it. */
const shipmentsOfBookings = rowsByKey({ columns: new FieldColumns('booking_shipment', ['shipment_id'], {}), from: (db) => db.selectFrom('booking').innerJoin('booking_shipment', 'booking_shipment.booking_id', 'booking.id'), key: 'booking.command_id' });
const attemptsOfCommands = listBelow({ columns: attemptFields, from: (db) => db.selectFrom('command_attempt'), parent: 'command_attempt.command_id', order: byNumber });

export function commandLoaders(reader: Reader) {
  return {
    command: rowLoader(reader, commands, commandOf),
    shipment: rowLoader(reader, shipmentsOfBookings, ({ shipment_id: id }: { shipment_id: string }) => ({ id: globalId('Shipment', id) })),
    attempts: pageLoader(reader, attemptsOfCommands, attemptOf),
  };
}
