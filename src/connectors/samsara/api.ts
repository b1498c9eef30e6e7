import type { Access, Outcome } from '../contract.js';
import { failure, readJson, sendRequest, statusError, type HttpRequest } from '../kit/http.js';
import type { SamsaraSettings } from './settings.js';

/** Bytes that an answer may have. */
const maxBytes = 4 * 1024 * 1024;

/** The API of Samsara: the only I/O of this connector. What goes wrong is an answer, never a throw, and holds no secret. */
export async function call(access: Access<SamsaraSettings>, request: Pick<HttpRequest, 'method' | 'body' | 'timeoutMs'> & { path: string }): Promise<Outcome<unknown>> {
  const key = access.secrets['apiKey']?.[0];
  if (key === undefined) return failure('invalid', 'This connection has no API key: set apiKey.', '');
  const { path, ...rest } = request;
  const answer = await sendRequest({ ...rest, url: addressOf(access.settings, path), headers: headersOf(key), maxBytes, secrets: [key], allowedNetworks: access.allowedNetworks });
  if (!answer.ok) return answer;
  const error = statusError(answer.value, [key]);
  return error === null ? readJson(answer.value, [key]) : { ok: false, error };
}

function addressOf({ url }: SamsaraSettings, path: string): string {
  return `${(url ?? 'https://api.samsara.com').replace(/(?<!\/)\/+$/, '')}${path}`;
}

function headersOf(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}`, accept: 'application/json', 'user-agent': 'gatehouse' };
}
