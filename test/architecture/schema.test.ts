import { expect, it } from 'vitest';
import { staleSchemaFiles } from '../../src/cli/schema.js';

it('has generated files under schema/ that say what the code says (else: npm run schema)', async () => {
  expect(await staleSchemaFiles()).toEqual([]);
});
