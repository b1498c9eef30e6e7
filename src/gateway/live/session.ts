import { Deadlines, type Due } from '../../lib/deadlines.js';
import { GatehouseError } from '../../lib/errors.js';
import { isNotKnownNow, tryAgainLater } from './try-again.js';

/** graphql-ws retries after this code: the token ended or lost rights; reconnect with a fresh one and resume. */
export const forbidden = 4403;

/** When the tokens of all connections end: one timer instead of one for each. */
const expiries = new Deadlines();

/** Whoever is at the other end of a connection. */
export interface Identity<Principal> {
  principal: Principal;
  subject: string;
  /** Milliseconds UTC. */
  expiresMs: number;
  /** Everything of the principal that can change an answer: who are equal in it may be sent the same. */
  sharingKey: string;
}

/** Whoever is told when the token of its principal is taken back. */
export interface TokenHolder<Principal> {
  readonly principal: Principal;
  /** It was taken back. Told once. */
  lost(): void;
}

export interface SessionOptions<Principal> {
  /**
   * @param certificate thumbprint of the one that the connection was opened with
   * @throws GatehouseError UNAUTHENTICATED
   */
  authenticate(authorization: string | undefined, certificate: string | undefined): Promise<Identity<Principal>>;
  /** Tells holders of tokens that are taken back, at once where one was before it is watched. */
  revocations?: {
    watch(holder: TokenHolder<Principal>): void;
    unwatch(holder: TokenHolder<Principal>): void;
  };
  /** Counts connections by whose they are. */
  connections?: {
    /** @returns false where as many are open as may be: then it is not counted */
    open(identity: Identity<Principal>): boolean;
    close(identity: Identity<Principal>): void;
  };
  /** Whether operations need the text of the token, to pass it on: then it is kept for as long as the connection lasts. */
  keepsAuthorization?: boolean;
}

export interface Ending {
  /** Ends the connection. */
  end(code: number, reason: string): void;
}

/** Who is at the other end of one connection, for as long as the token lasts. */
export class Session<Principal> implements Due, TokenHolder<Principal> {
  readonly #options: SessionOptions<Principal>;
  readonly #certificate: string | undefined;
  readonly #connection: Ending;
  #identity: Identity<Principal> | undefined;
  #authorization: string | undefined;
  #isClosed = false;

  constructor(options: SessionOptions<Principal>, certificate: string | undefined, connection: Ending) {
    this.#options = options;
    this.#certificate = certificate;
    this.#connection = connection;
  }

  /** Undefined until it is known. */
  get identity(): Identity<Principal> | undefined {
    return this.#identity;
  }

  get principal(): Principal {
    return this.#identity!.principal;
  }

  /** Of the token that was handed in last; undefined where nobody needs it. */
  get authorization(): string | undefined {
    return this.#authorization;
  }

  get dueMs(): number {
    return this.#identity!.expiresMs;
  }

  /** @throws GatehouseError UNAUTHENTICATED, or RATE_LIMITED where as many connections of this token are open as may be */
  async open(authorization: string | undefined): Promise<Identity<Principal>> {
    const identity = await this.#options.authenticate(authorization, this.#certificate);
    const { connections } = this.#options;
    if (connections?.open(identity) === false) throw new GatehouseError('RATE_LIMITED', 'As many connections of this token are open as may be. Close one, or wait.', { retryAfter: 5 });
    if (this.#isClosed) connections?.close(identity);
    this.#keep(identity, authorization);
    return identity;
  }

  /**
   * A fresh token of the same subject with the same rights takes the place of the one before. With other
   * rights operations that run would mean something else: the connection ends with `forbidden`, and the
   * client resumes from its cursors under the new ones.
   * @returns undefined where the connection ends
   */
  async refresh(authorization: string): Promise<Identity<Principal> | undefined> {
    try {
      const identity = await this.#options.authenticate(authorization, this.#certificate);
      if (this.#isClosed) return undefined;
      const { subject, sharingKey } = this.#identity!;
      if (identity.subject !== subject) this.#connection.end(forbidden, 'The token is of another subject: open a connection of its own for it');
      else if (identity.sharingKey !== sharingKey) this.#connection.end(forbidden, 'The rights have changed: reconnect and resume from the last cursor');
      else {
        this.#keep(identity, authorization);
        return identity;
      }
    } catch (error) {
      if (isNotKnownNow(error)) this.#connection.end(tryAgainLater, 'It cannot be said now whose token this is: reconnect and resume from the last cursor');
      if (!(error instanceof GatehouseError)) throw error;
      this.#connection.end(forbidden, 'The token is not valid: reconnect with a fresh one');
    }
    return undefined;
  }

  due(): void {
    this.#connection.end(forbidden, 'Token expired: reconnect with a fresh one');
  }

  lost(): void {
    this.#connection.end(forbidden, 'The token was revoked');
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    expiries.delete(this);
    this.#options.revocations?.unwatch(this);
    if (this.#identity !== undefined) this.#options.connections?.close(this.#identity);
  }

  #keep(identity: Identity<Principal>, authorization: string | undefined): void {
    this.#identity = identity;
    if (this.#options.keepsAuthorization === true) this.#authorization = authorization;
    if (this.#isClosed) return;
    expiries.add(this);
    this.#options.revocations?.watch(this);
  }
}
