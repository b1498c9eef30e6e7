const storageKey = 'gatehouse.token';
/** A token is renewed this long before it ends, so that no request is sent with one that is about to. */
export const renewalMs = 30_000;

interface Credential {
  token: string;
  /** Milliseconds UTC; null where the page does not know. */
  expiresMs: number | null;
}

/** The server could not be asked for a session. */
export class SessionUnavailable extends Error {}

/**
 * Where this page's token comes from: one that the viewer gave (kept in sessionStorage), else a
 * demonstration operator's from /session, which the server hands out on loopback with the sandbox on.
 */
export class Session {
  #credential: Credential | null = null;
  #fetching: Promise<Credential | null> | null = null;
  #refused = false;

  /** Whether the token that the viewer gave last was refused. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Whether the viewer gave the token that is in use. */
  get own(): boolean {
    return sessionStorage.getItem(storageKey) !== null;
  }

  /** A token that is good for a request now; null where the viewer must give one. @throws SessionUnavailable */
  async token(): Promise<string | null> {
    const stored = sessionStorage.getItem(storageKey);
    if (stored !== null) return stored;
    const known = this.#credential;
    if (known !== null && (known.expiresMs === null || known.expiresMs - renewalMs > Date.now())) return known.token;
    this.#fetching ??= fetchDemonstration().finally(() => { this.#fetching = null; });
    this.#credential = await this.#fetching;
    return this.#credential?.token ?? null;
  }

  /** The server took this token no more. The next call of `token` gets another. */
  reject(token: string): void {
    if (sessionStorage.getItem(storageKey) === token) {
      sessionStorage.removeItem(storageKey);
      this.#refused = true;
    }
    if (this.#credential?.token === token) this.#credential = null;
  }

  give(token: string): void {
    this.#refused = false;
    sessionStorage.setItem(storageKey, token);
  }

  forget(): void {
    this.#refused = false;
    sessionStorage.removeItem(storageKey);
    this.#credential = null;
  }
}

async function fetchDemonstration(): Promise<Credential | null> {
  let response: Response;
  try {
    response = await fetch('/session', { cache: 'no-store' });
  } catch (error) {
    throw new SessionUnavailable('The server does not answer.', { cause: error });
  }
  if (!response.ok) throw new SessionUnavailable(`The server answered /session with status ${response.status}.`);
  const answer = (await response.json()) as { token: string | null; expiresAt: string | null };
  if (answer.token === null) return null;
  return { token: answer.token, expiresMs: answer.expiresAt === null ? null : Date.parse(answer.expiresAt) };
}
