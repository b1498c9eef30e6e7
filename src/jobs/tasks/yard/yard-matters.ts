import type { EventPayloads, NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidv7 } from '../../../lib/ids.js';
import { titleText } from '../../../lib/storable-text.js';
import { ourselves, takeStep } from '../../../projections/change-exception.js';
import { exceptionSubject } from '../../../projections/exceptions.js';
import { holdNames, type Transaction } from '../../engine.js';
import { raiseAtOnce } from '../outbound/matters.js';

/** An exception that is open as long as something in a yard is so. */
export interface YardMatter {
  kind: string;
  about: string;
  /** Null: it is not so, or not any more. */
  found: { company: string; class: EventPayloads['exception.raised']['class']; severity: EventPayloads['exception.raised']['severity']; title: string; detail: string } | null;
  /** What it is about in the log. */
  sourceSubject?: string;
}

/**
 * Raises, rewords, ends and reopens the exceptions of these matters. What people decided is left to them.
 * @returns events to append in the same transaction
 */
export async function settleYardMatters(tx: Transaction, matters: readonly YardMatter[]): Promise<NewEvent[]> {
  if (matters.length === 0) return [];
  const subjects = matters.map(({ kind, about }) => exceptionSubject(kind, about));
  const rows = await tx.selectFrom('exception').select(['subject', 'version', 'company', 'state', 'decided_by', 'class', 'severity', 'title', 'detail']).where('subject', 'in', subjects).orderBy('subject').forUpdate().execute();
  const events: NewEvent[] = [];
  for (const [index, { kind, found, sourceSubject }] of matters.entries()) {
    const row = rows.find((each) => each.subject === subjects[index]);
    const isLeftToPeople = row !== undefined && row.decided_by !== null && row.decided_by !== ourselves;
    if (found === null) {
      if (row !== undefined && row.state !== 'RESOLVED' && !isLeftToPeople) events.push(await takeStep(tx, row, { action: 'resolve', resolution: 'What is told of it no longer says so.' }, ourselves, uuidv7()));
      continue;
    }
    const { company, ...said } = found;
    const to = { ...said, title: titleText(said.title), detail: titleText(said.detail, 2_000) };
    if (row === undefined) events.push(await raiseAtOnce(tx, raised(subjects[index]!, kind, company, to, sourceSubject)));
    else if (!(row.state === 'RESOLVED' && isLeftToPeople)) {
      let version = row.version;
      if (row.state === 'RESOLVED') events.push(await takeStep(tx, { ...row, version: version++ }, { action: 'reopen', reason: 'It is told so again.' }, ourselves, uuidv7()));
      if (row.class !== to.class || row.severity !== to.severity || row.title !== to.title || row.detail !== to.detail) events.push(await takeStep(tx, { ...row, version }, { action: 'change', to }, ourselves, uuidv7()));
    }
  }
  return events;
}

function raised(subject: string, kind: string, company: string, said: Omit<NonNullable<YardMatter['found']>, 'company'>, sourceSubject: string | undefined): NewEvent {
  const now = instant(Date.now());
  const payload: EventPayloads['exception.raised'] = { ...said, kind, ...(sourceSubject === undefined ? {} : { sourceSubject }) };
  return { id: uuidv7(), version: 1, type: 'exception.raised', subject, company, connection: null, factKey: 'raised', occurredAt: now, recordedAt: now, correlationId: uuidv7(), causationId: null, payload };
}

/**
 * Exceptions of what sources contradict in yards, as the facts stand now.
 * @returns events to append in the same transaction
 */
export async function settleContradictions(tx: Transaction, contradictions: ReadonlyArray<{ kind: string; about: string }>): Promise<NewEvent[]> {
  // One settles a contradiction at a time; the second reads behind the first what the facts say by then.
  await holdNames(tx, contradictions.map(({ kind, about }) => `contradiction:${kind}:${about}`));
  const rows = await tx.selectFrom('yard_contradiction').select(['kind', 'about', 'company', 'title', 'detail']).where('about', 'in', contradictions.map(({ about }) => about)).execute();
  return settleYardMatters(tx, contradictions.map(({ kind, about }): YardMatter => {
    const row = rows.find((each) => each.kind === kind && each.about === about);
    return { kind, about, found: row === undefined ? null : { company: row.company, class: 'DATA', severity: 'MEDIUM', title: row.title, detail: row.detail } };
  }));
}
