import { renewalMs, Session, SessionUnavailable } from './session.js';

const answerMs = 20_000;

/** Whether this page stands in a frame that is to sign it in: only pages that the server's policy names can frame it. */
export function isEmbedded(): boolean {
  return window.parent !== window && new URLSearchParams(location.search).has('embedded');
}

/**
 * The token of a page in a frame: the page around it hands it over by a message, after it was asked. It is kept in
 * memory alone, and asked for anew before it ends or when the server takes it no more.
 */
export class EmbeddedSession extends Session {
  readonly #window: Window;
  #credential: { token: string; endsMs: number } | null = null;
  #asking: Promise<{ token: string; endsMs: number }> | null = null;

  constructor(own: Window) {
    super();
    this.#window = own;
  }

  override get own(): boolean {
    return true;
  }

  override async token(): Promise<string> {
    if (this.#credential === null || this.#credential.endsMs - renewalMs <= Date.now()) {
      this.#asking ??= this.#ask().finally(() => { this.#asking = null; });
      this.#credential = await this.#asking;
    }
    return this.#credential.token;
  }

  override reject(token: string): void {
    if (this.#credential?.token === token) this.#credential = null;
  }

  /** @throws SessionUnavailable where nobody answers in time */
  #ask(): Promise<{ token: string; endsMs: number }> {
    return new Promise((resolve, reject) => {
      const { parent } = this.#window;
      const end = () => {
        clearTimeout(timer);
        this.#window.removeEventListener('message', take);
      };
      const take = ({ source, data }: MessageEvent): void => {
        if (source !== parent || !isToken(data)) return;
        end();
        resolve({ token: data.token, endsMs: Date.now() + data.seconds * 1000 });
      };
      const timer = setTimeout(() => {
        end();
        reject(new SessionUnavailable('The page around this one gives no token.'));
      }, answerMs);
      this.#window.addEventListener('message', take);
      // The question holds nothing that anybody could use, so it may go to whoever frames this page.
      parent.postMessage({ type: 'gatehouse:token-wanted' }, '*');
    });
  }
}

function isToken(data: unknown): data is { token: string; seconds: number } {
  const { type, token, seconds } = (data ?? {}) as Record<string, unknown>;
  return type === 'gatehouse:token' && typeof token === 'string' && typeof seconds === 'number' && seconds > 0;
}
