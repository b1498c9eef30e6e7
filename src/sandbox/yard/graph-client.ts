import { setTimeout as pause } from 'node:timers/promises';
import type { HttpClient } from '../http-client.js';

export interface UserError {
  field: string;
  message: string;
  code: string;
}

/** So often a request is sent again where nobody answered, or nobody could. */
const mostAttempts = 120;
const betweenMs = 250;

/** The product's graph, asked as any client does: again, until somebody answers. */
export class GraphClient {
  /** @param urls servers, which answer alike */
  constructor(private readonly client: HttpClient, private readonly urls: readonly string[]) {}

  /** @throws Error where the graph answers with errors */
  async ask(token: string, query: string, variables: Record<string, unknown> = {}, server = 0): Promise<Record<string, unknown>> {
    const body = Buffer.from(JSON.stringify({ query, variables }));
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#post(server + attempt - 1, '/graphql', token, 'application/json', body);
      if (reply !== null) {
        const { data, errors } = JSON.parse(reply) as { data?: Record<string, unknown> | null; errors?: Array<{ message: string; extensions?: { code?: string } }> };
        const retry = errors?.some(({ extensions }) => extensions?.code === 'UNAVAILABLE' || extensions?.code === 'RATE_LIMITED') === true;
        if (errors !== undefined && !retry) throw new Error(`The graph answered with errors: ${JSON.stringify(errors)} to ${query.slice(0, 200)}`);
        if (data != null && !retry) return data;
      }
      if (attempt === mostAttempts) throw new Error(`Nobody answered ${query.slice(0, 200)}`);
      await pause(betweenMs);
    }
  }

  /** Hands in a picture of what was found. @returns its id */
  async handIn(token: string, visit: string, picture: Buffer): Promise<string> {
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const reply = await this.#post(attempt, `/visits/${encodeURIComponent(visit)}/photos`, token, 'image/png', picture);
      const id = reply === null ? undefined : (JSON.parse(reply) as { id?: string }).id;
      if (id !== undefined) return id;
      if (reply !== null) throw new Error(`A picture was refused: ${reply.slice(0, 300)}`);
      await pause(betweenMs);
    }
    throw new Error(`Nobody took a picture of ${visit}.`);
  }

  /** Null where nobody answered, or it was not possible just then. */
  async #post(server: number, path: string, token: string, type: string, body: Buffer): Promise<string | null> {
    try {
      const reply = await this.client.post(`${this.urls[server % this.urls.length]}${path}`, { authorization: `Bearer ${token}`, 'content-type': type }, body, 60_000);
      return reply.status === 429 || reply.status >= 500 ? null : reply.body;
    } catch {
      return null;
    }
  }
}
