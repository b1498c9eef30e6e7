import type { CommandInputs } from '../../../model/commands.js';
import type { Access, Outcome, Performed } from '../../contract.js';
import { sendRequest, statusError } from '../http.js';

const maxAnswer = 64 * 1024;

/** Sends a receipt that the partner wanted by a message of its own (`receipt.send`). Twice is once for the partner: it knows the receipt by its Message-ID. */
export async function sendLaterReply({ allowedNetworks }: Access<object>, { url, headers, body }: CommandInputs['receipt.send'], timeoutMs: number): Promise<Outcome<Performed>> {
  const answer = await sendRequest({ method: 'POST', url, headers, body: Buffer.from(body, 'base64'), timeoutMs, maxBytes: maxAnswer, secrets: [], allowedNetworks });
  if (!answer.ok) return answer;
  const error = statusError(answer.value, []);
  return error === null ? { ok: true, value: { state: 'DONE', result: { status: answer.value.status }, answers: [], files: [] } } : { ok: false, error };
}
