import type { FreightAddress } from '../../model/commands.js';
import { indexedOnce } from './indexed.js';
import type { ZoneRow } from './tariff.js';

type Place = Pick<FreightAddress, 'country' | 'region' | 'postalCode'>;

/** A row with its postal codes taken apart. */
interface RowWithEnds {
  row: ZoneRow;
  near: Ends | null;
  far: Ends | null;
}

interface Ends {
  first: string;
  last: string;
}

/** Rows by the country that they lead to. */
const byCountry = indexedOnce((rows: readonly ZoneRow[]) =>
  Map.groupBy(rows.map((row): RowWithEnds => ({ row, near: row.postal === undefined ? null : endsOf(row.postal), far: row.fromPostal === undefined ? null : endsOf(row.fromPostal) })), ({ row }) => row.country));

/** The row for a lane: of those that fit the one that says most, first of the service's own, then of the postal code, the region, and where it comes from. Null: none fits, or it says NONE. */
export function zoneOf(rows: readonly ZoneRow[], { from, to, service }: { from: Place; to: Place; service: string }): ZoneRow | null {
  const [here, there, region] = [plain(from.postalCode ?? ''), plain(to.postalCode ?? ''), to.region?.trim().toUpperCase()];
  let best: { row: ZoneRow; weight: number } | null = null;
  for (const { row, near, far } of byCountry(rows).get(to.country) ?? []) {
    if ((row.service ?? service) !== service || (row.fromCountry ?? from.country) !== from.country) continue;
    if (row.region !== undefined && row.region.toUpperCase() !== region) continue;
    if ((near !== null && !isWithin(near, there)) || (far !== null && !isWithin(far, here))) continue;
    const weight = (row.service === undefined ? 0 : 100_000) + (near?.first.length ?? 0) * 1_000 + (row.region === undefined ? 0 : 500) + (far?.first.length ?? 0) * 10 + (row.fromCountry === undefined ? 0 : 1);
    if (best === null || weight > best.weight) best = { row, weight };
  }
  return best === null || best.row.zone === 'NONE' ? null : best.row;
}

/** Whether a postal code is one of these. */
export function fits(postal: string, code: string | undefined): boolean {
  return isWithin(endsOf(postal), plain(code ?? ''));
}

function endsOf(postal: string): Ends {
  const [first, last = first] = postal.split('-').map(plain) as [string, string?];
  return { first, last };
}

/** Codes are compared by as many characters as the ends have. */
function isWithin({ first, last }: Ends, code: string): boolean {
  const beginning = code.slice(0, first.length);
  return beginning.length === first.length && first <= beginning && beginning <= last;
}

function plain(code: string): string {
  return code.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
