import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { CommandKind } from '../../model/commands.js';
import type { ShopFulfilment, ShopTracking } from '../../model/shop.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
import { ShopifyApi } from './api.js';
import { Counterpart, type MadeFulfilment } from './counterpart.js';
import { contentOf, planOf, type PlannedFulfilment } from './plan.js';
import type { ShopifySettings } from './settings.js';

/** So long after a call whose answer was lost what it made may not be shown yet, ms. */
export const settleMs = 15_000;

const planned = z.object({ orders: z.array(z.object({ id: z.string(), lines: z.array(z.object({ id: z.string(), item: z.string(), quantity: z.number() })) })) });
/** What a command remembers: the fulfilments that there were before, and of each that it makes when it was begun and what came of it. */
const remembered = z.object({
  before: z.array(z.string()), parts: z.array(z.object({ plan: planned, begunMs: z.number().nullable(), id: z.string().nullable() })), isDone: z.boolean(),
});
type Memory = z.infer<typeof remembered>;

/** What Shopify does for us: fulfilments of deliveries, and their tracking numbers. */
export const perform: Perform<ShopifySettings> = {
  commands: ['shop.fulfil', 'shop.track'],
  async perform<K extends CommandKind>(access: Access<ShopifySettings>, command: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const opened = ShopifyApi.open(access, command.timeoutMs);
    if (!opened.ok) return opened;
    const at = new Counterpart(opened.value, access.settings.notifyCustomer !== 'no');
    return command.kind === 'shop.track' ? track(at, command as OutboundCommand<'shop.track'>, memory) : fulfil(at, command.input as ShopFulfilment, memory);
  },
};

/**
 * Makes the fulfilments of a delivery, one for each place that sends. Shopify takes no reference with them: what a call made whose
 * answer was lost is told by being new, with these quantities and numbers.
 */
async function fulfil(at: Counterpart, input: ShopFulfilment, memory: CommandMemory): Promise<Outcome<Performed>> {
  const known = remembered.safeParse(memory.value);
  if (known.success && known.data.isDone) return done(known.data);
  // Of what was refused nothing stands there, and the places that send may be others since: it is planned anew.
  const isBegun = known.success && known.data.parts.some(({ begunMs, id }) => begunMs !== null || id !== null);
  const begun = isBegun ? { ok: true as const, value: known.data } : await plan(at, input);
  if (!begun.ok) return begun;
  const state = begun.value;
  const keep = () => memory.remember(state as unknown as Json);
  await keep();
  for (const part of state.parts) {
    if (part.id !== null) continue;
    if (part.begunMs !== null) {
      const found = await lookFor(at, input, state, part);
      if (!found.ok) return found;
      part.id = found.value;
    }
    if (part.id === null) {
      const made = await make(at, input, part, keep);
      if (!made.ok) return made;
      part.id = made.value;
    }
    await keep();
  }
  state.isDone = true;
  await keep();
  return done(state);
}

/** Nothing is remembered of it before it is whole. */
async function plan(at: Counterpart, input: ShopFulfilment): Promise<Outcome<Memory>> {
  const orders = await at.fulfillmentOrders(input.order);
  if (!orders.ok) return orders;
  const { fulfilments, withheld } = planOf(input, orders.value);
  if (withheld.length > 0) {
    const words = withheld.slice(0, 10).map(({ sku, status }) => `${sku} (${status})`).join(', ');
    return failure('invalid', `Shopify lets nobody fulfil this now: ${words}. Release it there, then have this tried again.`, '');
  }
  const before = await at.fulfilments(input.order);
  if (!before.ok) return before;
  return { ok: true, value: { before: before.value, parts: fulfilments.map((of) => ({ plan: of, begunMs: null, id: null })), isDone: false } };
}

async function make(at: Counterpart, input: ShopFulfilment, part: Memory['parts'][number], keep: () => Promise<void>): Promise<Outcome<string>> {
  part.begunMs = Date.now();
  await keep();
  const made = await at.create(part.plan as PlannedFulfilment, input.tracking);
  if (!made.ok && made.error.kind !== 'unavailable' && made.error.kind !== 'unparseable') {
    // It was refused, so nothing was made.
    part.begunMs = null;
    await keep();
  }
  return made;
}

/** What a call that was begun has made; null where it is certain that it made nothing. */
async function lookFor(at: Counterpart, input: ShopFulfilment, state: Memory, part: Memory['parts'][number]): Promise<Outcome<string | null>> {
  const now = await at.fulfilments(input.order);
  if (!now.ok) return now;
  const ours = new Set(state.parts.flatMap(({ id }) => id ?? []));
  const content = contentOf(part.plan.orders.flatMap(({ lines }) => lines));
  for (const id of now.value.filter((each) => !state.before.includes(each) && !ours.has(each))) {
    const found = await at.fulfilment(id);
    if (!found.ok) return found;
    if (isThat(found.value, content, input.tracking)) return { ok: true, value: id };
  }
  const leftMs = part.begunMs! + settleMs - Date.now();
  if (leftMs <= 0) return { ok: true, value: null };
  return { ok: false, error: { kind: 'unavailable', message: 'Whether the fulfilment was made is not to be seen yet: Shopify is asked again.', raw: '', retryAfter: Math.max(1, Math.ceil(leftMs / 1000)), onlyThisCommand: true } };
}

function isThat({ isCancelled, lines, numbers }: MadeFulfilment, content: string, tracking: ShopTracking | undefined): boolean {
  return !isCancelled && contentOf(lines) === content && [...numbers].sort().join(' ') === [...(tracking?.numbers ?? [])].sort().join(' ');
}

/** Said again it changes nothing. */
async function track(at: Counterpart, { input, follows }: OutboundCommand<'shop.track'>, memory: CommandMemory): Promise<Outcome<Performed>> {
  const of = remembered.safeParse(follows?.memory ?? null);
  if (!of.success || !of.data.isDone) return failure('invalid', 'The fulfilment that these numbers belong to was not made, or is past its retention: enter them at the shop.', '');
  const ids = of.data.parts.flatMap(({ id }) => id ?? []);
  if (memory.value === null) {
    for (const id of ids) {
      const told = await at.track(id, input.tracking);
      if (!told.ok) return told;
    }
    await memory.remember({ isTold: true });
  }
  return performed({ fulfilments: ids });
}

function done({ parts }: Memory): Outcome<Performed> {
  return performed({ fulfilments: parts.flatMap(({ id }) => id ?? []) });
}

function performed(result: Json): Outcome<Performed> {
  return { ok: true, value: { state: 'DONE', result, answers: [], files: [] } };
}
