import { crc32 } from 'node:zlib';
import { Random } from '../random.js';
import type { GraphClient, UserError } from './graph-client.js';
import type { OtherSystem } from './other-system.js';
import { Lanes, PlayedClock } from './played-clock.js';
import { photoOf } from './photos.js';
import { requestsOf, type YardRequest } from './requests.js';
import { stepsOf, type DayStep } from './steps.js';
import type { Day, DrawnFinding } from './types.js';

export interface PlayerOptions {
  day: Day;
  graph: GraphClient;
  /** Id of the facility in the graph. */
  facility: string;
  tokens: { office: string; carriers: ReadonlyMap<string, string> };
  other: OtherSystem;
  seed: number;
  /** Requests under way at once. */
  concurrency: number;
}

/** How often each was done. */
export interface PlayedCounts {
  steps: number;
  requests: number;
  /** Sent again, when they had been answered. */
  repeated: number;
  /** Sent to both servers at once. */
  doubled: number;
  /** Refused as was to be. */
  refused: number;
}

/** Shares of requests. */
const [repeatedShare, doubledShare] = [0.06, 0.05];

/** Plays a day to the product, step by step, as its people and systems would. */
export class DayPlayer {
  readonly ids = { appointments: new Map<string, string>(), visits: new Map<string, string>(), moves: new Map<string, string>(), photos: new Map<string, string[]>() };
  readonly counts: PlayedCounts = { steps: 0, requests: 0, repeated: 0, doubled: 0, refused: 0 };
  /** What was answered otherwise than it was to be, in words for people. */
  readonly surprises: string[] = [];
  readonly #random: Random;
  readonly #steps: DayStep[];

  constructor(private readonly options: PlayerOptions) {
    this.#random = new Random(options.seed ^ 0x5eed);
    this.#steps = stepsOf(options.day);
  }

  /** All that was done before the day began. */
  async prepare(): Promise<void> {
    await this.#play(this.#steps.filter(({ atMs }) => atMs < this.options.day.startMs), null);
  }

  /** The day itself. */
  async play(speed: number): Promise<void> {
    await this.#play(this.#steps.filter(({ atMs }) => atMs >= this.options.day.startMs), new PlayedClock(this.options.day.startMs, speed));
  }

  async #play(steps: readonly DayStep[], clock: PlayedClock | null): Promise<void> {
    const lanes = new Lanes(this.options.concurrency);
    for (const step of steps) {
      await clock?.until(step.atMs);
      // Drawn here, so that they are the same however the answers come.
      const chances = { repeats: this.#random.chance(repeatedShare), doubles: this.#random.chance(doubledShare), server: this.#random.between(0, 1) };
      await lanes.add(step.lanes, () => this.#take(step, chances));
    }
    await lanes.settled();
  }

  async #take(step: DayStep, chances: Chances): Promise<void> {
    this.counts.steps++;
    if (step.of === 'other' || step.of === 'contradiction' || step.of === 'told-twice') return this.options.other.play(step);
    if (step.kind === 'FINDING') await this.#photograph(step.visit.key, step.finding);
    const owner = step.of === 'appointment' ? step.appointment.key : step.of === 'visit' ? step.visit.key : step.move.key;
    const requests = requestsOf(step, { facility: this.options.facility, ...this.ids });
    for (const [index, request] of requests.entries()) {
      const id = await this.#request(this.#withId(request, owner), `${step.key}-${index}`, chances);
      if (id !== null && request.record !== 'confirmations') this.ids[request.record === 'appointment' ? 'appointments' : request.record === 'visit' ? 'visits' : 'moves'].set(owner, id);
    }
  }

  /** What follows a booking within one step is about what that made. */
  #withId(request: YardRequest, owner: string): YardRequest {
    return typeof request.input['appointmentId'] === 'object' ? { ...request, input: { ...request.input, appointmentId: this.ids.appointments.get(owner) } } : request;
  }

  async #photograph(visit: string, { key, photos }: DrawnFinding): Promise<void> {
    const ids: string[] = [];
    for (let number = 1; number <= photos; number++) {
      const picture = photoOf(crc32(`${key}-${number}`));
      const handIn = () => this.options.graph.handIn(this.options.tokens.office, this.ids.visits.get(visit)!, picture);
      const [id, again] = [await handIn(), await handIn()];
      if (again !== id) this.surprises.push(`${key}: one picture is two`);
      ids.push(id);
    }
    this.ids.photos.set(key, ids);
  }

  /** @returns id of the record; null where it was refused */
  async #request(request: YardRequest, key: string, { repeats, doubles, server }: Chances): Promise<string | null> {
    const send = (to: number) => this.#send(request, key, to);
    const answers = doubles ? await Promise.all([send(server), send(server + 1)]) : [await send(server)];
    if (doubles) this.counts.doubled++;
    if (repeats) {
      this.counts.repeated++;
      answers.push(await send(server + 1));
    }
    const [first] = answers;
    if (answers.some((other) => other.id !== first!.id || other.errors[0]?.code !== first!.errors[0]?.code)) this.surprises.push(`${key}: ${request.mutation} was answered differently under one key: ${JSON.stringify(answers)}`);
    if (first!.errors.length === 0) {
      if (request.refusedWith !== undefined) this.surprises.push(`${key}: ${request.mutation} was not refused.`);
      return first!.id;
    }
    if (first!.errors[0]!.code === request.refusedWith) this.counts.refused++;
    else this.surprises.push(`${key}: ${request.mutation} ${JSON.stringify(request.input)} was refused: ${JSON.stringify(first!.errors)}`);
    return null;
  }

  async #send({ mutation, input, by, record, inputType }: YardRequest, idempotencyKey: string, server: number): Promise<{ id: string | null; errors: UserError[] }> {
    this.counts.requests++;
    const { office, carriers } = this.options.tokens;
    const token = by === 'OFFICE' ? office : carriers.get(by.carrier)!;
    const type = inputType ?? `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
    const data = await this.options.graph.ask(token, `mutation ($input: ${type}!) { done: ${mutation}(input: $input) { ${record} { id } userErrors { field message code } } }`, { input: { ...input, idempotencyKey } }, server);
    const done = data['done'] as (Record<string, { id: string } | Array<{ id: string }> | null> & { userErrors: UserError[] }) | null;
    if (done === null) return { id: null, errors: [{ field: '', message: 'There was no answer.', code: 'NULL' }] };
    const made = done[record];
    return { id: (Array.isArray(made) ? made[0] : made)?.id ?? null, errors: done.userErrors };
  }
}

interface Chances {
  repeats: boolean;
  doubles: boolean;
  server: number;
}
