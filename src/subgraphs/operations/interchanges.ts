import { sql, type Selectable } from 'kysely';
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import type { Schema } from '../../db/schema.js';
import { globalId } from '../../lib/ids.js';
import { controlKey, type EdiState } from '../../model/edi.js';
import type { GraphContext } from '../shared/context.js';
import { checkFirst, cursorPatterns, decodeCursor, encodeCursor, pageOf, type Page } from '../shared/pages.js';
import { needs } from '../shared/scopes.js';
import { Interchange, InterchangeConnection, InterchangeFilter, type EdiFault, type EdiGroup } from './interchange-types.js';

type Row = Selectable<Schema['interchange']>;
type AnswerRow = Selectable<Schema['interchange_answer']>;

@Resolver(() => Interchange)
export class InterchangeResolver {
  @needs('commands:read')
  @Query(() => InterchangeConnection, { nullable: true, description: 'EDI interchanges with partners, the latest first.' })
  async interchanges(
    @Ctx() { reader: { db } }: GraphContext,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => InterchangeFilter, { nullable: true }) filter?: InterchangeFilter,
  ): Promise<Page<Interchange>> {
    checkFirst(first);
    let query = db.selectFrom('interchange').selectAll('interchange').where('deleted', '=', false).orderBy('interchange.updated_at', 'desc').orderBy('interchange.id', 'desc').limit(first + 1);
    if (filter?.connection != null) query = query.where('connection', '=', sql<string>`any(${filter.connection}::text[])`);
    if (filter?.direction != null) query = query.where('direction', '=', filter.direction);
    if (filter?.setType != null) query = query.where(sql<boolean>`${filter.setType} = any(set_types)`);
    if (filter?.control != null) query = query.where('control_key', '=', controlKey(filter.control));
    if (filter?.state != null) {
      const states = sql<string>`any(${filter.state}::text[])`;
      query = query.where((e) => e.or([
        e.and([e('direction', '=', 'IN'), e('state', '=', states)]),
        e.exists(e.selectFrom('interchange_answer').select('interchange_answer.state').whereRef('interchange_answer.interchange_id', '=', 'interchange.id').where('interchange_answer.state', '=', states)),
      ]));
    }
    if (filter?.unanswered === true) {
      query = query.where('due_at', 'is not', null).where((e) => e.not(e.exists(e.selectFrom('interchange_answer').select('interchange_answer.state').whereRef('interchange_answer.interchange_id', '=', 'interchange.id').whereRef('interchange_answer.kinds', '@>', 'interchange.awaits'))));
    }
    if (after != null) {
      const [at, id] = decodeCursor(after, [cursorPatterns.instant, cursorPatterns.uuid]);
      query = query.where(sql<boolean>`(interchange.updated_at, interchange.id) < (${at}::timestamptz, ${id}::uuid)`);
    }
    const rows = await query.execute();
    const sent = rows.filter((row) => row.direction === 'OUT').map((row) => row.id);
    const answers = sent.length === 0 ? [] : await db.selectFrom('interchange_answer').selectAll('interchange_answer').where('interchange_id', '=', sql<string>`any(${sent}::uuid[])`).execute();
    const answerOf = new Map(answers.map((row) => [row.interchange_id, row]));
    const nowMs = Date.now();
    return pageOf(rows, first, { after, cursor: (row) => encodeCursor(row.updated_at, row.id), node: (row) => interchangeOf(row, answerOf.get(row.id), nowMs) });
  }
}

function interchangeOf(row: Row, answer: AnswerRow | undefined, nowMs: number): Interchange {
  const isAnswered = row.awaits.every((kind) => answer?.kinds.includes(kind) ?? false);
  return {
    id: globalId('Interchange', row.id), connection: row.connection, syntax: row.syntax, direction: row.direction as 'IN' | 'OUT', sender: row.sender, receiver: row.receiver, control: row.control, isTest: row.is_test,
    madeAt: row.made_at, at: row.updated_at, state: row.state as EdiState, setTypes: row.set_types, faults: faultsOf(row.faults), groups: (row.groups as unknown as EdiGroup[]).map((group) => ({ ...group, faults: faultsOf(group.faults), sets: group.sets.map((set) => ({ ...set, faults: faultsOf(set.faults) })) })),
    answersSent: row.answers_wanted, dueAt: row.due_at,
    waiting: row.due_at === null ? 'NOT_EXPECTED' : isAnswered || answer?.state === 'REJECTED' ? 'ANSWERED' : Date.parse(row.due_at) <= nowMs ? 'OVERDUE' : 'WAITING',
    acknowledgement: answer === undefined ? null : { state: answer.state as EdiState, kinds: answer.kinds, answeredAt: answer.answered_at, faults: faultsOf(answer.faults) },
  };
}

/** Absent fields are null in the graph. */
function faultsOf(faults: unknown): EdiFault[] {
  return (faults as EdiFault[]).map(({ level, code, segment, position, text }) => ({ level, code, segment: segment ?? null, position: position ?? null, text }));
}
