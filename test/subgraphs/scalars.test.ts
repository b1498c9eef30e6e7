import { describe, expect, it } from 'vitest';
import { DateTime } from '../../src/subgraphs/shared/scalars.js';

describe('an instant that somebody names', () => {
  it.each([
    ['2026-12-09T10:00:00Z', '2026-12-09T10:00:00.000Z'], ['2026-12-09T10:00:00.5+02:00', '2026-12-09T08:00:00.500Z'], ['2026-12-09T10:00Z', '2026-12-09T10:00:00.000Z'], ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'], ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('is taken as %s', (text, instant) => expect(DateTime.parseValue(text)).toBe(instant));

  it.each(['2026-11-31T10:00:00Z', '2026-02-30T10:00:00Z', '2026-12-09T10:00:00', '2026-12-09', '2026-12-09T25:00:00Z', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+05:00', '9999-12-31T23:59:59-05:00', '+012026-01-01T00:00:00Z', '', 'soon', 1_700_000_000_000, null])(
    'is refused as %s: no day of the calendar, without a zone, or beyond what can be kept', (text) => expect(() => DateTime.parseValue(text)).toThrow('ISO 8601'),
  );
});
