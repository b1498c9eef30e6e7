import { ssccOf } from './gs1.js';
import type { NoticeLine } from './ship-notice.js';
import type { ConfirmedLine, ConfirmedPackage } from './warehouse.js';

/** What is known of the goods of a delivery: Odoo's lines, and what warehouses confirmed of them. */
export interface Delivered {
  lines: ReadonlyArray<{ product: { sku: string | null; barcode: string | null; name: string } | null; quantity: string; unit: string; lot?: string; package?: string }>;
  trackingNumbers: readonly string[];
  confirmations: ReadonlyArray<{ lines: readonly ConfirmedLine[]; packages: readonly ConfirmedPackage[] }>;
}

/** Unit of what a warehouse counts without naming one. */
const pieces = 'Units';

/**
 * Lines and packages of a notice. Who packed knows best what is in which carton; where no warehouse said so, Odoo's own packages
 * stand, and a name that is an SSCC is one. A single tracking number is that of the first package; of several
 * nobody says which is whose, and each is told as a package of its own.
 */
export function noticeContent({ lines, trackingNumbers, confirmations }: Delivered): { lines: NoticeLine[]; packages: ConfirmedPackage[] } {
  const content = confirmations.some((each) => each.lines.length > 0) ? confirmedContent(confirmations) : odooContent(lines);
  const told = new Set(content.packages.flatMap((each) => each.trackingNumber ?? []));
  const missing = [...new Set(trackingNumbers)].filter((number) => !told.has(number));
  if (told.size > 0 || missing.length === 0) return content;
  // A pallet is not what a carrier of parcels numbers.
  const first = content.packages.find(({ id }) => content.packages.every((other) => other.within !== id));
  if (missing.length === 1 && first !== undefined) return { ...content, packages: content.packages.map((each) => (each === first ? { ...each, trackingNumber: missing[0]! } : each)) };
  return { ...content, packages: [...content.packages, ...missing.map((trackingNumber): ConfirmedPackage => ({ id: `tracking ${trackingNumber}`, trackingNumber }))] };
}

/** Ids of packages count from 1 in each confirmation: they are told apart by their place. */
function confirmedContent(confirmations: Delivered['confirmations']): { lines: NoticeLine[]; packages: ConfirmedPackage[] } {
  const name = (id: string, index: number) => (confirmations.length === 1 ? id : `${index + 1}/${id}`);
  const packages = confirmations.flatMap((each, index) => each.packages.map((one): ConfirmedPackage => ({ ...one, id: name(one.id, index), ...(one.within === undefined ? {} : { within: name(one.within, index) }) })));
  const known = new Set(packages.map(({ id }) => id));
  const lines = confirmations.flatMap((each, index) => each.lines.filter(({ quantity }) => !/^0(\.0*)?$/.test(quantity)).map((line): Omit<NoticeLine, 'id'> => {
    const { sku, barcode, quantity, ordered, unit = pieces, lot, serials, package: holder } = line;
    const within = holder === undefined ? undefined : name(holder, index);
    return {
      sku, quantity, unit, ...(barcode === undefined ? {} : { barcode }), ...(ordered === undefined ? {} : { ordered }), ...(lot === undefined ? {} : { lot }), ...(serials === undefined ? {} : { serials }),
      ...(within === undefined || !known.has(within) ? {} : { package: within }),
    };
  }));
  return { packages, lines: numbered(lines) };
}

function odooContent(lines: Delivered['lines']): { lines: NoticeLine[]; packages: ConfirmedPackage[] } {
  const names = [...new Set(lines.flatMap((line) => line.package ?? []))];
  return {
    packages: names.map((id): ConfirmedPackage => ({ id, ...(ssccOf(id) === undefined ? {} : { sscc: ssccOf(id)! }) })),
    lines: numbered(lines.flatMap(({ product, quantity, unit, lot, package: holder }): Array<Omit<NoticeLine, 'id'>> => (/^0(\.0*)?$/.test(quantity) ? [] : [{
      sku: product?.sku ?? '', quantity, unit, ...(product?.barcode == null ? {} : { barcode: product.barcode }), ...(product === null ? {} : { description: product.name }), ...(lot === undefined ? {} : { lot }), ...(holder === undefined ? {} : { package: holder }),
    }]))),
  };
}

function numbered(lines: ReadonlyArray<Omit<NoticeLine, 'id'>>): NoticeLine[] {
  return lines.map((line, index) => ({ id: String(index + 1), ...line }));
}
