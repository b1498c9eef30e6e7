import { z } from 'zod';
import { instant } from '../../lib/clock.js';
import type { Json } from '../../lib/json.js';
import type { CommandKind } from '../../model/commands.js';
import type { WarehouseRelease } from '../../model/warehouse.js';
import { normalizeReferenceValue } from '../../model/references.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
import { ShipHeroApi } from './api.js';
import { apiOrder } from './payloads.js';
import { account, orderInput, purchaseInput, queries } from './requests.js';
import type { ShipHeroSettings } from './settings.js';

type ApiOrder = z.infer<typeof apiOrder>;

const page = z.looseObject({ data: z.looseObject({ edges: z.array(z.looseObject({ node: apiOrder })) }) });
const created = z.union([z.looseObject({ order: apiOrder }).transform(({ order }) => order), z.looseObject({ purchase_order: apiOrder }).transform(({ purchase_order: order }) => order)]);
/** What a command remembers once it is done: what it answers, to the letter. */
const done = z.object({ answer: z.looseObject({ number: z.string().nullable() }) });

const ended = /^(cancell?ed|fulfilled|closed)$/i;

/** What ShipHero does for us: orders for deliveries, purchase orders for receipts. */
export const perform: Perform<ShipHeroSettings> = {
  commands: ['warehouse.release', 'warehouse.announce'],
  async perform<K extends CommandKind>(access: Access<ShipHeroSettings>, command: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const known = done.safeParse(memory.value);
    if (known.success) return performed(known.data.answer as Json, command);
    const release = command.input as WarehouseRelease;
    const opened = ShipHeroApi.open(access, command.timeoutMs);
    if (!opened.ok) return opened;
    const at = new Counterpart(opened.value, access.settings, command.kind === 'warehouse.announce');
    const outcome = await carryOut(at, release, command.id);
    if (!outcome.ok) return outcome;
    const { order } = outcome.value;
    const answer: Json = {
      gatehouse: 'warehouse_order', order: release.order, direction: command.kind === 'warehouse.announce' ? 'INBOUND' : 'OUTBOUND', state: release.action === 'CANCEL' ? 'CANCELLED' : 'ACKNOWLEDGED',
      rawState: release.action === 'CANCEL' ? 'canceled' : (order?.fulfillment_status ?? 'pending'), at: instant(Date.now()), facility: release.facility, number: order?.id ?? null,
      lines: release.lines.map(({ id, sku, quantity, unit, lot }) => ({ id, sku, quantity, unit, ...(lot === undefined ? {} : { lot }) })),
    };
    await memory.remember({ answer });
    return performed(answer, command);
  },
};

/** Made by an earlier attempt whose answer was lost, it is found by the command's id and not made again. */
async function carryOut(at: Counterpart, release: WarehouseRelease, command: string): Promise<Outcome<{ order: ApiOrder | null }>> {
  if (release.action !== 'CANCEL') {
    const made = await at.madeBy(command, release.order);
    if (!made.ok) return made;
    if (made.value !== null) return { ok: true, value: { order: made.value } };
  }
  if (release.action !== 'NEW') {
    const ending = await at.cancelAll(release.order);
    if (!ending.ok) return ending;
  }
  if (release.action === 'CANCEL') return { ok: true, value: { order: null } };
  const order = await at.create(release, command);
  return order.ok ? { ok: true, value: { order: order.value } } : order;
}

/** Orders, or purchase orders. */
class Counterpart {
  constructor(private readonly api: ShipHeroApi, private readonly settings: ShipHeroSettings, private readonly isInbound: boolean) {}

  async madeBy(command: string, name: string): Promise<Outcome<ApiOrder | null>> {
    const found = this.isInbound ? await this.#named(name) : nodesOf(await this.api.ask('orders', queries.findOrder, { id: command }));
    if (!found.ok) return found;
    return { ok: true, value: found.value.find((each) => (this.isInbound ? each.partner_order_number : each.partner_order_id) === command) ?? null };
  }

  /** Whatever of this name is open there is called off. One that is under way there is refused, and people decide. */
  async cancelAll(name: string): Promise<Outcome<null>> {
    const found = await this.#named(name);
    if (!found.ok) return found;
    const key = normalizeReferenceValue(name);
    const open = found.value.filter((each) => normalizeReferenceValue(each.order_number ?? each.po_number ?? '') === key && !ended.test(each.fulfillment_status ?? ''));
    for (const { id } of open) {
      const answer = this.isInbound
        ? await this.api.ask('purchase_order_cancel', queries.cancelPurchase, { data: { ...account(this.settings), po_id: id } })
        : await this.api.ask('order_cancel', queries.cancelOrder, { data: { ...account(this.settings), order_id: id, reason: 'Called off in Odoo' } });
      if (!answer.ok) return answer;
    }
    return { ok: true, value: null };
  }

  async create(release: WarehouseRelease, command: string): Promise<Outcome<ApiOrder>> {
    const data = this.isInbound ? purchaseInput(release, command, this.settings) : orderInput(release, command, this.settings);
    if (!data.ok) return data;
    const answer = this.isInbound ? await this.api.ask('purchase_order_create', queries.createPurchase, { data: data.value }) : await this.api.ask('order_create', queries.createOrder, { data: data.value });
    if (!answer.ok) return answer;
    const parsed = created.safeParse(answer.value);
    return parsed.success ? { ok: true, value: parsed.data } : failure('unparseable', 'ShipHero does not say which order it made.', '');
  }

  async #named(name: string): Promise<Outcome<ApiOrder[]>> {
    return nodesOf(this.isInbound ? await this.api.ask('purchase_orders', queries.purchasesNamed, { name }) : await this.api.ask('orders', queries.ordersNamed, { name }));
  }
}

function nodesOf(answer: Outcome<unknown>): Outcome<ApiOrder[]> {
  if (!answer.ok) return answer;
  const parsed = page.safeParse(answer.value);
  return parsed.success ? { ok: true, value: parsed.data.data.edges.map(({ node }) => node) } : failure('unparseable', 'The list of orders cannot be read.', '');
}

function performed(answer: Json, command: Pick<OutboundCommand, 'id'>): Outcome<Performed> {
  const { order, state, number } = answer as { order: string; state: string; number: string | null };
  return { ok: true, value: { state: 'DONE', result: { order, state, number }, answers: [{ key: `warehouse-order-${command.id}`, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(answer)) }], files: [] } };
}
