import { ssccOf } from '../../../model/gs1.js';
import { carrierCode } from '../../../model/references.js';
import type { ConfirmedLine, ConfirmedPackage } from '../../../model/warehouse.js';
import { millionths } from '../../../lib/decimal.js';
import { addConfirmation, addOnItsWay, isNumbered, noteCancelled } from '../../kit/edi/confirmation.js';
import { dateOf, firstLines, maxLines, maxName, quantityOf } from '../../kit/edi/quantities.js';
import { clip, filled } from '../../kit/text.js';
import { facilityOf, ourWarehouse } from '../../kit/warehouse.js';
import { part } from '../envelope.js';
import type { Segment } from '../segments.js';
import { readTime } from '../times.js';
import type { MessageContext, MessageReader } from './message.js';
import { namesOf } from './naming.js';

/** Element 1153, of those under which a partner quotes the order that it carried out: ours first. */
const orderReferences: readonly string[] = ['AAJ', 'ON', 'CU', 'DQ'];
/** Element 7405 of GIN: serial shipping container codes; lots; serial numbers. */
const containerCodes: ReadonlySet<string> = new Set(['BJ', 'AW']);
const lotCodes: ReadonlySet<string> = new Set(['BX']);
const serialCodes: ReadonlySet<string> = new Set(['BN', 'BU']);
/** Element 7143 of a product: numbers that are printed on it, and those of its lot. */
const barcodeCodes: ReadonlySet<string> = new Set(['EN', 'SRV', 'UP', 'GTIN']);
const lotNumberCodes: ReadonlySet<string> = new Set(['NB', 'LT']);
/** Element 2005: despatched, collected. */
const shippedTimes: readonly string[] = ['11', '200', '137'];

/** Element 2005 of a line: until when it may be used, may best be used. */
const expiries: ReadonlySet<string> = new Set(['36', '361']);

/** Expected at the receiver. */
const arrivals: ReadonlySet<string> = new Set(['17', '132']);

/** One CPS with what stands before its first line, and its lines. */
interface Level {
  id: string;
  parent: string;
  segments: Segment[];
  lines: Segment[][];
}

/** DESADV, despatch advice: what was shipped of each order, packed on pallets and in cartons that carry their SSCC. Goods for a warehouse of ours are freight on its way. */
export const desadv: MessageReader = {
  type: 'DESADV',
  read(message, context) {
    const { header, levels } = levelsOf(message.segments);
    const bgm = header.find((segment) => segment.tag === 'BGM');
    const number = filled(part(bgm, 2));
    if (part(bgm, 3) === '1') return noteCancelled(number, 'DESADV', context);
    const { packages, holderOf } = packagesOf(levels, context);
    const loops = levels.flatMap((level) => level.lines.map((loop) => ({ loop, level })));
    const receiver = ourReceiver(header, context);
    const read = receiver !== undefined && !isNumbered(packages) ? [] : firstLines(loops, context).map(({ loop, level }, index) => ({ loop, line: lineOf(loop, index + 1, holderOf(level), context) }));
    if (receiver !== undefined) {
      const expected = header.find((segment) => segment.tag === 'DTM' && arrivals.has(part(segment, 1)));
      const expectedAt = expected === undefined ? null : readTime(part(expected, 1, 1), part(expected, 1, 2), context.zone);
      return addOnItsWay({ number, issuer: context.issuer, also: namesOf(header, context.issuer), shippedAt: shippedAt(header, context), expectedAt: expectedAt ?? undefined, carrier: carrierOf(header), lines: read.flatMap(({ line }) => line ?? []), packages, facility: receiver }, 'DESADV', context);
    }
    const everywhere = orderOf(header);
    const byOrder = new Map<string, ConfirmedLine[]>();
    for (const { loop, line } of read) {
      if (line === null) continue;
      const order = orderOf(loop) ?? everywhere ?? '';
      const ofOrder = byOrder.get(order);
      if (ofOrder === undefined) byOrder.set(order, [line]);
      else ofOrder.push(line);
    }
    // A notice of packages alone is of its order, too.
    if (byOrder.size === 0 && packages.length > 0) byOrder.set(everywhere ?? '', []);
    const carrier = carrierOf(header);
    const [confirmedAt, facility] = [shippedAt(header, context), facilityIn(header, context)];
    for (const [order, lines] of byOrder) {
      const own = byOrder.size === 1 ? packages : withPallets(packages, new Set(lines.flatMap((line) => line.package ?? [])));
      addConfirmation({
        direction: 'OUTBOUND', order: order === '' ? undefined : order, number: number === undefined ? undefined : clip(number, 60), confirmedAt,
        // It says nothing of what is still to come but by what was ordered; of what is not read nobody knows.
        isFinal: loops.length <= maxLines && lines.every((line) => line.ordered === undefined || (millionths(line.quantity) ?? 0n) >= (millionths(line.ordered) ?? 0n)), carrier, lines, packages: own, facility,
      }, 'DESADV', context);
    }
    if (byOrder.size === 0) context.anomalies.push({ kind: 'NO_LINES', message: `${context.name}: the despatch advice holds neither lines nor packages. It was left out.`, severity: 'HIGH' });
  },
};

function levelsOf(segments: readonly Segment[]): { header: Segment[]; levels: Level[] } {
  const header: Segment[] = [];
  const levels: Level[] = [];
  for (const segment of segments) {
    if (segment.tag === 'CPS') levels.push({ id: part(segment, 1) || String(levels.length + 1), parent: part(segment, 2), segments: [], lines: [] });
    const level = levels.at(-1);
    if (segment.tag === 'CPS') continue;
    if (level === undefined && segment.tag !== 'LIN') header.push(segment);
    // Who packs nothing leaves CPS out.
    else if (segment.tag === 'LIN') (level ?? added(levels)).lines.push([segment]);
    else (level!.lines.at(-1) ?? level!.segments).push(segment);
  }
  return { header, levels };
}

function added(levels: Level[]): Level {
  const level: Level = { id: '1', parent: '', segments: [], lines: [] };
  levels.push(level);
  return level;
}

/** The packages that levels name, and which one of them holds the lines of a level: none where it names several. */
function packagesOf(levels: readonly Level[], { name, anomalies }: MessageContext): { packages: ConfirmedPackage[]; holderOf(level: Level): string | undefined } {
  const byLevel = new Map<string, ConfirmedPackage[]>();
  let count = 0;
  for (const { id, segments, parent } of firstLines(levels, { name, anomalies })) {
    if (parent !== '' && !byLevel.has(parent)) anomalies.push({ kind: 'HIERARCHY_BROKEN', message: `${name}: CPS ${clip(id, 12)} stands below CPS ${clip(parent, 12)}, which does not stand before it.`, severity: 'MEDIUM' });
    const codes = segments.filter((segment) => segment.tag === 'GIN' && containerCodes.has(part(segment, 1))).flatMap((segment) => segment.elements.slice(2).map((element) => ssccOf(element[0] ?? ''))).filter((code) => code !== undefined);
    // Before PCI stands what is said of packages in general.
    const marked = segments.slice(Math.max(0, segments.findIndex((segment) => segment.tag === 'PCI')));
    const tracking = marked[0]?.tag === 'PCI' ? filled(part(marked.find((segment) => segment.tag === 'RFF' && part(segment, 1) === 'CN'), 1, 1)) : undefined;
    const within = byLevel.get(parent)?.length === 1 ? { within: byLevel.get(parent)![0]!.id } : {};
    count += codes.length;
    const own = codes.slice(0, Math.max(0, maxLines - count + codes.length)).map((sscc): ConfirmedPackage => ({ id: sscc, sscc, ...within }));
    if (own.length === 0 && tracking !== undefined) own.push({ id: `CPS ${clip(id, 12)}`, ...within });
    if (own[0] !== undefined && tracking !== undefined) own[0].trackingNumber = clip(tracking, maxName);
    byLevel.set(id, own);
  }
  const packages = [...new Map([...byLevel.values()].flat().map((each) => [each.id, each])).values()];
  return { packages, holderOf: ({ id }) => (byLevel.get(id)?.length === 1 ? byLevel.get(id)![0]!.id : undefined) };
}

/** These packages, and the pallets that they stand on. */
function withPallets(packages: readonly ConfirmedPackage[], ids: ReadonlySet<string>): ConfirmedPackage[] {
  const own = packages.filter(({ id }) => ids.has(id));
  const pallets = new Set(own.flatMap(({ within }) => within ?? []));
  return packages.filter(({ id }) => ids.has(id) || pallets.has(id));
}

function lineOf(loop: readonly Segment[], number: number, holder: string | undefined, { name, anomalies }: MessageContext): ConfirmedLine | null {
  const numbers = [part3(loop[0]!, 3), ...loop.filter((segment) => segment.tag === 'PIA').flatMap((segment) => segment.elements.slice(2).map((_, index) => part3(segment, index + 2)))];
  const barcode = numbers.find(({ code }) => barcodeCodes.has(code))?.number;
  const sku = ['SA', 'BP', 'IN'].map((code) => numbers.find((each) => each.code === code)?.number).find((found) => found !== undefined) ?? numbers.find(({ code }) => !barcodeCodes.has(code) && !lotNumberCodes.has(code))?.number;
  const shipped = loop.find((segment) => segment.tag === 'QTY' && part(segment, 1) === '12');
  const quantity = quantityOf(part(shipped, 1, 1));
  if ((sku === undefined && barcode === undefined) || quantity === undefined || quantity.startsWith('-')) {
    anomalies.push({ kind: 'FIELD_INVALID', message: `${name}: line ${clip(part(loop[0], 1), 12) || number} names no product or no quantity despatched (QTY 12). It was left out.`, severity: 'HIGH' });
    return null;
  }
  const ordered = quantityOf(part(loop.find((segment) => segment.tag === 'QTY' && part(segment, 1) === '21'), 1, 1));
  const gin = (codes: ReadonlySet<string>) => loop.filter((segment) => segment.tag === 'GIN' && codes.has(part(segment, 1))).flatMap((segment) => segment.elements.slice(2).map((element) => filled(element[0]))).filter((text) => text !== undefined).map((text) => clip(text, maxName));
  const expiresOn = loop.filter((segment) => segment.tag === 'DTM' && expiries.has(part(segment, 1))).map((segment) => dateOf(part(segment, 1, 1)))[0];
  const [unit, lot, serials] = [filled(part(shipped, 1, 2)), gin(lotCodes)[0] ?? numbers.find(({ code }) => lotNumberCodes.has(code))?.number, gin(serialCodes)];
  return {
    id: String(number), sku: sku ?? '', ...(barcode === undefined ? {} : { barcode }), quantity, ...(ordered === undefined ? {} : { ordered }), ...(unit === undefined ? {} : { unit: clip(unit, 20) }), ...(lot === undefined ? {} : { lot }),
    ...(expiresOn === undefined ? {} : { expiresOn }), ...(serials.length === 0 ? {} : { serials: serials.slice(0, maxLines) }), ...(holder === undefined ? {} : { package: holder }),
  };
}

/** C212: a number of a product under its code. */
function part3(segment: Segment, element: number): { number: string | undefined; code: string } {
  const number = filled(part(segment, element));
  return { number: number === undefined ? undefined : clip(number, maxName), code: part(segment, element, 1).toUpperCase() };
}

/** What the segments call the order. */
function orderOf(segments: readonly Segment[]): string | undefined {
  return orderReferences.map((code) => filled(part(segments.find((segment) => segment.tag === 'RFF' && part(segment, 1) === code), 1, 1))).find((found) => found !== undefined);
}

function carrierOf(header: readonly Segment[]): string | undefined {
  const tdt = header.find((segment) => segment.tag === 'TDT');
  const nad = header.find((segment) => segment.tag === 'NAD' && part(segment, 1) === 'CA');
  const named = filled(part(tdt, 5)) ?? filled(part(tdt, 5, 3)) ?? filled(part(nad, 4)) ?? filled(part(nad, 2));
  return named === undefined ? undefined : carrierCode(clip(named, 60));
}

function facilityIn(header: readonly Segment[], { warehouses }: MessageContext): string | undefined {
  const party = ['WH', 'SF', 'PW'].map((role) => header.find((segment) => segment.tag === 'NAD' && part(segment, 1) === role)).find((segment) => segment !== undefined);
  return facilityOf(warehouses, [part(party, 2), part(party, 4)]);
}

/** The warehouse of ours that it goes to, where it comes from none: a supplier tells us what comes. */
function ourReceiver(header: readonly Segment[], { warehouses }: MessageContext): string | undefined {
  const codeOf = ourWarehouse(warehouses);
  const ours = (roles: readonly string[]) => header.filter((segment) => segment.tag === 'NAD' && roles.includes(part(segment, 1))).map((segment) => codeOf([part(segment, 2), part(segment, 4), part(segment, 3)])).find((code) => code !== undefined);
  return ours(['WH', 'SF', 'PW']) === undefined ? ours(['DP', 'ST', 'CN', 'UC']) : undefined;
}

function shippedAt(header: readonly Segment[], { zone, observedAt }: MessageContext) {
  const times = shippedTimes.map((qualifier) => header.find((segment) => segment.tag === 'DTM' && part(segment, 1) === qualifier)).filter((segment) => segment !== undefined);
  return times.map((segment) => readTime(part(segment, 1, 1), part(segment, 1, 2), zone)).find((time) => time !== null) ?? { instant: observedAt, zone };
}
