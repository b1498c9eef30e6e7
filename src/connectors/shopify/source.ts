import { z } from 'zod';
import { instant } from '../../lib/clock.js';
import { sha256 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import { parseOffsetTime } from '../../model/time.js';
import type { Access, Outcome, Poll, PollPage } from '../contract.js';
import { failure } from '../kit/http.js';
import { ShopifyApi } from './api.js';
import type { ShopifySettings } from './settings.js';

const pageOrders = 50;
/** So much before the newest order that was seen the next look begins: an order is given its time before it is kept. */
const overlapMs = 120_000;
const dayMs = 86_400_000;
/** Shopify shows no older ones to an app that may not read all orders. */
const mostDays = 60;

/** Orders changed since `since`, at a page of theirs where one was begun; `newest` of those that were seen. */
const cursorSchema = z.object({ since: z.iso.datetime(), page: z.string().max(4_000).nullable(), newest: z.iso.datetime() });
const pageSchema = z.looseObject({ orders: z.array(z.looseObject({ id: z.union([z.number().int(), z.string()]), updated_at: z.string() })) });

/** Orders by the time of their last change, the net below the webhooks. Each is given as a webhook would have brought it. */
export const poll: Poll<ShopifySettings> = {
  everySeconds: ({ lookMinutes }) => (lookMinutes === 0 ? null : Math.ceil((lookMinutes ?? 10) * 60)),
  async read(access: Access<ShopifySettings>, cursor: Json | null, timeoutMs: number): Promise<Outcome<PollPage>> {
    const opened = ShopifyApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    const known = cursorSchema.safeParse(cursor);
    const since = known.success ? known.data.since : firstLook(access.settings);
    const page = known.success ? known.data.page : null;
    const query = page === null ? new URLSearchParams({ status: 'any', limit: String(pageOrders), updated_at_min: since, order: 'updated_at asc' }) : new URLSearchParams({ limit: String(pageOrders), page_info: page });
    const answer = await opened.value.get(`/orders.json?${query}`);
    // Such an address holds for a while only. Behind one that is refused it goes on with the newest that was seen: they come in the order of their changes.
    if (!answer.ok && answer.error.kind === 'invalid' && known.success && page !== null) return { ok: true, value: { answers: [], cursor: { since: sinceNewest(since, known.data.newest), page: null, newest: known.data.newest }, more: true } };
    if (!answer.ok) return answer;
    const parsed = pageSchema.safeParse(answer.value.value);
    if (!parsed.success || Array.isArray(answer.value.value)) return failure('unparseable', 'The list of orders cannot be read.', '');
    const readAt = instant(Date.now());
    const answers = parsed.data.orders.map((order) => {
      const body = Buffer.from(JSON.stringify(order));
      return { key: `order ${order.id} ${sha256(body)}`, headers: { 'content-type': 'application/json', 'x-shopify-topic': 'orders/updated', 'x-shopify-triggered-at': readAt }, body };
    });
    const seen = parsed.data.orders.flatMap(({ updated_at: at }) => parseOffsetTime(at)?.instant ?? []);
    const newest = [known.success ? known.data.newest : since, ...seen].reduce((a, b) => (a > b ? a : b));
    const next = nextPage(answer.value.link);
    return { ok: true, value: { answers, cursor: next === null ? { since: sinceNewest(since, newest), page: null, newest } : { since, page: next, newest }, more: next !== null } };
  },
};

function sinceNewest(since: string, newest: string): string {
  return instant(Math.max(Date.parse(since), Date.parse(newest) - overlapMs));
}

/** Of earlier orders none is asked for: what was open before this connection was made is taken care of in another way, unless `from` says otherwise. */
function firstLook({ from }: ShopifySettings): string {
  const now = Date.now();
  return instant(from === undefined ? now - dayMs : Math.max(Date.parse(from), now - mostDays * dayMs));
}

/** `page_info` of the address that the header `Link` gives as next; the address itself is not called. */
export function nextPage(link: string): string | null {
  const next = link.split(',').find((each) => /;\s{0,4}rel="?next"?/.test(each));
  const address = next?.slice(next.indexOf('<') + 1, next.lastIndexOf('>'));
  return address === undefined || !URL.canParse(address) ? null : new URL(address).searchParams.get('page_info');
}
