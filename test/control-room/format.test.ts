import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exceptionTitle } from '../../src/control-room/format.js';
import { packageRoot } from '../../src/lib/package-root.js';

/** Every kind of anomaly that a connector names. */
const kinds = () => {
  const folder = join(packageRoot, 'src', 'connectors');
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(folder, name), 'utf8'));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/\bkind: '([A-Z0-9_]+)', message|\bnote\('([A-Z0-9_]+)'/g)].map((match) => (match[1] ?? match[2])!)))];
};

it('every kind of anomaly has a title in words, and no code is shown', () => {
  expect(kinds().length).toBeGreaterThan(20);
  for (const kind of kinds()) expect(exceptionTitle(kind)).toMatch(/^[A-Z][a-z]* [a-z ,-]+$/);
});

it.each([['RETURNING', 'Returning'], ['CUSTOMS_HOLD', 'Customs hold'], ['ISA16_MISSING', 'Isa16 missing'], ['UPS', 'UPS'], ['WH/OUT/1 matches no delivery', 'WH/OUT/1 matches no delivery']])('the title %s is shown as %s', (title, shown) => {
  expect(exceptionTitle(title)).toBe(shown);
});
