import { append } from '../../events/append.js';
import type { EventPayloads, NewEvent } from '../../events/event.js';
import { instant } from '../../lib/clock.js';
import { isOutage } from '../../lib/database-faults.js';
import { uuidv7 } from '../../lib/ids.js';
import type { Reference } from '../../model/references.js';
import { ourselves, takeStep } from '../../projections/change-exception.js';
import { exceptionSubject } from '../../projections/exceptions.js';
import { applyLinks } from '../../projections/links.js';
import { settleMatters } from '../../projections/matters.js';
import { resolveNamings, type LinkDecision } from '../../projections/resolve.js';
import { restateNames } from '../../projections/restate.js';
import type { FollowUp } from '../../projections/runner.js';
import type { Transaction } from '../engine.js';
import { ambiguityOf, linkEvents } from './link-events.js';
import type { MessageContext } from './message-events.js';
import type { TaskContext } from './context.js';
import { settlePresence } from './telematics/presence.js';
import { followLoads, takeAnswers } from './transport/answers.js';
import { settleProgress } from './transport/progress.js';
import { settleContradictions } from './yard/yard-matters.js';
import { settleVisit } from './yard/settle-visit.js';

/** Appends the events that a fold asked for. Doing it again changes nothing. One that fails leaves the others done. */
export async function followUp(tasks: TaskContext, jobs: readonly FollowUp[]): Promise<void> {
  try {
    await doAll(tasks, jobs);
  } catch (error) {
    if (jobs.length === 1 || isOutage(error)) throw error;
    const outcomes = await Promise.allSettled(jobs.map((job) => doAll(tasks, [job])));
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const outcome of failed) tasks.log.error({ err: outcome.reason }, 'a follow-up failed');
    if (failed.length > 0) throw failed[0]!.reason;
  }
}

async function doAll(tasks: TaskContext, jobs: readonly FollowUp[]): Promise<void> {
  const unsettled = [...new Set(jobs.flatMap((job) => (job.action === 'settle-matters' ? job.shipmentIds : [])))];
  if (unsettled.length > 0) await appendAll(tasks, (tx) => settleMatters(tx, unsettled));
  for (const job of jobs) {
    if (job.action === 'restate-names') await appendAll(tasks, (tx) => restated(tx, job.transfer));
    if (job.action === 'link-reported') for (const subject of job.subjects) await appendAll(tasks, (tx) => linkReported(tx, subject));
    if (job.action === 'follow-tenders') {
      await takeAnswers(tasks, job.answers);
      await followLoads(tasks, job.loads);
    }
    if (job.action === 'settle-progress') await settleProgress(tasks, job.loads);
    if (job.action === 'raise-unprojected') await appendAll(tasks, () => Promise.resolve([unprojectedEvent(job)]));
  }
  // Last, each load once and by itself: whoever writes a load waits while its track is gone through, and not for those of others.
  const moved = new Set(jobs.flatMap((job) => (job.action === 'settle-presence' ? job.loads : [])));
  for (const load of moved) await appendAll(tasks, (tx) => settlePresence(tx, load));
  const contradicted = jobs.flatMap((job) => (job.action === 'settle-contradictions' ? job.contradictions : []));
  if (contradicted.length > 0) await appendAll(tasks, (tx) => settleContradictions(tx, contradicted));
  const visited = new Set(jobs.flatMap((job) => (job.action === 'settle-visits' ? job.visits : [])));
  for (const visit of visited) await appendAll(tasks, (tx) => settleVisit(tx, visit));
}

async function appendAll(tasks: TaskContext, eventsOf: (tx: Transaction) => Promise<NewEvent[]>): Promise<void> {
  await tasks.database.transaction(async (tx) => {
    const events = await eventsOf(tx);
    if (events.length === 0) return;
    await append(tx, events);
  });
}

/** A transfer gives other names than are kept: the links follow, and what was ambiguous by a name it drops no longer is. */
async function restated(tx: Transaction, transfer: string): Promise<NewEvent[]> {
  const found = await restateNames(tx, transfer);
  if (found === null) return [];
  const { decisions, naming } = found;
  const cause = await lastReport(tx, transfer);
  const events = await linked(tx, decisions, cause);
  events.push(...(await linked(tx, await resolveNamings(tx, [naming]), cause)));
  const subjects = decisions.flatMap((decision) => {
    if (decision.type !== 'linked' && decision.type !== 'unlinked') return [];
    const shipments = [decision.from, decision.type === 'linked' ? decision.shipmentId : undefined].filter((id) => id !== undefined);
    return shipments.map((id) => exceptionSubject('AMBIGUOUS', ambiguityOf(id, decision.reference)));
  });
  const open = subjects.length === 0 ? [] : await tx.selectFrom('exception').select(['subject', 'version', 'company']).where('subject', 'in', subjects).where('state', '<>', 'RESOLVED').orderBy('subject').forUpdate().execute();
  for (const row of open) events.push(await takeStep(tx, row, { action: 'resolve', resolution: 'The delivery no longer gives this name.' }, ourselves, cause.correlationId));
  return events;
}

/** Something was reported under a name just as its source took it back: it gets a shipment of its own. */
async function linkReported(tx: Transaction, subject: string): Promise<NewEvent[]> {
  const reference = await tx.selectFrom('reference').select(['kind', 'issuer', 'value']).where('subject', '=', subject).where('shipment_id', 'is', null).executeTakeFirst();
  if (reference === undefined) return [];
  return linked(tx, await resolveNamings(tx, [{ primary: reference as Reference, also: [], claims: false }]), await lastReport(tx, subject));
}

async function linked(tx: Transaction, decisions: readonly LinkDecision[], cause: MessageContext): Promise<NewEvent[]> {
  const events = linkEvents(decisions, [], cause);
  await applyLinks(tx, events.filter((event) => !event.type.startsWith('exception.')).map((event) => ({ ...event, position: 0 })));
  return events;
}

/** The message behind the newest report on a subject. */
async function lastReport(tx: Transaction, subject: string): Promise<MessageContext> {
  const event = await tx.selectFrom('event').select(['connection', 'company', 'causation_id', 'correlation_id']).where('subject', '=', subject).where('type', 'like', '%.reported').orderBy('position', 'desc').limit(1).executeTakeFirstOrThrow();
  return { connection: event.connection!, connector: '', company: event.company, rawId: event.causation_id!, correlationId: event.correlation_id, recordedAt: instant(Date.now()) };
}

/** An event that the read model cannot hold: it was passed over, and somebody must know. */
function unprojectedEvent(job: Extract<FollowUp, { action: 'raise-unprojected' }>): NewEvent {
  const now = instant(Date.now());
  const payload: EventPayloads['exception.raised'] = {
    class: 'DATA', kind: 'NOT_PROJECTED', severity: 'HIGH', title: `${job.subject.slice(0, 200)} cannot be shown`,
    detail: `The event at position ${job.position} holds a value that the read model cannot store. It is kept in the log.`,
    ...(job.rawId === null ? {} : { rawId: job.rawId }),
  };
  return {
    id: uuidv7(), type: 'exception.raised', version: 1, subject: exceptionSubject('NOT_PROJECTED', String(job.position)), company: job.company, connection: null, factKey: 'raised',
    occurredAt: now, recordedAt: now, correlationId: uuidv7(), causationId: null, payload,
  };
}
