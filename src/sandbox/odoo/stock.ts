import { products, stockLocation, unit } from './catalog.js';
import type { Many2one, OrderLine } from './records.js';
import type { Store } from './store.js';

/** Below this share of its first level a product is replenished. */
const refillShare = 0.25;

/** Levels on hand and reserved at one location. */
export class Stock {
  readonly #levels = new Map(products.map((product) => [product.id, { onHand: product.onHand, reserved: 0 }]));

  /** @param firstId ids of its levels are those of the products, and so much more */
  constructor(private readonly store: Store, private readonly location: Many2one = stockLocation, private readonly firstId = 0) {}

  report(atMs: number): void {
    for (const product of products) this.#write(product.id, atMs);
  }

  reserve(lines: readonly OrderLine[], atMs: number): void {
    this.#change(lines, atMs, (level, quantity) => { level.reserved += quantity; });
  }

  unreserve(lines: readonly OrderLine[], atMs: number): void {
    this.#change(lines, atMs, (level, quantity) => { level.reserved -= quantity; });
  }

  /** Goods issue of what was reserved. */
  issue(lines: readonly OrderLine[], atMs: number): void {
    this.#change(lines, atMs, (level, quantity, full) => {
      level.reserved -= quantity;
      level.onHand -= quantity;
      if (level.onHand - level.reserved < full * refillShare) level.onHand += full;
    });
  }

  #change(lines: readonly OrderLine[], atMs: number, change: (level: { onHand: number; reserved: number }, quantity: number, full: number) => void): void {
    for (const line of lines) {
      const level = this.#levels.get(line.product_id.id);
      const product = products.find((each) => each.id === line.product_id.id);
      if (level === undefined || product === undefined) throw new Error(`Product ${line.product_id.id} is not in the catalog.`);
      change(level, line.quantity, product.onHand);
      this.#write(product.id, atMs);
    }
  }

  #write(id: number, atMs: number): void {
    const product = products.find((each) => each.id === id)!;
    const level = this.#levels.get(id)!;
    this.store.write({
      model: 'stock.quant', id: this.firstId + id, atMs,
      record: { product_id: { id, name: product.record.name }, location_id: this.location, quantity: level.onHand, reserved_quantity: level.reserved, uom_id: unit },
    });
  }
}
