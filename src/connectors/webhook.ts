import { redact, retryAfterSeconds, sendRequest } from './kit/http.js';
import { standardWebhookKey, standardWebhookSignature } from './kit/signatures.js';
import { clip } from './kit/text.js';

export { outsideUrl, pinnedLookup, RefusedAddress } from './kit/addresses.js';

/** One message to an endpoint of somebody else, signed by Standard Webhooks. */
export interface WebhookMessage {
  url: string;
  /** The receiver knows a repeat by it. */
  id: string;
  contentType: string;
  body: string;
  /** `whsec_...`; every one signs, the first first. */
  secrets: readonly string[];
  timeoutMs: number;
  maxAnswerBytes: number;
  /** Characters kept of the answer. */
  keptAnswer: number;
  allowedNetworks: readonly string[];
}

/** What came of it. Only 2xx is a success; a redirection is not followed. */
export interface WebhookOutcome {
  ok: boolean;
  /** Null where no answer came. */
  status: number | null;
  /** In words, without anything secret; null where it succeeded. */
  error: string | null;
  /** Beginning of the answer, without our secrets. */
  answer: string;
  /** Seconds. */
  retryAfter: number | undefined;
}

/** Sends it to an address that is checked and pinned for this one request. Never throws. */
export async function postWebhook(message: WebhookMessage): Promise<WebhookOutcome> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const bytes = Buffer.from(message.body);
  const signatures = message.secrets.map((secret) => standardWebhookSignature(standardWebhookKey(secret), message.id, timestamp, bytes));
  const sent = await sendRequest({
    method: 'POST', url: message.url, body: message.body, timeoutMs: message.timeoutMs, maxBytes: message.maxAnswerBytes, secrets: message.secrets, allowedNetworks: message.allowedNetworks, beginningOnly: true,
    headers: { 'content-type': message.contentType, 'user-agent': 'Gatehouse-Webhooks/1', 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') },
  });
  if (!sent.ok) return { ok: false, status: null, error: sent.error.message, answer: '', retryAfter: undefined };
  const { status, headers, text } = sent.value;
  const isSuccess = status >= 200 && status < 300;
  const answer = clip(redact(text, [...message.secrets, ...message.secrets.map((secret) => secret.replace(/^whsec_/, ''))]), message.keptAnswer);
  const error = isSuccess ? null : status >= 300 && status < 400 ? `It redirects (${status}), which is not followed. Register the address that answers by itself.` : `It answered ${status}.`;
  return { ok: isSuccess, status, error, answer, retryAfter: isSuccess ? undefined : retryAfterSeconds(headers['retry-after'], Date.now()) };
}
