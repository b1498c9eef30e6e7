import { SessionUnavailable, type Session } from './session.js';

export interface GraphqlError {
  message: string;
  path?: ReadonlyArray<string | number>;
  extensions?: { code?: string };
}

/** A request that gave no data. `sign_in`: a token is needed. `unreachable`: worth trying again. */
export class RequestFailure extends Error {
  constructor(readonly kind: 'sign_in' | 'unreachable' | 'refused', message: string, readonly code?: string) {
    super(message);
  }
}

interface Answer {
  status: number;
  retryAfter: string | null;
  data: unknown;
  errors: GraphqlError[];
}

const timeoutMs = 20_000;

/** GraphQL over POST /graphql with the session's token; a token that ended is renewed once. */
export class GraphqlClient {
  constructor(private readonly session: Session, private readonly onIncomplete: (message: string) => void) {}

  /** The answer's data. Where a part of it is missing, `onIncomplete` hears why, unless this token may not see it. @throws RequestFailure */
  async request<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const token = await this.#token();
      const answer = await post(token, query, variables);
      if (isUnauthenticated(answer)) {
        this.session.reject(token);
        if (attempt === 1) continue;
        throw new RequestFailure('sign_in', 'The server does not take this token.');
      }
      const [error] = answer.errors;
      if (answer.data === null || answer.data === undefined) throw failure(answer, error);
      const fault = answer.errors.find((each) => each.extensions?.code !== 'FORBIDDEN');
      if (fault !== undefined) this.onIncomplete(`A part could not be read: ${fault.message}`);
      return answer.data as T;
    }
  }

  async #token(): Promise<string> {
    try {
      const token = await this.session.token();
      if (token !== null) return token;
    } catch (error) {
      if (error instanceof SessionUnavailable) throw new RequestFailure('unreachable', error.message);
      throw error;
    }
    throw new RequestFailure('sign_in', this.session.refused ? 'The server does not take this token. It may have expired: make a new one.' : '');
  }
}

export function isUnauthenticated(answer: { status?: number; errors: readonly GraphqlError[] }): boolean {
  return answer.status === 401 || answer.errors.some((error) => error.extensions?.code === 'UNAUTHENTICATED');
}

async function post(token: string, query: string, variables: Record<string, unknown>): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json;q=0.9', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw new RequestFailure('unreachable', error instanceof DOMException && error.name === 'TimeoutError' ? 'The server took too long to answer.' : 'The server does not answer.');
  }
  const text = await response.text();
  const body = parse(text);
  return { status: response.status, retryAfter: response.headers.get('retry-after'), data: body?.data, errors: body?.errors ?? [] };
}

/** Null where the body is no JSON object: a proxy's error page, most likely. */
function parse(text: string): { data?: unknown; errors?: GraphqlError[] } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function failure(answer: Answer, error: GraphqlError | undefined): RequestFailure {
  if (answer.status === 429) return new RequestFailure('unreachable', `Too many requests. Wait ${answer.retryAfter ?? 'a few'} seconds.`);
  if (error !== undefined) return new RequestFailure(answer.status >= 500 ? 'unreachable' : 'refused', error.message, error.extensions?.code);
  return new RequestFailure('unreachable', `The server answered with status ${answer.status}.`);
}
