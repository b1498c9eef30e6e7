import type { NoticeLine, NoticePurpose, ShipNotice } from '../../../model/ship-notice.js';
import type { ConfirmedPackage } from '../../../model/warehouse.js';
import type { Outcome } from '../../contract.js';
import { packingOf, type PackedIn } from '../../kit/edi/packing.js';
import { ssccOf } from '../../../model/gs1.js';
import { unitCode } from '../../kit/edi/quantities.js';
import { failure } from '../../kit/http.js';
import { clip } from '../../kit/text.js';
import { qualifierOf } from './naming.js';
import { partySegments } from './places.js';
import type { OutgoingSet } from './set.js';
import { utcTime } from './utc.js';

/** Element 353, BSN01. */
const purposes: Readonly<Record<NoticePurpose, string>> = { ORIGINAL: '00', CANCEL: '01', REPLACE: '05' };

/** HL segments with what stands below them, numbered as they come. */
class Hierarchy {
  readonly segments: string[][] = [];
  levels = 0;

  /** @returns its number, for what stands below it */
  open(parent: number | null, code: string, below: readonly string[][]): number {
    this.segments.push(['HL', String(++this.levels), parent === null ? '' : String(parent), code], ...below);
    return this.levels;
  }
}

/** 856, ship notice: shipment, order, pallets, cartons, items (BSN05 0001), as partners' guides for retail agree. Times go out in UTC, and say so. */
export function write856(notice: ShipNotice): Outcome<OutgoingSet> {
  const { number, order, purpose, shippedAt } = notice;
  if (number.trim() === '' || number.length > 30) return failure('invalid', 'BSN02 takes 1 to 30 characters: the number of the delivery is none of these.', '');
  if (order.trim() === '' || order.length > 22) return failure('invalid', "PRF01 takes 1 to 22 characters: the receiver's number of its order is none of these.", '');
  const unknown = notice.lines.find((line) => unitCode(line.unit, 'X12') === undefined);
  if (unknown !== undefined) return failure('invalid', `The unit ${clip(unknown.unit, 40)} of ${clip(unknown.sku, 40)} has no code in X12.`, '');
  const packing = packingOf(notice, { number: 48, serial: 30 });
  if (!packing.ok) return packing;
  const hierarchy = new Hierarchy();
  const shipment = hierarchy.open(null, 'S', shipmentSegments(notice));
  const at = hierarchy.open(shipment, 'O', [['PRF', order], ...(notice.ourOrder === undefined ? [] : [['REF', 'VN', clip(notice.ourOrder, 30)]])]);
  for (const each of packing.value.packages) writePackage(hierarchy, at, each);
  for (const line of packing.value.lines) hierarchy.open(at, 'I', itemSegments(line));
  const { date, time } = utcTime(shippedAt.instant);
  return { ok: true, value: { type: '856', functionalId: 'SH', segments: [['BSN', purposes[purpose], number, date, time, '0001'], ...hierarchy.segments, ['CTT', String(hierarchy.levels)]] } };
}

function shipmentSegments({ carrier, packages, references, shippedAt, expectedAt, from, to }: ShipNotice): string[][] {
  const dtm = (qualifier: string, instant: string) => {
    const { date, time } = utcTime(instant);
    return ['DTM', qualifier, date, time, 'UT'];
  };
  const cartons = packages.filter(({ id }) => !packages.some((other) => other.within === id)).length;
  const isScac = carrier !== undefined && /^[A-Z]{2,4}$/.test(carrier);
  return [
    ...(cartons === 0 ? [] : [['TD1', 'CTN', String(cartons)]]),
    ...(carrier === undefined || carrier.trim() === '' ? [] : [isScac ? ['TD5', 'B', '2', carrier] : ['TD5', 'B', '', '', '', clip(carrier, 35)]]),
    ...references.flatMap(({ kind, value }) => {
      const qualifier = kind === 'bill_of_lading' || kind === 'pro_number' ? qualifierOf[kind] : undefined;
      return qualifier === undefined ? [] : [['REF', qualifier, clip(value, 30)]];
    }),
    dtm('011', shippedAt.instant), ...(expectedAt === undefined ? [] : [dtm('017', expectedAt)]),
    ...(from === undefined ? [] : partySegments('SF', from)), ...(to === undefined ? [] : partySegments('ST', to)),
  ];
}

function writePackage(hierarchy: Hierarchy, parent: number, { package: of, isPallet, packages, lines }: PackedIn): void {
  const level = hierarchy.open(parent, isPallet ? 'T' : 'P', marksOf(of));
  for (const each of packages) writePackage(hierarchy, level, each);
  for (const line of lines) hierarchy.open(level, 'I', itemSegments(line));
}

/** MAN GM is an SSCC with its application identifier 00, CP the carrier's number of the package. */
function marksOf({ sscc, trackingNumber }: ConfirmedPackage): string[][] {
  return [...(sscc === undefined ? [] : [['MAN', 'GM', `00${ssccOf(sscc)!}`]]), ...(trackingNumber === undefined ? [] : [['MAN', 'CP', trackingNumber]])];
}

function itemSegments({ id, sku, barcode, description, quantity, ordered, unit, lot, serials = [] }: NoticeLine): string[][] {
  const code = unitCode(unit, 'X12')!;
  const numbers = [...(sku === '' ? [] : ['VN', sku]), ...(barcode === undefined ? [] : [barcodeQualifier(barcode), barcode]), ...(lot === undefined ? [] : ['LT', lot])];
  return [
    ['LIN', clip(id, 20), ...numbers], ['SN1', clip(id, 20), quantity, code, ...(ordered === undefined ? [] : ['', ordered, code])],
    ...(description === undefined ? [] : [['PID', 'F', '', '', '', clip(description, 80)]]), ...serials.map((serial) => ['REF', 'SE', serial]),
  ];
}

/** Element 235 by the length of a number of GS1. */
function barcodeQualifier(barcode: string): string {
  return barcode.length === 13 ? 'EN' : barcode.length === 14 ? 'UK' : 'UP';
}
