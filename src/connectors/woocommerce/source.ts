import { z } from 'zod';
import { instant } from '../../lib/clock.js';
import { sha256 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import type { Access, Answer, Outcome, Poll, PollPage } from '../contract.js';
import { failure } from '../kit/http.js';
import { WooCommerceApi } from './api.js';
import { order, type Order } from './payloads.js';
import type { WooCommerceSettings } from './settings.js';

/** Each order with refunds takes one more request. */
const pageOrders = 20;
/** So much before the newest order that was seen the next look begins: an order is given its time before it is kept. */
const overlapMs = 120_000;
const dayMs = 86_400_000;
/** With less than this left of the time of a look no further order is begun, as long as there is one. */
const reserveShare = 0.4;

/** Ids that fit into an address. */
const mostExcluded = 500;

/**
 * Orders changed after `after`. Where more than a page of them changed in one second, those that were read are left out, for what
 * changes meanwhile would move others from one page to the one before; beyond what an address holds, `page` goes on.
 */
const cursorSchema = z.object({ after: z.iso.datetime(), exclude: z.array(z.string()).max(mostExcluded), page: z.number().int().min(1) });
type Cursor = z.infer<typeof cursorSchema>;

/**
 * Orders by the time of their last change, the net below the webhooks. They are read in the order of their changes, and each
 * page begins with the second in which the one before ended: what changes meanwhile moves to the end and is met there.
 */
export const poll: Poll<WooCommerceSettings> = {
  everySeconds: ({ everySeconds }) => everySeconds ?? 120,
  async read(access: Access<WooCommerceSettings>, from: Json | null, timeoutMs: number): Promise<Outcome<PollPage>> {
    const opened = WooCommerceApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    const api = opened.value;
    const known = cursorSchema.safeParse(from);
    const cursor: Cursor = known.success ? known.data : { after: access.settings.since === undefined ? instant(Date.now() - dayMs) : `${access.settings.since}T00:00:00.000Z`, exclude: [], page: 1 };
    const query = new URLSearchParams({ modified_after: cursor.after.slice(0, 19), dates_are_gmt: 'true', orderby: 'modified', order: 'asc', status: 'any', per_page: String(pageOrders), page: String(cursor.page), ...(cursor.exclude.length === 0 ? {} : { exclude: cursor.exclude.join(',') }) });
    const answer = await api.list(`/orders?${query}`);
    if (!answer.ok) return answer;
    const { value, pages } = answer.value;
    const listed = z.array(order).safeParse(value);
    if (!listed.success || listed.data.some((each) => modifiedMs(each) === null)) return failure('unparseable', 'The shop answered with something that is no list of its orders.', '');
    return readOrders(api, listed.data, pages === null ? listed.data.length < pageOrders : cursor.page >= pages, cursor, timeoutMs);
  },
};

async function readOrders(api: WooCommerceApi, orders: readonly Order[], isLast: boolean, cursor: Cursor, timeoutMs: number): Promise<Outcome<PollPage>> {
  const answers: Answer[] = [];
  for (const [index, each] of orders.entries()) {
    // What is left of the page is read by the next look.
    if (index > 0 && api.leftMs < timeoutMs * reserveShare) return { ok: true, value: { answers, cursor: behind(cursor, orders.slice(0, index)), more: true } };
    const refunds = await refundsOf(api, each);
    if (!refunds.ok) return refunds;
    answers.push(answerOf(each, refunds.value));
  }
  const last = orders.at(-1);
  if (isLast) {
    const newest = last === undefined ? cursor.after : instant(Math.max(Date.parse(cursor.after), modifiedMs(last)! - overlapMs));
    return { ok: true, value: { answers, cursor: { after: newest, exclude: [], page: 1 }, more: false } };
  }
  return { ok: true, value: { answers, cursor: behind(cursor, orders), more: true } };
}

/**
 * What changed in the second of the last of these orders, and later: `modified_after` leaves out its own second. Where all of them are
 * of the second with which the page began, or none could be read, what is left of it.
 */
function behind({ after, exclude, page }: Cursor, read: readonly Order[]): Cursor {
  const last = read.at(-1);
  const from = last === undefined ? 0 : modifiedMs(last)! - 1_000;
  if (from > Date.parse(after)) return { after: instant(from), exclude: [], page: 1 };
  const all = [...exclude, ...read.map(({ id }) => id)];
  return read.length === 0 || all.length > mostExcluded ? { after, exclude, page: page + 1 } : { after, exclude: all, page };
}

function modifiedMs(of: Order): number | null {
  const ms = Date.parse(`${(of.date_modified_gmt ?? '').replace(/Z$/, '')}Z`);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1_000) * 1_000;
}

/** What was refunded of an order, line by line: the order itself says only how much. */
export async function refundsOf(api: WooCommerceApi, of: Order): Promise<Outcome<Json[]>> {
  if ((of.refunds ?? []).length === 0) return { ok: true, value: [] };
  const answer = await api.get(`/orders/${of.id}/refunds?per_page=100`);
  if (!answer.ok) return answer;
  return Array.isArray(answer.value) ? { ok: true, value: answer.value as Json[] } : failure('unparseable', 'The shop answered with something that is no list of refunds.', '');
}

/** An order with its refunds, as `decode` reads it. What is the same is under the same key. */
export function answerOf(of: Order, refunds: readonly Json[]): Answer {
  const body = Buffer.from(JSON.stringify({ gatehouse: 'shop_order', order: of, refunds }));
  return { key: `order ${of.id} ${sha256(body)}`, headers: { 'content-type': 'application/json' }, body };
}
