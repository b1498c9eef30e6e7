import type { Connector } from './contract.js';
import { easypost } from './easypost/index.js';
import { odoo } from './odoo/index.js';
import { x12 } from './x12/index.js';

/** Every connector by its id, in the order in which forms offer them. */
export const connectors: ReadonlyMap<string, Connector> = new Map<string, Connector>([
  [odoo.id, odoo],
  [easypost.id, easypost],
  [x12.id, x12],
]);

/** The connector of this id; undefined where there is none. */
export function connectorOf(id: string): Connector | undefined {
  return connectors.get(id);
}
