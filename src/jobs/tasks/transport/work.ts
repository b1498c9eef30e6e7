import { recordAudit, type Actor, type AuditEntry } from '../../../events/audit.js';
import { acceptCommands, type NewCommand } from '../../../events/commands.js';
import type { NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { uuidOfName, uuidv7 } from '../../../lib/ids.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import { keptSteps, type LoadAssignmentRecord } from '../../../model/transport/assignment.js';
import { haulageOf, materialDigest, planOf, recordOf, type Haulage } from '../../../model/transport/load-plan.js';
import type { LoadRecord } from '../../../model/transport/records.js';
import { standingOffer, startTender, stepTender, type TenderEffect, type TenderPlan, type TenderResult, type TenderStep } from '../../../model/transport/tender-plan.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { stateOwn, type OwnState, type OwnStep } from '../own/records.js';
import { holdAssignment, holdTender, type HeldAssignment, type HeldLoad, type HeldTender } from './held.js';
import { raised, settled, unsentTender } from './matters.js';
import { tenderInput } from './tender-input.js';

/**
 * What one transaction does to loads, tenders and assignments: collected while it is decided, and stated at its end.
 * Loads are held before (`holdLoads`), tenders and assignments when they are first asked for, in the order of their loads.
 */
export class TransportWork {
  readonly nowMs = Date.now();
  readonly #states: OwnState[] = [];
  readonly #events: NewEvent[] = [];
  readonly #commands: NewCommand[] = [];
  readonly #audit: AuditEntry[] = [];
  readonly #tenders = new Map<string, HeldTender | null>();
  readonly #assignments = new Map<string, HeldAssignment>();

  constructor(readonly tasks: Pick<TaskContext, 'bodies'>, readonly tx: Transaction, readonly by: Actor, readonly correlationId: string) {}

  /** A new version of a load that is planned here. */
  stateLoad(load: HeldLoad & { ownId: string }, record: LoadRecord, step: Omit<OwnStep, 'by'>): void {
    load.version++;
    load.record = record;
    this.#states.push({ type: 'load.reported', kind: 'load', id: load.ownId, company: load.company, version: load.version, payload: record, step: { ...step, by: this.by.subject } });
  }

  async tender(load: HeldLoad): Promise<HeldTender | null> {
    if (!this.#tenders.has(load.id)) this.#tenders.set(load.id, await holdTender(this.tx, load.id));
    return this.#tenders.get(load.id)!;
  }

  /** @throws GatehouseError BAD_INPUT */
  async startTender(load: HeldLoad, asked: Pick<TenderPlan, 'candidates' | 'hours'>): Promise<HeldTender> {
    const ownId = uuidv7();
    const before = await this.tender(load);
    // The newest is known by when it began: by a clock that is behind it still began after the one before.
    const startedMs = before === null ? this.nowMs : Math.max(this.nowMs, Date.parse(before.startedAt) + 1);
    const tender: HeldTender = { id: recordId('tender_plan', ourConnection, ownId), ownId, loadId: load.id, startedAt: instant(startedMs), loadDigest: '', plan: { load: load.record.name, state: 'OPEN', version: 0, candidates: [], offers: [] } };
    this.#tenders.set(load.id, tender);
    await this.#apply(load, tender, startTender({ load: load.record.name, ...asked }, this.nowMs), 'tender.start');
    return tender;
  }

  /**
   * One step of the newest tender of a load; nothing where it has none.
   * @throws GatehouseError CONFLICT for what people want and the plan does not allow
   */
  async stepTender(load: HeldLoad, step: TenderStep): Promise<HeldTender | null> {
    const tender = await this.tender(load);
    if (tender !== null) await this.#apply(load, tender, stepTender(tender.plan, step, this.nowMs), `tender.${step.do}`);
    return tender;
  }

  async assignment(load: HeldLoad): Promise<HeldAssignment> {
    let assignment = this.#assignments.get(load.id);
    if (assignment === undefined) this.#assignments.set(load.id, (assignment = await holdAssignment(this.tx, load.id)));
    return assignment;
  }

  /** @param driver whether this step names one */
  async assign(load: HeldLoad, to: Pick<LoadAssignmentRecord, 'carrier' | 'truck' | 'trailer' | 'reason' | 'personalDataId'>, action: string, driver = false): Promise<void> {
    const assignment = await this.assignment(load);
    const { carrier, truck, trailer, reason } = to;
    const named = { ...(carrier === undefined ? {} : { carrier }), ...(truck === undefined ? {} : { truck }), ...(trailer === undefined ? {} : { trailer }), ...(reason === undefined ? {} : { reason }) };
    const record: LoadAssignmentRecord = {
      loadId: load.id, ...named, assignedBy: this.by.subject, ...(to.personalDataId === undefined ? {} : { personalDataId: to.personalDataId }),
      history: [...assignment.record.history, { at: instant(this.nowMs), by: this.by.subject, ...named, driver }].slice(-keptSteps),
    };
    assignment.version++;
    assignment.record = record;
    this.#states.push({ type: 'load_assignment.reported', kind: 'load_assignment', id: load.id, company: load.company, version: assignment.version, payload: record, step: { action, by: this.by.subject } });
    await this.#haul(load, action);
  }

  /** A load that is planned here says how far it has come. */
  followProgress(load: HeldLoad): Promise<void> {
    return this.#haul(load, 'load.progress');
  }

  audit(action: string, loadId: string, payload: NonNullable<AuditEntry['payload']> = {}): void {
    this.#audit.push({ actor: this.by, action, target: { kind: 'load', id: loadId }, correlationId: this.correlationId, payload });
  }

  /** States everything, as the last statements of the transaction. */
  async finish(): Promise<void> {
    await acceptCommands(this.tx, this.tasks.bodies, this.#commands);
    await recordAudit(this.tx, this.#audit);
    await stateOwn(this.tx, this.#states, this.correlationId, this.#events);
  }

  async #apply(load: HeldLoad, tender: HeldTender, result: TenderResult, action: string): Promise<void> {
    if (result.plan === tender.plan) return;
    tender.plan = result.plan;
    tender.loadDigest = materialDigest(load.record);
    this.#states.push({
      type: 'tender_plan.reported', kind: 'tender_plan', id: tender.ownId, company: load.company, version: tender.plan.version, payload: { loadId: load.id, startedAt: tender.startedAt, loadDigest: tender.loadDigest, plan: tender.plan }, step: { action, by: this.by.subject },
    });
    for (const effect of result.effects) if (effect.kind === 'ACCEPTED' || effect.kind === 'RELEASED') await this.#carry(load, tender, effect);
    await this.#haul(load, action);
    let unsent = false;
    for (const effect of result.effects) {
      if (effect.kind === 'RAISE') this.#events.push(...(await raised(this.tx, load, tender, effect, this.correlationId)));
      if (effect.kind === 'SETTLE') this.#events.push(...(await settled(this.tx, tender, effect, this.by.subject, this.correlationId)));
      if (effect.kind === 'SEND' && !(await this.#send(load, tender, effect)) && effect.purpose === 'ORIGINAL') unsent = true;
    }
    // Whom nothing can be sent to cannot be asked.
    if (unsent) await this.#apply(load, tender, stepTender(tender.plan, { do: 'skip', unsent: true }, this.nowMs), 'tender.skip');
  }

  async #carry(load: HeldLoad, { plan }: HeldTender, effect: Extract<TenderEffect, { kind: 'ACCEPTED' | 'RELEASED' }>): Promise<void> {
    if (effect.kind === 'ACCEPTED') await this.assign(load, { carrier: plan.offers[effect.ordinal]!.carrier }, 'tender.accepted');
    else if ((await this.assignment(load)).record.carrier !== undefined) await this.assign(load, {}, 'tender.released');
  }

  /** A load that is planned here says itself who drives it, and how far that is decided. */
  async #haul(load: HeldLoad, action: string): Promise<void> {
    if (load.ownId === null || load.record.state === 'CANCELLED') return;
    const { carrier, truck, trailer } = (await this.assignment(load)).record;
    const before = haulageOf(load.record);
    const plan = (await this.tender(load))?.plan;
    const state = load.progress.state ?? (carrier !== undefined ? 'CONFIRMED' : plan?.state === 'OPEN' ? 'REQUESTED' : 'DRAFT');
    const now: Haulage = { state, ...(carrier === undefined ? {} : { carrier }), ...(truck === undefined ? {} : { truck }), ...(trailer === undefined ? {} : { trailer }) };
    if (before.state === now.state && before.carrier === now.carrier && before.truck === now.truck && before.trailer === now.trailer) return;
    this.stateLoad(load as HeldLoad & { ownId: string }, recordOf(planOf(load.record), now), { action });
  }

  /** @returns whether it is told, or need not be: who has no connection looks at its offers itself */
  async #send(load: HeldLoad, tender: HeldTender, { purpose, ordinal, revision }: Extract<TenderEffect, { kind: 'SEND' }>): Promise<boolean> {
    const offer = tender.plan.offers[ordinal]!;
    if (offer.channel !== 'EDI' || offer.connection === undefined) return true;
    const connection = await this.tx.selectFrom('connection').select(['disabled_at', 'shadow']).where('id', '=', offer.connection).forShare().executeTakeFirst();
    if (connection === undefined || connection.disabled_at !== null || connection.shadow) {
      this.#events.push(...(await unsentTender(this.tx, load, tender, offer, purpose, this.correlationId)));
      return false;
    }
    const key = sentKey(tender.id, ordinal, revision, purpose);
    this.#commands.push({
      id: uuidOfName(key), kind: 'tender.send', input: tenderInput(load.record, offer, purpose), asked: { key }, connection: offer.connection, lane: 'DISPATCH', company: load.company, requestedBy: 'gatehouse', idempotencyKey: key,
      subject: load.subject, orderKey: load.subject, correlationId: this.correlationId, ...(purpose === 'CANCEL' ? {} : { deadlineAt: offer.deadlineAt }),
    });
    return true;
  }
}

/** By this the command of one message to a carrier is known, however often it is wanted. */
export function sentKey(tenderId: string, ordinal: number, revision: number, purpose: string): string {
  return `tender ${tenderId} ${ordinal}.${revision} ${purpose}`;
}

/** Whether a load has somebody who drives it, or is asked to. */
export function isTendered(tender: HeldTender | null): boolean {
  return tender !== null && standingOffer(tender.plan) !== undefined;
}
