import { carrierCode, type Reference } from '../../../model/references.js';
import type { ConfirmedLine, ConfirmedPackage } from '../../../model/warehouse.js';
import { millionths } from '../../../lib/decimal.js';
import { addConfirmation, addOnItsWay, isNumbered, noteCancelled, type OnItsWay } from '../../kit/edi/confirmation.js';
import { dateOf, firstLines, maxLines, maxName, quantityOf } from '../../kit/edi/quantities.js';
import { clip, filled } from '../../kit/text.js';
import { orderKey, ourWarehouse } from '../../kit/warehouse.js';
import type { Segment } from '../segments.js';
import { readTime } from '../times.js';
import { partiesOf } from './places.js';
import type { SetContext, SetReader } from './set.js';
import { cutAt, timeOf, warehouseOf } from './warehouse-common.js';
import { itemOf, markOf, numberOf, pairsFrom } from './warehouse-items.js';

/** One HL with the segments below it. Its parent is the level that it stands in: order in shipment, pallet in order, carton on pallet, item in carton. */
interface Level {
  id: string;
  /** The nearest above it that are an order, a pallet, a package of any kind: told from its parent's, for a chain may be as long as the file. */
  order: Level | null;
  pallet: Level | null;
  holder: Level | null;
  /** Element 735, HL03: S shipment, O order, T pallet, P carton, I item. */
  code: string;
  segments: Segment[];
  /** What its MAN segments say. */
  marks: Omit<ConfirmedPackage, 'id'>;
}

/**
 * 856, ship notice: what was shipped of each order, packed on pallets and in cartons that carry their SSCC. Goods for a warehouse of
 * ours are freight on its way.
 */
export const set856: SetReader = {
  type: '856',
  functionalId: 'SH',
  read(set, context) {
    const { header, loops } = cutAt(set.segments, 'HL');
    const bsn = header.find((segment) => segment.tag === 'BSN')?.elements ?? [];
    if ((bsn[1] ?? '').trim() === '01') return noteCancelled(filled(bsn[2]), '856', context);
    const levels = levelsOf(loops, context);
    const shipment = levels.find((level) => level.code === 'S');
    const top = [...header, ...(shipment?.segments ?? [])];
    const scac = filled(top.find((segment) => segment.tag === 'TD5')?.elements[3]);
    const number = filled(bsn[2]);
    const receiver = ourReceiver(top, context);
    if (receiver !== undefined) {
      const packages = packagesOf(levels, trackingOf(top));
      return addOnItsWay({ ...onItsWay(top, number, scac, context, bsn[3]), lines: isNumbered(packages) ? linesOf(levels, context) : [], packages, facility: receiver }, '856', context);
    }
    const orders = new Map(levels.filter((level) => level.code === 'O').map((order) => [order, [] as Level[]]));
    for (const level of levels) if (level.order !== null) orders.get(level.order)?.push(level);
    const common = { number: number === undefined ? undefined : clip(number, 60), confirmedAt: timeOf(top, 'DTM', ['011'], context, bsn[3]), carrier: scac === undefined ? undefined : carrierCode(scac), facility: warehouseOf(top, context) };
    const tracking = trackingOf(top);
    for (const [order, own] of orders) {
      const packages = packagesOf(own, tracking);
      const lines = linesOf(own, context);
      addConfirmation({
        ...common, direction: 'OUTBOUND', order: filled(order.segments.find((segment) => segment.tag === 'PRF')?.elements[1]), lines, packages,
        // It says nothing of what is still to come but by what was ordered; of what is not read nobody knows.
        isFinal: loops.length <= maxLevels && own.filter(isItem).length <= maxLines && lines.every((line) => line.ordered === undefined || (millionths(line.quantity) ?? 0n) >= (millionths(line.ordered) ?? 0n)),
      }, '856', context);
    }
    if (orders.size === 0) context.anomalies.push({ kind: 'NO_REFERENCE', message: `${context.name}: the ship notice holds no order (HL03 O). It was left out.`, severity: 'HIGH' });
  },
};

/** The warehouse of ours that it ships to, where it comes from none: a supplier tells us what comes. */
function ourReceiver(top: readonly Segment[], { warehouses }: SetContext): string | undefined {
  const [parties, codeOf] = [partiesOf(top), ourWarehouse(warehouses)];
  const ours = (roles: readonly string[]) => parties.filter(({ role }) => roles.includes(role)).map(({ code, place }) => codeOf([code, place.name])).find((code) => code !== undefined);
  return ours(['SF', 'WH']) === undefined ? ours(['ST']) : undefined;
}

function onItsWay(top: readonly Segment[], number: string | undefined, scac: string | undefined, context: SetContext, madeOn: string | undefined): Omit<OnItsWay, 'lines' | 'packages' | 'facility'> {
  const issuer = context.interchange.sender === '' ? '*' : clip(context.interchange.sender.toUpperCase(), 60);
  const also = top.filter((segment) => segment.tag === 'REF').flatMap(({ elements }): Reference[] => {
    const [qualifier, value] = [(elements[1] ?? '').trim(), orderKey(elements[2])];
    if (value === null || (qualifier !== 'BM' && qualifier !== 'CN')) return [];
    return [qualifier === 'BM' ? { kind: 'bill_of_lading', issuer, value } : { kind: 'pro_number', issuer: scac === undefined ? issuer : carrierCode(scac), value }];
  });
  const dtm = top.find((segment) => segment.tag === 'DTM' && (segment.elements[1] ?? '').trim() === '017')?.elements;
  const expectedAt = dtm === undefined ? undefined : readTime(dtm[2] ?? '', dtm[3] ?? '', dtm[4] ?? '', context.zone)?.occurred;
  return { number, issuer, also, shippedAt: timeOf(top, 'DTM', ['011'], context, madeOn), expectedAt, carrier: scac === undefined ? undefined : carrierCode(scac) };
}

/** Parents stand before their children; one that does not is none. */
function levelsOf(loops: readonly Segment[][], { name, anomalies }: SetContext): Level[] {
  const byId = new Map<string, Level>();
  const levels: Level[] = [];
  for (const loop of firstLines(loops, { name, anomalies }, maxLevels)) {
    const hl = loop[0]!.elements;
    const [id, parentId, code] = [filled(hl[1]) ?? String(levels.length + 1), filled(hl[2]), (hl[3] ?? '').trim().toUpperCase()];
    const parent = parentId === undefined ? null : (byId.get(parentId) ?? null);
    if (parentId !== undefined && parent === null) anomalies.push({ kind: 'HIERARCHY_BROKEN', message: `${name}: HL ${clip(id, 12)} stands below HL ${clip(parentId, 12)}, which does not stand before it.`, severity: 'MEDIUM' });
    const nearest = (name: 'order' | 'pallet' | 'holder', codes: readonly string[]) => (parent === null ? null : codes.includes(parent.code) ? parent : parent[name]);
    const marks = loop.filter((segment) => segment.tag === 'MAN').reduce<Level['marks']>((all, segment) => Object.assign(all, markOf(segment)), {});
    const level: Level = { id, order: nearest('order', ['O']), pallet: nearest('pallet', ['T']), holder: nearest('holder', packageCodes), code, segments: loop.slice(1), marks };
    levels.push(level);
    // Partners that count anew in each order mean the last of a number.
    byId.set(id, level);
  }
  return levels;
}

const isItem = ({ code }: Level) => code === 'I';
const packageCodes = ['T', 'P'];
/** HL loops that are read of one notice. */
const maxLevels = maxLines * 2;

/** The number of the whole shipment. */
function trackingOf(top: readonly Segment[]): string | undefined {
  return filled(top.find((segment) => segment.tag === 'REF' && ['2I', 'CN'].includes((segment.elements[1] ?? '').trim()))?.elements[2]);
}

/** @param tracking names the first package where none has a number of its own */
function packagesOf(levels: readonly Level[], tracking: string | undefined): ConfirmedPackage[] {
  const packages = levels.filter((level) => packageCodes.includes(level.code)).map((level): ConfirmedPackage => ({ id: packageId(level), ...level.marks, ...(level.pallet === null ? {} : { within: packageId(level.pallet) }) }));
  if (tracking === undefined || packages.some((each) => each.trackingNumber !== undefined)) return packages;
  return packages.length === 0 ? [{ id: '1', trackingNumber: clip(tracking, 80) }] : [{ ...packages[0]!, trackingNumber: clip(tracking, 80) }, ...packages.slice(1)];
}

function packageId({ id, marks }: Level): string {
  return marks.sscc ?? `HL ${clip(id, 12)}`;
}

function linesOf(levels: readonly Level[], context: SetContext): ConfirmedLine[] {
  const lines: ConfirmedLine[] = [];
  for (const level of firstLines(levels.filter(isItem), context)) {
    const lin = level.segments.find((segment) => segment.tag === 'LIN')?.elements ?? [];
    const sn1 = level.segments.find((segment) => segment.tag === 'SN1')?.elements ?? [];
    const pairs = pairsFrom(lin, 2);
    const [item, quantity] = [itemOf(pairs), quantityOf(sn1[2])];
    if (item === null || quantity === undefined || quantity.startsWith('-')) {
      context.anomalies.push({ kind: 'FIELD_INVALID', message: `${context.name}: item HL ${clip(level.id, 12)} names no product or no quantity. It was left out.`, severity: 'HIGH' });
      continue;
    }
    const [unit, ordered, lot, serial] = [filled(sn1[3]), quantityOf(sn1[5]), numberOf(pairs, ['LT']), numberOf(pairs, ['SN', 'SE'])];
    const expiresOn = dateOf(level.segments.find((segment) => segment.tag === 'DTM' && (segment.elements[1] ?? '').trim() === '036')?.elements[2]);
    const more = level.segments.filter((segment) => segment.tag === 'REF' && ['SE', 'SN'].includes((segment.elements[1] ?? '').trim())).flatMap((segment) => filled(segment.elements[2]) ?? []);
    const serials = [...(serial === undefined ? [] : [serial]), ...more.slice(0, maxLines).map((each) => clip(each, maxName))];
    lines.push({
      id: String(lines.length + 1), ...item, quantity, ...(ordered === undefined ? {} : { ordered }), ...(unit === undefined ? {} : { unit: clip(unit, 20) }), ...(lot === undefined ? {} : { lot }), ...(expiresOn === undefined ? {} : { expiresOn }), ...(serials.length === 0 ? {} : { serials }),
      ...(level.holder === null ? {} : { package: packageId(level.holder) }),
    });
  }
  return lines;
}
