import { z } from 'zod';
import type { Connector } from './contract.js';
import { easypost } from './easypost/index.js';
import { commonSettings } from './kit/settings.js';
import { odoo } from './odoo/index.js';
import { opendock } from './opendock/index.js';
import { otm } from './otm/index.js';
import { x12 } from './x12/index.js';

/** Every connector by its id, in the order in which forms offer them. */
export const connectors: ReadonlyMap<string, Connector> = new Map<string, Connector>([
  [odoo.id, odoo],
  [easypost.id, easypost],
  [x12.id, x12],
  [otm.id, otm],
  [opendock.id, opendock],
]);

/** The connector of this id; undefined where there is none. */
export function connectorOf(id: string): Connector | undefined {
  return connectors.get(id);
}

/** The settings that a connection of this connector takes: its own and the common ones, and no others. */
export function settingsSchema(connector: Connector): z.ZodObject {
  if (!(connector.settings instanceof z.ZodObject)) throw new Error(`The settings of connector ${connector.id} are no object schema.`);
  return z.strictObject({ ...connector.settings.shape, ...commonSettings });
}
