import { ssccOf } from '../../../model/gs1.js';
import type { NoticeLine, ShipNotice } from '../../../model/ship-notice.js';
import type { ConfirmedPackage } from '../../../model/warehouse.js';
import type { Outcome } from '../../contract.js';
import { failure } from '../http.js';
import { clip } from '../text.js';
import { maxLines } from './quantities.js';

/** A package with what is in it; a pallet is one that others stand on. */
export interface PackedIn {
  package: ConfirmedPackage;
  isPallet: boolean;
  packages: PackedIn[];
  lines: NoticeLine[];
}

export interface Packing {
  packages: PackedIn[];
  /** In no package. */
  lines: NoticeLine[];
}

/** How many characters a syntax takes of a number: what is cut off names something else. */
export interface NumberLengths {
  /** Of a product, lot or package. */
  number: number;
  serial: number;
}

/** How the goods of a notice are packed, each package where it stands; `invalid` where the packages do not make a whole, or something is named by nothing, or by more than fits. */
export function packingOf({ lines, packages }: Pick<ShipNotice, 'lines' | 'packages'>, lengths: NumberLengths): Outcome<Packing> {
  if (lines.length === 0) return failure('invalid', 'A ship notice needs lines.', '');
  if (lines.length + packages.length > maxLines) return failure('invalid', `A ship notice takes ${maxLines} lines and packages.`, '');
  const nodes = new Map(packages.map((each) => [each.id, { package: each, isPallet: false, packages: [], lines: [] } as PackedIn]));
  if (nodes.size !== packages.length) return failure('invalid', 'Two packages have the same id.', '');
  const top: Packing = { packages: [], lines: [] };
  for (const node of nodes.values()) {
    const { id, sscc, trackingNumber, within } = node.package;
    const tooLong = longerThan(lengths.number, trackingNumber);
    if (tooLong !== undefined) return tooLong;
    if (sscc !== undefined && ssccOf(sscc) === undefined) return failure('invalid', `The SSCC of package ${clip(id, 40)} is not 18 digits.`, '');
    const pallet = within === undefined ? undefined : nodes.get(within);
    if (within !== undefined && (pallet === undefined || pallet.package.within !== undefined)) return failure('invalid', `Package ${clip(id, 40)} stands on ${clip(within, 40)}, which is no pallet of this notice.`, '');
    if (pallet !== undefined) pallet.isPallet = true;
    (pallet ?? top).packages.push(node);
  }
  for (const line of lines) {
    const holder = line.package === undefined ? top : nodes.get(line.package);
    if (holder === undefined) return failure('invalid', `Line ${clip(line.id, 20)} is in package ${clip(line.package!, 40)}, which the notice does not name.`, '');
    if (line.sku === '' && line.barcode === undefined) return failure('invalid', `Line ${clip(line.id, 20)} names no product.`, '');
    const tooLong = longerThan(lengths.number, line.sku, line.barcode, line.lot) ?? longerThan(lengths.serial, ...(line.serials ?? []));
    if (tooLong !== undefined) return tooLong;
    holder.lines.push(line);
  }
  return { ok: true, value: top };
}

function longerThan(most: number, ...numbers: ReadonlyArray<string | undefined>): ReturnType<typeof failure> | undefined {
  const found = numbers.find((number) => number !== undefined && number.length > most);
  return found === undefined ? undefined : failure('invalid', `The number ${clip(found, 80)} has more than ${most} characters, the most that the message takes.`, '');
}
