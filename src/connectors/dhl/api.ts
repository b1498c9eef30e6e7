import type { Access, Answer, Outcome } from '../contract.js';
import { toAnswer } from '../kit/booking/answers.js';
import { refused, withCode, type CarrierOutcome } from '../kit/booking/errors.js';
import { failure, readJson, sendRequest, statusError } from '../kit/http.js';
import { answer as trackAnswer } from './payloads.js';
import type { DhlSettings } from './settings.js';

const maxBytes = 4 * 1024 * 1024;
/** Once this few milliseconds are left nothing new is begun. */
const leastMs = 50;

/**
 * DHL's Shipment Tracking - Unified: the only I/O of this connector. The wire format is that of DHL's published schema and its
 * list of status codes. Not verified against the service: the form of the body that is pushed (described as that of the
 * answer), and under which header its token can be sent.
 */
export class DhlApi {
  readonly #access: Access<DhlSettings>;
  readonly #key: string;
  readonly #endMs: number;

  private constructor(access: Access<DhlSettings>, key: string, timeoutMs: number) {
    this.#access = access;
    this.#key = key;
    this.#endMs = performance.now() + timeoutMs;
  }

  /** @param timeoutMs for all calls together */
  static open(access: Access<DhlSettings>, timeoutMs: number): Outcome<DhlApi> {
    const key = access.secrets['apiKey']?.[0];
    return key === undefined ? failure('invalid', 'This connection has no API key: set apiKey.', '') : { ok: true, value: new DhlApi(access, key, timeoutMs) };
  }

  /** The shipments of a number, as they are answered; null where DHL knows none. */
  async track(number: string): Promise<CarrierOutcome<Answer | null>> {
    const timeoutMs = Math.floor(this.#endMs - performance.now());
    if (timeoutMs < leastMs) return refused('unavailable', 'The time for this was over before everything was done.');
    const base = (this.#access.settings.url ?? 'https://api-eu.dhl.com').replace(/(?<!\/)\/+$/, '');
    const secrets = [this.#key];
    const sent = await sendRequest({
      method: 'GET', url: `${base}/track/shipments?trackingNumber=${encodeURIComponent(number)}&language=en`, timeoutMs, maxBytes, secrets, allowedNetworks: this.#access.allowedNetworks,
      headers: { 'user-agent': 'gatehouse', accept: 'application/json', 'DHL-API-Key': this.#key },
    });
    if (!sent.ok) return withCode(sent);
    const error = statusError(sent.value, secrets);
    // Said in DHL's own words, that there is no such number; a wrong address says 404 in others.
    if (sent.value.status === 404 && /no (result|shipment)/i.test(sent.value.text)) return { ok: true, value: null };
    if (error !== null) return withCode({ ok: false, error });
    const read = readJson(sent.value, secrets);
    if (!read.ok) return withCode(read);
    if (!trackAnswer.safeParse(read.value).success) return refused('unparseable', 'DHL answered with something that is no tracking.');
    return { ok: true, value: toAnswer(`track-${number}`, read.value as object) };
  }
}
