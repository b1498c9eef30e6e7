import { z } from 'zod';
import { instant } from '../../lib/clock.js';
import { sha256 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import { parseOffsetTime } from '../../model/time.js';
import type { Access, Answer, Outcome, Poll, PollPage } from '../contract.js';
import { failure } from '../kit/http.js';
import { AmazonApi, includedData } from './api.js';
import { page } from './payloads.js';
import type { AmazonSettings } from './settings.js';

/** Orders come to be shown some two minutes after they changed, as Amazon says; a round begins so long before the end of the one before. */
const overlapMs = 240_000;
const dayMs = 86_400_000;

/** A round of orders changed after `after`, and the token of its next page. A token lives a day. */
const cursorSchema = z.object({ after: z.iso.datetime(), token: z.string().nullable() });
type Cursor = z.infer<typeof cursorSchema>;

/** Orders by the time of their last change, page by page; what is read again is the same message. */
export const poll: Poll<AmazonSettings> = {
  everySeconds: ({ everySeconds }) => everySeconds ?? 300,
  async read(access: Access<AmazonSettings>, from: Json | null, timeoutMs: number): Promise<Outcome<PollPage>> {
    const opened = AmazonApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    const known = cursorSchema.safeParse(from);
    const cursor: Cursor = known.success ? known.data : { after: access.settings.since === undefined ? instant(Date.now() - dayMs) : `${access.settings.since}T00:00:00.000Z`, token: null };
    const answer = await opened.value.search(queryOf(access.settings, cursor));
    // A token that has ended is refused as any wrong parameter is: the round is begun anew.
    if (!answer.ok && answer.error.kind === 'invalid' && cursor.token !== null) return { ok: true, value: { answers: [], cursor: { ...cursor, token: null }, more: true } };
    if (!answer.ok) return answer;
    const parsed = page.safeParse(answer.value);
    if (!parsed.success) return failure('unparseable', 'Amazon answered with something that is no page of orders.', '');
    const { orders, pagination, lastUpdatedBefore } = parsed.data;
    const answers = orders.map((order): Answer => {
      const body = Buffer.from(JSON.stringify({ order }));
      return { key: `order ${order.orderId} ${sha256(body)}`, headers: { 'content-type': 'application/json' }, body };
    });
    const token = pagination?.nextToken ?? '';
    if (token !== '') return { ok: true, value: { answers, cursor: { after: cursor.after, token }, more: true } };
    const before = parseOffsetTime(lastUpdatedBefore ?? '');
    const after = before === null ? cursor.after : instant(Math.max(Date.parse(cursor.after), Date.parse(before.instant) - overlapMs));
    return { ok: true, value: { answers, cursor: { after, token: null }, more: false } };
  },
};

/** All pages of a round are asked for with the same words: Amazon refuses a token with others. */
function queryOf(settings: AmazonSettings, { after, token }: Cursor): URLSearchParams {
  const query = includedData(settings);
  query.set('lastUpdatedAfter', after);
  query.set('maxResultsPerPage', '100');
  if (settings.marketplaces !== undefined) query.set('marketplaceIds', settings.marketplaces);
  if (settings.amazonFulfilled === 'leave') query.set('fulfilledBy', 'MERCHANT');
  if (token !== null) query.set('paginationToken', token);
  return query;
}
