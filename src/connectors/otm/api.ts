import type { Json } from '../../lib/json.js';
import type { Access, Outcome } from '../contract.js';
import { failure, sendRequest, statusError } from '../kit/http.js';
import type { OtmSettings } from './settings.js';

/** A partner may answer with the whole trip; only the status is read. */
const maxBytes = 4 * 1024 * 1024;

/** Puts a trip to the partner, which takes the place of what it has under the same id: the only I/O of this connector. */
export async function putTrip(access: Access<OtmSettings>, trip: Json, timeoutMs: number): Promise<Outcome<null>> {
  const { url } = access.settings;
  if (url === undefined) return failure('invalid', 'It is not said where the partner takes trips: set url.', '');
  const token = access.secrets['apiKey']?.[0];
  const secrets = token === undefined ? [] : [token];
  const answer = await sendRequest({
    method: 'PUT', url: `${url.replace(/(?<!\/)\/+$/, '')}/api/v5/trips`, timeoutMs, maxBytes, secrets, allowedNetworks: access.allowedNetworks, body: JSON.stringify(trip), beginningOnly: true,
    headers: { 'user-agent': 'gatehouse', accept: 'application/json', 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  });
  if (!answer.ok) return answer;
  const error = statusError(answer.value, secrets);
  return error === null ? { ok: true, value: null } : { ok: false, error };
}
