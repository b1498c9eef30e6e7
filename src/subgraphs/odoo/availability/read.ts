import { sql } from 'kysely';
import type { Reader } from '../../../auth/reader.js';
import { decimalText, millionths } from '../../../lib/decimal.js';
import { anyOf } from '../../shared/any-of.js';
import type { Product } from '../products/types.js';
import type { Availability, WarehouseAvailability } from './types.js';

interface StockRow { product_id: string; company: string; place: string; on_hand: string; reserved: string }
interface LevelRow { sku: string; company: string; place: string; on_hand: string; available: string | null; allocated: string | null; updated_at: string }

type Place = Pick<StockRow, 'company' | 'place'>;

/** Two companies may both call a warehouse of theirs WH. */
function placeKey({ company, place }: Place): string {
  return `${place}\n${company}`;
}

/** Odoo's name of a location begins with the code of its warehouse. */
const placeOfLocation = sql<string>`upper(split_part(stock_level.location, '/', 1))`;

/** What Odoo and the warehouses say of these products: two statements, however many they are. */
export async function availabilityOf({ db }: Reader, products: readonly Product[]): Promise<Availability[]> {
  if (products.length === 0) return [];
  const skus = products.flatMap(({ sku }) => sku ?? []);
  const [stock, levels] = await Promise.all([
    db.selectFrom('stock_level').select(['product_id', 'company', placeOfLocation.as('place'), sql<string>`sum(on_hand)::text`.as('on_hand'), sql<string>`sum(reserved)::text`.as('reserved')])
      .where('product_id', '=', anyOf(products.map(({ uuid }) => uuid))).where('deleted', '=', false).groupBy(['product_id', 'company', placeOfLocation]).execute() as Promise<StockRow[]>,
    db.selectFrom('inventory_level').select(['sku', 'company', sql<string>`coalesce(facility, '')`.as('place'), 'on_hand', 'available', 'allocated', 'updated_at']).where('sku', '=', sql<string>`any(${skus}::text[])`).where('deleted', '=', false).orderBy('updated_at').execute() as Promise<LevelRow[]>,
  ]);
  return products.map((product) => ofProduct(product, stock.filter((row) => row.product_id === product.uuid), levels.filter((row) => row.sku === product.sku)));
}

function ofProduct(product: Product, stock: readonly StockRow[], levels: readonly LevelRow[]): Availability {
  const places = new Map([...stock, ...levels].map((row) => [placeKey(row), row]));
  const warehouses = [...places].sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, row]) => ofPlace(row, stock.find((each) => placeKey(each) === key), levels.findLast((each) => placeKey(each) === key)));
  const sum = (value: (row: StockRow) => string) => stock.reduce((total, row) => total + number(value(row)), 0n);
  const [onHand, reserved] = [sum((row) => row.on_hand), sum((row) => row.reserved)];
  const promisable = warehouses.reduce((total, each) => total + number(each.promisable), 0n);
  return { product, onHand: decimalText(onHand), reserved: decimalText(reserved), available: decimalText(onHand - reserved), promisable: decimalText(promisable), allWarehouses: warehouses };
}

function ofPlace({ company, place }: Place, stock: StockRow | undefined, level: LevelRow | undefined): WarehouseAvailability {
  const onHand = number(stock?.on_hand ?? '0');
  const available = onHand - number(stock?.reserved ?? '0');
  const stated = level === undefined ? null : number(level.on_hand);
  const statedAvailable = level === undefined ? null : level.available === null ? number(level.on_hand) - number(level.allocated ?? '0') : number(level.available);
  const lower = statedAvailable === null || available < statedAvailable ? available : statedAvailable;
  return {
    facilityCode: place, company, onHand: decimalText(onHand), available: decimalText(available), statedOnHand: stated === null ? null : decimalText(stated), statedAvailable: statedAvailable === null ? null : decimalText(statedAvailable),
    statedAt: level?.updated_at ?? null, difference: stated === null ? null : decimalText(stated - onHand), promisable: decimalText(lower < 0n ? 0n : lower),
  };
}

function number(text: string): bigint {
  return millionths(text) ?? 0n;
}
