import type { Connector } from '../../../src/connectors/contract.js';
import { connectors } from '../../../src/connectors/registry.js';
import { project } from '../../../src/jobs/tasks/project.js';
import { recordEvents } from '../../../src/jobs/tasks/decode.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import type { Fact, OrderRecord, TransferRecord } from '../../../src/model/facts.js';
import type { ReportedShopOrder, ShopPolicy } from '../../../src/model/shop.js';
import type { Services } from '../../../src/main.js';
import { done, partnerConnector, type Behaviour } from '../partner-connector.js';

/** Orders of a shop and what Odoo says of them, stated as facts: what follows from them is looked at, not how they are read. */
export class StatedShop {
  readonly #services: Services;
  readonly shop: string;
  readonly odoo: string;

  constructor(services: Services, { shop = 'shop', odoo = 'erp' }: { shop?: string; odoo?: string } = {}) {
    this.#services = services;
    this.shop = shop;
    this.odoo = odoo;
  }

  /** Connections of a shop with this policy and of an Odoo, of which nothing is performed where nobody works. */
  async connect(policy: Partial<ShopPolicy> = {}, behaviour: Behaviour = async () => done): Promise<void> {
    await this.addShop(policy, behaviour);
    await this.addOdoo(behaviour);
  }

  async addShop(policy: Partial<ShopPolicy> = {}, behaviour: Behaviour = async () => done): Promise<void> {
    const connector: Connector = {
      ...partnerConnector(`test-${this.shop}`, behaviour), capabilities: ['fulfil'], shop: () => ({ confirm: 'paid', odoo: null, from: null, trackingMinutes: 0, ...policy }),
      perform: { commands: ['shop.fulfil', 'shop.track'], perform: ({ connection }, command, memory) => behaviour(command, memory, connection) },
    };
    (connectors as Map<string, Connector>).set(connector.id, connector);
    await this.#services.connections.add({ id: this.shop, connector: connector.id, company: 'main', settings: {}, secrets: {} });
  }

  async addOdoo(behaviour: Behaviour = async () => done): Promise<void> {
    (connectors as Map<string, Connector>).set(`test-${this.odoo}`, partnerConnector(`test-${this.odoo}`, behaviour));
    await this.#services.connections.add({ id: this.odoo, connector: `test-${this.odoo}`, company: 'main', settings: {}, secrets: {} });
  }

  /** The shop says this of an order, and what follows is worked out. */
  order(id: string, version: number, change: Partial<ReportedShopOrder> = {}): Promise<void> {
    return this.say({ type: 'shop_order.reported', key: { kind: 'shop_order', id }, factKey: `v${version}`, version, observedAt: at(version), payload: { ...shopOrder, name: `#${id}`, ...change } });
  }

  /** Odoo has the order, with these of its lines. Its own id is that of the shop. */
  odooOrder(id: string, version: number, lines: OrderRecord['lines'] = shopOrder.lines.map(({ id: shopLine, description, quantity }) => ({ id: `so-${shopLine}`, productId: `p-${shopLine}`, description, quantity, unit: 'Units', shopLine }))): Promise<void> {
    const payload: OrderRecord = { direction: 'SALE', name: `S${id}`, state: 'sale', partyId: '1', shop: { connection: this.shop, order: id }, lines };
    return this.say({ type: 'order.reported', key: { kind: 'order', id }, factKey: `v${version}`, version, observedAt: at(version), payload });
  }

  /** Odoo has a delivery of the order, with so many of its first and of its second line. */
  delivery(number: string, order: string, version: number, quantities: readonly string[], change: Partial<TransferRecord> = {}): Promise<void> {
    const payload: TransferRecord = {
      direction: 'OUTGOING', name: `WH/OUT/${number}`, state: 'done', orderId: order, doneAt: '2026-03-06T15:00:00.000Z', trackingNumbers: [],
      lines: quantities.map((quantity, index) => ({ id: `${number}-${index}`, productId: `p-${index + 1}`, quantity, unit: 'Units', orderLineId: `so-${index + 1}` })), ...change,
    };
    return this.say({ type: 'transfer.reported', key: { kind: 'transfer', id: number }, factKey: `v${version}`, version, observedAt: at(version), payload });
  }

  async say(...facts: Fact[]): Promise<void> {
    const { tasks, database } = this.#services;
    await database.transaction((tx) => recordEvents(tasks, tx, facts.map((fact) => {
      const isShop = 'key' in fact && fact.key.kind === 'shop_order';
      const context = { connection: isShop ? this.shop : this.odoo, connector: isShop ? 'woocommerce' : 'odoo', company: 'main', rawId: uuidv7(), correlationId: uuidv7(), recordedAt: new Date().toISOString(), people: tasks.people };
      return { message: undefined as never, context, shadow: false, decoded: { facts: [fact], anomalies: [] }, failure: null };
    })));
    await project(tasks);
  }
}

const at = (version: number) => new Date(Date.UTC(2026, 2, 6, 12, 0, version)).toISOString();

/** Two lines: three of the first, two of the second. */
export const shopOrder: ReportedShopOrder = {
  name: '#1001', state: 'OPEN', rawState: 'paid', payment: 'PAID', fulfilledBy: 'MERCHANT', orderedAt: '2026-03-06T12:00:00.000Z', total: { amount: '61.90', currency: 'EUR' }, pricesIncludeTax: true,
  lines: [
    { id: '1', sku: 'MUG-1', description: 'A mug', quantity: '3', unitPrice: '9.00' },
    { id: '2', sku: 'POT-2', description: 'A pot', quantity: '2', unitPrice: '15.00' },
  ],
  shipping: { label: 'Standard', price: '4.90' }, note: 'Second floor',
  people: { buyerId: '77', email: 'ada@example.com', phone: '+49 30 1234567', shipTo: { name: 'Ada Buyer', street: 'Hauptstr. 1', city: 'Berlin', postalCode: '10115', country: 'DE' } },
};
