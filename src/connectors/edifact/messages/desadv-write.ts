import type { NoticeLine, NoticePurpose, ShipNotice } from '../../../model/ship-notice.js';
import type { Outcome } from '../../contract.js';
import { packingOf, type PackedIn } from '../../kit/edi/packing.js';
import { ssccOf } from '../../../model/gs1.js';
import { unitCode } from '../../kit/edi/quantities.js';
import { failure } from '../../kit/http.js';
import { clip } from '../../kit/text.js';
import { writeTime } from '../times.js';
import type { OutgoingMessage, WritingContext } from './message.js';
import { carriageSegment, placeSegment, referenceSegments, type OutgoingSegment } from './writing-parts.js';

/** Element 1225. */
const functionOf: Readonly<Record<NoticePurpose, string>> = { ORIGINAL: '9', CANCEL: '1', REPLACE: '5' };
/** C208 of a GIN, of which a segment takes five. */
const mostInGin = 5;

/**
 * DESADV, despatch advice, as GS1's guides (EANCOM) have it: CPS 1 is the shipment, each package a CPS below it or below
 * its pallet, each with its SSCC, and the lines in it.
 */
export function writeDesadv(notice: ShipNotice, { nowMs, profile }: WritingContext): Outcome<OutgoingMessage> {
  const { number, order, ourOrder, purpose, shippedAt, expectedAt, carrier, from, to } = notice;
  if (number.trim() === '' || number.length > 35) return failure('invalid', 'BGM 1004 takes 1 to 35 characters: the number of the delivery is none of these.', '');
  if (order.trim() === '' || order.length > 35) return failure('invalid', "RFF ON takes 1 to 35 characters: the receiver's number of its order is none of these.", '');
  const unknown = notice.lines.find((line) => unitCode(line.unit, 'EDIFACT') === undefined);
  if (unknown !== undefined) return failure('invalid', `The unit ${clip(unknown.unit, 40)} of ${clip(unknown.sku, 40)} has no code in UN/ECE Recommendation 20.`, '');
  const packing = packingOf(notice, { number: 35, serial: 35 });
  if (!packing.ok) return packing;
  const body = new Body(profile.directory);
  body.open(null, [...(packing.value.packages.length === 0 ? [] : [[['PAC'], [String(packing.value.packages.length)]]])], packing.value.lines);
  for (const each of packing.value.packages) body.add(each, 1);
  return {
    ok: true,
    value: {
      type: 'DESADV',
      segments: [
        [['BGM'], ['351'], [number], [functionOf[purpose]]], [['DTM'], ['137', ...writeTime(new Date(nowMs).toISOString())]], [['DTM'], ['11', ...writeTime(shippedAt.instant)]], ...(expectedAt === undefined ? [] : [[['DTM'], ['17', ...writeTime(expectedAt)]]]),
        [['RFF'], ['ON', order]], ...(ourOrder === undefined ? [] : [[['RFF'], ['VN', clip(ourOrder, 35)]]]), ...referenceSegments(notice.references.filter(({ kind }) => kind !== 'order_name')),
        partner('SU', profile.us), partner('BY', profile.partner), ...(from === undefined ? [] : [placeSegment('SF', from)]), ...(to === undefined ? [] : [placeSegment('DP', to)]),
        ...(carrier === undefined || carrier.trim() === '' ? [] : [carriageSegment(carrier)]), ...body.segments, [['CNT'], ['2', String(body.lines)]],
      ],
    },
  };
}

/** NAD by who they are in the envelope: 14 there is a global location number, which GS1 (9) gives. */
function partner(role: string, { id, qualifier }: { id: string; qualifier: string }): OutgoingSegment {
  return [['NAD'], [role], [id, '', qualifier === '14' ? '9' : '92']];
}

class Body {
  readonly segments: OutgoingSegment[] = [];
  lines = 0;
  private levels = 0;

  constructor(private readonly directory: string) {}

  /** Element 7075: 1 inner, 3 outer. */
  open(parent: { number: number; level: '1' | '3' } | null, below: readonly OutgoingSegment[], lines: readonly NoticeLine[]): number {
    const number = ++this.levels;
    this.segments.push(parent === null ? [['CPS'], [String(number)]] : [['CPS'], [String(number)], [String(parent.number)], [parent.level]], ...below);
    for (const line of lines) this.segments.push(...this.lineSegments(line));
    return number;
  }

  add({ package: { sscc, trackingNumber }, isPallet, packages, lines }: PackedIn, parent: number): void {
    const marks: OutgoingSegment[] = [
      isPallet ? [['PAC'], ['1'], [''], ['201', '', '9']] : [['PAC'], ['1'], [''], ['CT']],
      ...(sscc === undefined && trackingNumber === undefined ? [] : [[['PCI'], [sscc === undefined ? '24' : '33E']]]),
      ...(trackingNumber === undefined ? [] : [[['RFF'], ['CN', trackingNumber]]]), ...(sscc === undefined ? [] : [[['GIN'], ['BJ'], [ssccOf(sscc)!]]]),
    ];
    const number = this.open({ number: parent, level: isPallet ? '3' : '1' }, marks, lines);
    for (const each of packages) this.add(each, number);
  }

  private lineSegments({ sku, barcode, description, quantity, ordered, unit, lot, serials = [] }: NoticeLine): OutgoingSegment[] {
    const code = unitCode(unit, 'EDIFACT')!;
    const line = String(++this.lines);
    // From directory 97A on a number of GS1 is SRV; before, EN.
    const numbering = this.directory.startsWith('9') && this.directory < '97A' ? 'EN' : 'SRV';
    const groups = Array.from({ length: Math.ceil(serials.length / mostInGin) }, (_, index) => serials.slice(index * mostInGin, (index + 1) * mostInGin));
    return [
      barcode === undefined ? [['LIN'], [line]] : [['LIN'], [line], [''], [barcode, numbering]], ...(sku === '' ? [] : [[['PIA'], [barcode === undefined ? '5' : '1'], [sku, 'SA']]]),
      ...(description === undefined ? [] : [[['IMD'], ['F'], [''], ['', '', '', clip(description, 35)]]]), [['QTY'], ['12', quantity, code]], ...(ordered === undefined ? [] : [[['QTY'], ['21', ordered, code]]]),
      ...(lot === undefined ? [] : [[['GIN'], ['BX'], [lot]]]), ...groups.map((group): OutgoingSegment => [['GIN'], ['BN'], ...group.map((serial) => [serial])]),
    ];
  }
}
