import type { ConnectorError } from '../../../connectors/contract.js';
import { isOutage } from '../../../lib/database-faults.js';
import { AtMost } from '../../../lib/at-most.js';
import { TokenBuckets } from '../../../lib/token-buckets.js';
import type { TaskContext } from '../context.js';
import { Breaker } from './breaker.js';
import { claimDue, msToNextDue, routeToFallback, type ClaimedCommand, type Room } from './claim.js';
import { decide, waitSeconds } from './decide.js';
import { tellWhetherDown } from './down.js';
import { finishGivenUp, finishPerformed, finishPolled, finishPollFailed, finishRouted, finishWaiting } from './finish.js';
import type { PartnerLease } from './lease.js';
import { treatmentOf, type Treatment } from './partner.js';
import { LeaseLost, perform, type Attempt } from './perform.js';
import { movableKinds } from './policy.js';

/** A partner of which nothing is due within this is given back after it, ms. */
const lingerMs = 10_000;
/** The policy is read anew after this, ms. */
const treatmentMs = 2_000;
/** Longest wait without a look, ms: a wake-up may have been lost. */
const lookMs = 2_000;
/** How long what is under way may take when the process ends, ms. */
const endingMs = 8_000;
/** Results recorded at once: a partner whose calls end together leaves connections of the database to the others. */
const recordedAtOnce = 2;
/** What is due is taken no more often than this, ms. */
const gatherMs = 10;
/** Longest pause after a limit that came without a time, seconds. */
const longestPause = 60;

/**
 * Looks after one partner for as long as there is something to do: takes what is due, as many at once and as
 * fast as its policy says, lets the connector perform it, and decides what follows.
 */
export class PartnerWorker {
  readonly #tasks: TaskContext;
  readonly #lease: PartnerLease;
  readonly #breaker: Breaker;
  readonly #pace = new TokenBuckets();
  readonly #recording = new AtMost(recordedAtOnce);
  readonly #underway = new Map<string, Promise<void>>();
  #pausedUntilMs: number;
  #claimedAtMs = Number.NEGATIVE_INFINITY;
  #limits = 0;
  #saved: string;
  /** Whether people know that it is down; null: whoever held it before may not have come to tell. */
  #toldDown: boolean | null;
  #stopping = false;
  #woken = true;
  #wake: () => void = () => {};

  constructor(tasks: TaskContext, lease: PartnerLease) {
    this.#tasks = tasks;
    this.#lease = lease;
    this.#breaker = new Breaker(lease.breaker);
    this.#pausedUntilMs = lease.pausedUntilMs;
    this.#saved = this.#figures();
    this.#toldDown = lease.breaker.breaker === 'CLOSED' ? false : null;
  }

  /** Something may be due. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Begins nothing any more; `run` ends when what is under way has. */
  stop(): void {
    this.#stopping = true;
    this.wake();
  }

  /** Resolves when nothing is left to do, the lease is lost, or it was stopped and what was under way has ended. */
  async run(): Promise<void> {
    const { log } = this.#tasks;
    this.#lease.keep((error) => log.warn({ err: error, connection: this.#lease.id }, 'a partner could not be kept; it is tried again'));
    try {
      await this.#work();
    } catch (error) {
      log.error({ err: error, connection: this.#lease.id }, 'a partner could not be looked after; it is taken up again');
    } finally {
      await Promise.race([Promise.allSettled(this.#underway.values()), new Promise((next) => setTimeout(next, endingMs).unref())]);
      await this.#lease.release(this.#underway.size === 0).catch((error: unknown) => log.warn({ err: error }, 'a partner could not be given back; it is free when its time has run out'));
    }
  }

  async #work(): Promise<void> {
    let [treatment, readAtMs, idleSinceMs] = [await treatmentOf(this.#tasks, this.#lease.id), performance.now(), performance.now()];
    while (!this.#stopping && this.#lease.isHeld) {
      if (performance.now() - readAtMs > treatmentMs) {
        [treatment, readAtMs] = [await treatmentOf(this.#tasks, this.#lease.id), performance.now()];
        await this.#lease.takeUpAbandoned();
      }
      this.#woken = false;
      const waitMs = await this.#startDue(treatment);
      if (this.#underway.size > 0 || (waitMs !== null && waitMs < lingerMs)) idleSinceMs = performance.now();
      if (performance.now() - idleSinceMs >= lingerMs) return;
      await this.#sleep(Math.min(waitMs ?? lookMs, lookMs));
    }
  }

  /** Begins what may begin. @returns milliseconds after which there may be more to begin; null: nothing waits */
  async #startDue(treatment: Treatment): Promise<number | null> {
    const { policy } = treatment;
    const nowMs = Date.now();
    if (this.#pausedUntilMs > nowMs) return this.#pausedUntilMs - nowMs;
    const allowed = this.#breaker.allowed(policy, nowMs);
    await this.#save(null);
    if (allowed === 0) return this.#waitForBreaker(treatment, nowMs);
    const rate = { perMinute: policy.perMinute, burst: policy.concurrency };
    const free = allowed - this.#underway.size;
    if (free <= 0) return lookMs;
    const paceMs = this.#pace.msToWait('', rate);
    if (paceMs > 0) return paceMs;
    // Calls that end together are followed together; who has nothing under way does not wait.
    const gatherLeftMs = this.#underway.size === 0 ? 0 : this.#claimedAtMs + gatherMs - performance.now();
    if (gatherLeftMs > 0) return gatherLeftMs;
    this.#claimedAtMs = performance.now();
    const room = roomOf(free, allowed, this.#pace.available('', rate));
    const claimed = await claimDue(this.#tasks.database, this.#lease.id, this.#lease.holder, room);
    for (const command of claimed) this.#begin(command, treatment);
    if (claimed.length > 0) this.#pace.take('', rate, claimed.length);
    return claimed.length === room.calls ? 0 : msToNextDue(this.#tasks.database, this.#lease.id);
  }

  async #waitForBreaker({ policy, fallbackKinds }: Treatment, nowMs: number): Promise<number> {
    if (policy.fallback !== null) {
      const routed = await routeToFallback(this.#tasks.database.kysely, this.#lease.id, policy.fallback, fallbackKinds);
      if (routed > 0) this.#tasks.log.warn({ connection: this.#lease.id, fallback: policy.fallback, routed }, 'a partner is down; what may go elsewhere goes to its fallback');
    }
    return Math.max(1, (this.#breaker.state.openUntilMs ?? nowMs) - nowMs);
  }

  #begin(command: ClaimedCommand, treatment: Treatment): void {
    const isProbe = this.#breaker.state.breaker === 'HALF_OPEN';
    const done = this.#perform(command, treatment, isProbe)
      .catch((error: unknown) => {
        if (error instanceof LeaseLost) return this.#tasks.log.warn({ command: command.id }, 'a command was taken over by another process');
        // What was done stands at the partner and in its memory; the command is taken up with the partner.
        this.#tasks.log.error({ err: error, command: command.id }, 'the end of a command could not be recorded; it is performed again');
        this.#stopping = true;
      })
      .finally(() => {
        this.#underway.delete(command.id);
        this.wake();
      });
    this.#underway.set(command.id, done);
  }

  async #perform(command: ClaimedCommand, treatment: Treatment, isProbe: boolean): Promise<void> {
    const { holder } = this.#lease;
    const attempt = await perform(this.#tasks, command, holder, treatment.policy);
    this.#judge(attempt, treatment);
    await this.#recording.run(() => this.#record(command, treatment, attempt, isProbe));
  }

  async #record(command: ClaimedCommand, treatment: Treatment, attempt: Attempt, isProbe: boolean): Promise<void> {
    const { holder } = this.#lease;
    if (attempt.ended === 'hopeless') return finishGivenUp(this.#tasks, command, holder, attempt.reason, { kind: null, message: attempt.message, raw: '' });
    if (attempt.ended === 'failed') return this.#fail(command, treatment, attempt.error, isProbe);
    try {
      if (attempt.ended === 'polled') await finishPolled(this.#tasks, command, holder, attempt.page);
      else await finishPerformed(this.#tasks, command, holder, attempt.performed);
    } catch (error) {
      if (error instanceof LeaseLost || isOutage(error)) throw error;
      this.#tasks.log.error({ err: error, command: command.id }, 'what a partner answered could not be stored; the command is tried again');
      await this.#fail(command, treatment, { kind: 'unparseable', message: 'What the partner answered could not be stored.', raw: '' }, false);
    }
  }

  async #fail(command: ClaimedCommand, { policy, fallbackKinds }: Treatment, error: ConnectorError, isProbe: boolean): Promise<void> {
    const { holder } = this.#lease;
    if (command.kind === 'source.poll') return finishPollFailed(this.#tasks, command, holder, error, (failures) => waitSeconds(error, failures, policy, Math.random()));
    const deadlineMs = command.deadline_at === null ? null : Date.parse(command.deadline_at);
    const decision = decide({ error, failures: command.failures, waitingSinceMs: Date.parse(command.waiting_since), deadlineMs, isProbe }, policy, Date.now(), Math.random());
    if (decision.next === 'wait') return finishWaiting(this.#tasks, command, holder, error, decision);
    // That it failed so often is the partner's matter: another may do it, if nothing was begun here.
    const mayMove = decision.reason === 'ATTEMPTS' && policy.fallback !== null && movableKinds.some((kind) => kind === command.kind && fallbackKinds.includes(kind));
    if (mayMove && (await finishRouted(this.#tasks, command, holder, error, policy.fallback!))) return;
    return finishGivenUp(this.#tasks, command, holder, decision.reason, error);
  }

  /** What an attempt says of the partner. */
  #judge(attempt: Attempt, { policy }: Treatment): void {
    if (attempt.ended === 'hopeless') return;
    if (attempt.ended !== 'failed' || attempt.error.kind === 'invalid') {
      this.#limits = 0;
      this.#breaker.succeeded(policy);
      return;
    }
    const { error, isOurs } = attempt;
    if (error.onlyThisCommand === true) return;
    const nowMs = Date.now();
    if (error.kind === 'rate_limited') this.#limits++;
    const pauseSeconds = error.retryAfter ?? (error.kind === 'rate_limited' ? Math.min(longestPause, 2 ** (this.#limits - 1)) * (0.5 + Math.random() / 2) : 0);
    if (pauseSeconds > 0) this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + pauseSeconds * 1000);
    if (error.kind !== 'rate_limited' && !isOurs) this.#breaker.failed(policy, nowMs, Math.random(), error.kind === 'auth');
    void this.#save(error).catch((failure: unknown) => this.#tasks.log.warn({ err: failure }, 'how a partner does could not be kept'));
  }

  #figures(): string {
    return JSON.stringify([this.#breaker.state, this.#pausedUntilMs]);
  }

  /** Keeps how the partner does, where that has changed, and has people told when it is left alone and when no more. */
  async #save(error: ConnectorError | null): Promise<void> {
    const figures = this.#figures();
    if (figures === this.#saved) return;
    this.#saved = figures;
    const state = this.#breaker.state;
    const isDown = state.breaker !== 'CLOSED';
    // What is kept tells the next holder whether people are still to be told: so that it is over is told first.
    if (!isDown) await this.#tellDown(false, null);
    await this.#lease.save(state, this.#pausedUntilMs, error?.message ?? null);
    if (isDown) await this.#tellDown(true, error?.message ?? null);
  }

  async #tellDown(isDown: boolean, message: string | null): Promise<void> {
    if (this.#toldDown === isDown) return;
    await tellWhetherDown(this.#tasks, this.#lease.id, isDown, message);
    this.#toldDown = isDown;
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#woken || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** @param paced calls that the rate allows now */
function roomOf(free: number, allowed: number, paced: number): Room {
  const calls = Math.min(free, paced);
  return { calls, reports: allowed === 1 ? calls : Math.max(0, Math.min(calls, free - 1)) };
}
