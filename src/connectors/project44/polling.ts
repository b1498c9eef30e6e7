import type { Json } from '../../lib/json.js';
import type { Access, Answer, OutboundCommand, Outcome, Performed } from '../contract.js';
import { toAnswer } from '../kit/booking/answers.js';
import { mayPass } from '../kit/booking/errors.js';
import { forEachPart } from '../kit/booking/parts.js';
import { failure } from '../kit/http.js';
import { Project44Api } from './api.js';
import { history } from './payloads.js';
import type { Project44Settings } from './settings.js';

/** Asks for the whole history of shipments, by project44's own ids of them: what webhooks told is known, what they lost is not. */
export async function pollHistories(access: Access<Project44Settings>, command: OutboundCommand<'tracking.poll'>): Promise<Outcome<Performed>> {
  const opened = Project44Api.open(access, command.timeoutMs);
  if (!opened.ok) return opened;
  const ids = [...new Set(command.input.references.filter(({ kind, issuer }) => kind === 'tracker' && issuer === access.connection).map(({ value }) => value))];
  const polled = await forEachPart(ids, async (id) => ({ id, outcome: await historyOf(opened.value, id) }));
  const failed = polled.flatMap(({ id, outcome }) => (outcome.ok ? [] : [{ id, error: outcome.error }]));
  const blocked = failed.find(({ error }) => mayPass(error)) ?? (failed.length === polled.length ? failed[0] : undefined);
  if (blocked !== undefined) return { ok: false, error: blocked.error };
  const answers = polled.flatMap(({ outcome }) => (outcome.ok && outcome.value !== null ? [outcome.value] : []));
  const result: Json = { polled: answers.length, failed: failed.map(({ id, error }) => ({ id, error: error.message })) };
  return { ok: true, value: { state: failed.length > 0 ? 'PARTIAL' : 'DONE', result, answers, files: [] } };
}

/** Null where project44 knows no such shipment any more. */
async function historyOf(api: Project44Api, id: string): Promise<Outcome<Answer | null>> {
  const answer = await api.call('GET', `/api/v4/shipments/${encodeURIComponent(id)}/tracking/history`, { mayMiss: true });
  if (!answer.ok) return answer;
  if (answer.value === null) return { ok: true, value: null };
  if (!history.safeParse(answer.value).success) return failure('unparseable', 'project44 answered with something that is no tracking history.', '');
  return { ok: true, value: toAnswer(`history-${id}`, answer.value as object) };
}
