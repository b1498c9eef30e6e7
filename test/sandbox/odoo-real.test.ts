import { describe, it } from 'vitest';
import { odooContract, type OdooUnderTest } from './odoo-contract.js';

/** `npm run test:odoo -- sync` starts real Odoos and runs this file against each. */
const given = process.env['GATEHOUSE_ODOO_UNDER_TEST'];

if (given === undefined) {
  describe('the contract of a real Odoo', () => {
    it.skip('is held by npm run test:odoo, where ODOO_18_BIN or ODOO_19_BIN points to one', () => {});
  });
} else {
  const odoo = JSON.parse(given) as OdooUnderTest;
  odooContract(`Odoo ${odoo.version}`, odoo.version, () => odoo);
}
