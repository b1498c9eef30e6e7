import { describe } from 'vitest';
import { odooContract, type OdooUnderTest } from './odoo-contract.js';

/** `npm run test:odoo -- sync` starts real Odoos and runs this file against each. */
const given = process.env['GATEHOUSE_ODOO_UNDER_TEST'];

describe.skipIf(given === undefined)(`the contract of a real Odoo${given === undefined ? ' (skipped: npm run test:odoo holds it, where ODOO_18_BIN or ODOO_19_BIN points to one)' : ''}`, () => {
  if (given === undefined) return;
  const odoo = JSON.parse(given) as OdooUnderTest;
  odooContract(`Odoo ${odoo.version}`, odoo.version, () => odoo);
});
