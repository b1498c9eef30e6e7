import { z } from 'zod';
import type { Access, Outcome } from '../../contract.js';
import { sendRequest, statusError } from '../http.js';
import { callableUrl } from '../settings.js';
import type { Delivered, Delivery } from './delivery.js';

export const httpTransport = z.strictObject({
  kind: z.literal('http'),
  url: callableUrl,
});

const maxAnswer = 64 * 1024;

/** POSTs the bytes; `idempotency-key` tells a repeat. The setting `transportToken` goes as bearer token. */
export async function deliverOverHttp({ secrets, allowedNetworks }: Access<object>, { url }: z.infer<typeof httpTransport>, { name, contentType, bytes, id }: Delivery, timeoutMs: number): Promise<Outcome<Delivered>> {
  const token = secrets['transportToken']?.[0];
  const hidden = secrets['transportToken'] ?? [];
  const headers = {
    'content-type': contentType, 'content-disposition': `attachment; filename="${name}"`, 'idempotency-key': id,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await sendRequest({ method: 'POST', url, headers, body: bytes, timeoutMs, maxBytes: maxAnswer, secrets: hidden, allowedNetworks });
  if (!answer.ok) return answer;
  const error = statusError(answer.value, hidden);
  return error === null ? { ok: true, value: { receipt: { status: answer.value.status } } } : { ok: false, error };
}
