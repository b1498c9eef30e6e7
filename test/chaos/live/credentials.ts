/** A token of ours, and until when it is good, ms UTC. */
interface Held {
  token: string;
  expiresMs: number;
}

/** Past the end of a token, in which what was under way may still arrive, ms. */
const graceMs = 3000;

/** The tokens of one client, one after the other: each is used until it expires or is revoked. */
export class Credentials {
  readonly #held: readonly Held[];
  readonly #revokedMs = new Map<string, number>();
  #first = 0;

  /** @param tokens the last of them outlives the run */
  constructor(tokens: readonly string[]) {
    this.#held = tokens.map((token) => ({ token, expiresMs: 1000 * (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number }).exp }));
  }

  /** The first that is still good for `leastMs`. */
  current(leastMs = 0): string {
    const good = this.#held.find(({ token, expiresMs }, index) => index >= this.#first && expiresMs > Date.now() + leastMs && !this.#revokedMs.has(token));
    if (good === undefined) throw new Error('A client has used up its tokens.');
    return good.token;
  }

  expiryOf(token: string): number {
    return this.#held.find((held) => held.token === token)!.expiresMs;
  }

  /** The next one takes its place, good as this one may be: of other rights. */
  change(): void {
    this.#first = (this.#first + 1) % this.#held.length;
  }

  get canLoseOne(): boolean {
    return this.#held.filter(({ token }) => !this.#revokedMs.has(token)).length > 1;
  }

  revoked(token: string): void {
    this.#revokedMs.set(token, Date.now());
  }

  /** Whether nothing may be shown any more to who came with this token. */
  isOver(token: string): boolean {
    return Date.now() > Math.min(this.expiryOf(token), this.#revokedMs.get(token) ?? Infinity) + graceMs;
  }
}
