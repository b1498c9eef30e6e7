import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeVersions, type VersionedRow } from '../../src/model/record.js';
import { anInstant, rearranged } from './arbitraries.js';

interface OrderRow extends VersionedRow {
  state: string;
  promised_at: string | null;
  first_promised_at: string | null;
  first_promised_version: number | null;
  total: string;
}

const row: fc.Arbitrary<OrderRow> = fc
  .record({ version: fc.integer({ min: 1, max: 4 }), updated_at: anInstant, state: fc.constantFrom('draft', 'sale'), promised_at: fc.option(anInstant), total: fc.constantFrom('1', '2') })
  .map((given) => ({
    id: 'o', version: given.version, deleted: false, updated_at: given.updated_at, state: given.state, promised_at: given.promised_at,
    first_promised_at: given.promised_at, first_promised_version: given.promised_at === null ? null : given.version, total: given.total,
  }));

const merge = (rows: readonly OrderRow[]) => rows.reduce<OrderRow | undefined>((current, each) => mergeVersions(current, each), undefined);
const versions = fc.array(row, { minLength: 1, maxLength: 6 });

describe('the versions of a record', () => {
  it('give the same row in every order and repetition, also where a source used a version number twice', () => {
    fc.assert(fc.property(versions.chain((rows) => fc.tuple(fc.constant(rows), rearranged(rows))), ([rows, other]) => {
      expect(merge(other)).toEqual(merge(rows));
    }), { numRuns: 5000 });
  });

  it('give the same row when parts of them were merged before, as two batches do', () => {
    fc.assert(fc.property(versions, versions, (a, b) => {
      expect(mergeVersions(merge(a), merge(b)!)).toEqual(merge([...a, ...b]));
    }), { numRuns: 2000 });
  });

  it('give the content of the highest version and the promise of the lowest version that made one', () => {
    fc.assert(fc.property(versions, (rows) => {
      const merged = merge(rows)!;
      expect(merged.version).toBe(Math.max(...rows.map((each) => each.version)));
      const promising = rows.filter((each) => each.promised_at !== null);
      const lowest = promising.length === 0 ? null : Math.min(...promising.map((each) => each.version));
      expect(merged.first_promised_version).toBe(lowest);
      if (lowest === null) expect(merged.first_promised_at).toBeNull();
      else expect(promising.filter((each) => each.version === lowest).map((each) => each.promised_at)).toContain(merged.first_promised_at);
    }), { numRuns: 1500 });
  });

  it('keep the promise first made whatever later versions plan', () => {
    fc.assert(fc.property(row.filter((each) => each.promised_at !== null), versions, (first, later) => {
      const all = [{ ...first, version: 0, first_promised_version: 0 }, ...later];
      expect(merge(all)!.first_promised_at).toBe(first.promised_at);
    }), { numRuns: 1500 });
  });
});
