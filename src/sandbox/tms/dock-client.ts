import { z } from 'zod';
import { dockLogin } from '../dock/server.js';
import type { HttpClient } from '../http-client.js';

const token = z.object({ access_token: z.string() });
const made = z.object({ data: z.looseObject({ id: z.string() }) });

/** The dispatcher's way to the dock scheduler, over HTTP. */
export class DockClient {
  #token: string | undefined;

  constructor(private readonly client: HttpClient, private readonly url: string) {}

  /** @returns id of the appointment */
  async book(of: { startMs: number; endMs: number; refNumbers: readonly string[]; carrier: string; earlier?: boolean }): Promise<string> {
    const { startMs, endMs, ...rest } = of;
    return made.parse(await this.#post('/appointment', { ...rest, start: iso(startMs), end: iso(endMs) })).data.id;
  }

  /** @returns id of the visit */
  async checkIn(of: { appointmentId: string; licensePlate: string; atMs: number; earlier?: boolean }): Promise<string> {
    const { atMs, ...rest } = of;
    return made.parse(await this.#post('/asset-visit', { ...rest, at: iso(atMs) })).data.id;
  }

  async depart(visitId: string, atMs: number): Promise<void> {
    await this.#post('/asset-visit/event', { assetVisitId: visitId, eventType: 'Departed', at: iso(atMs) });
  }

  async #post(path: string, body: object): Promise<unknown> {
    this.#token ??= token.parse(await this.#send('/auth/login', dockLogin, {})).access_token;
    return this.#send(path, body, { authorization: `Bearer ${this.#token}` });
  }

  async #send(path: string, body: object, headers: Record<string, string>): Promise<unknown> {
    const reply = await this.client.post(`${this.url}${path}`, headers, Buffer.from(JSON.stringify(body)));
    if (reply.status !== 201) throw new Error(`The simulated dock scheduler answered ${reply.status} to ${path}.`);
    return JSON.parse(reply.body) as unknown;
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
