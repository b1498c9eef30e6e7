import type { Json } from '../../lib/json.js';
import type { Access, Outcome } from '../contract.js';
import { failure, readJson, statusError, type HttpAnswer } from '../kit/http.js';
import { sendAuthorized, type ClientCredentials } from '../kit/oauth.js';
import type { Project44Settings } from './settings.js';

/** A history with all its positions has some megabytes. */
const maxBytes = 16 * 1024 * 1024;
/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 20;

/** The API of project44, under tokens by client credentials: the only I/O of this connector. What goes wrong is an answer, never a throw, and holds no secret. */
export class Project44Api {
  private constructor(private readonly base: string, private readonly credentials: ClientCredentials, private readonly endMs: number) {}

  /** @param timeoutMs for all calls together */
  static open(access: Access<Project44Settings>, timeoutMs: number): Outcome<Project44Api> {
    const [clientId, clientSecret] = [access.secrets['apiKey']?.[0], access.secrets['apiSecret']?.[0]];
    if (clientId === undefined || clientSecret === undefined) return failure('invalid', 'This connection has no client id or no client secret: set apiKey and apiSecret.', '');
    const base = (access.settings.url ?? 'https://na12.api.project44.com').replace(/(?<!\/)\/+$/, '');
    const credentials: ClientCredentials = { connection: access.connection, tokenUrl: `${base}/api/v4/oauth2/token`, clientId, clientSecret, sentAs: 'form', allowedNetworks: access.allowedNetworks, faultOf: statusError };
    return { ok: true, value: new Project44Api(base, credentials, performance.now() + timeoutMs) };
  }

  /** @returns what was answered; null where it says that there is no such thing and that may be (`mayMiss`), or where the status says all (`isTold`) */
  async call(method: 'GET' | 'POST' | 'PUT', path: string, { body, mayMiss = false, isTold = false }: { body?: Json; mayMiss?: boolean; isTold?: boolean } = {}): Promise<Outcome<unknown>> {
    const timeoutMs = Math.floor(this.endMs - performance.now());
    if (timeoutMs < leastMs) return { ok: false, error: { ...failure('unavailable', 'The time for this was over before everything was done.', '').error, notSent: true } };
    const sent = await sendAuthorized(this.credentials, {
      method, url: `${this.base}${path}`, timeoutMs, maxBytes, secrets: [],
      headers: { 'user-agent': 'gatehouse', accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!sent.ok) return sent;
    const { answer, secrets } = sent.value;
    if (mayMiss && answer.status === 404 && isOfTheApi(answer)) return { ok: true, value: null };
    const error = statusError(answer, secrets);
    if (error !== null) return { ok: false, error };
    return isTold ? { ok: true, value: null } : readJson(answer, secrets);
  }
}

/** Said in project44's own form, and not by a gateway at a wrong address. */
function isOfTheApi({ text }: HttpAnswer): boolean {
  return /"(httpStatusCode|errorMessage|supportReferenceId)"/.test(text);
}
