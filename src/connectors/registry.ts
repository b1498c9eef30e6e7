import { z } from 'zod';
import type { Connector } from './contract.js';
import { amazon } from './amazon/index.js';
import { dhl } from './dhl/index.js';
import { dhlExpress } from './dhl-express/index.js';
import { easypost } from './easypost/index.js';
import { files } from './files/index.js';
import { edifact } from './edifact/index.js';
import { fedex } from './fedex/index.js';
import { commonSettings } from './kit/settings.js';
import { karrio } from './karrio/index.js';
import { project44 } from './project44/index.js';
import { rateTable } from './rate-table/index.js';
import { odoo } from './odoo/index.js';
import { opendock } from './opendock/index.js';
import { otm } from './otm/index.js';
import { samsara } from './samsara/index.js';
import { shiphero } from './shiphero/index.js';
import { shipengine } from './shipengine/index.js';
import { shippo } from './shippo/index.js';
import { shopify } from './shopify/index.js';
import { ssc } from './ssc/index.js';
import { ups } from './ups/index.js';
import { woocommerce } from './woocommerce/index.js';
import { x12 } from './x12/index.js';

/** Every connector by its id, in the order in which forms offer them. */
export const connectors: ReadonlyMap<string, Connector> = new Map<string, Connector>([
  [odoo.id, odoo],
  [easypost.id, easypost],
  [fedex.id, fedex],
  [dhl.id, dhl],
  [dhlExpress.id, dhlExpress],
  [shipengine.id, shipengine],
  [shippo.id, shippo],
  [ups.id, ups],
  [x12.id, x12],
  [edifact.id, edifact],
  [otm.id, otm],
  [opendock.id, opendock],
  [ssc.id, ssc],
  [shiphero.id, shiphero],
  [files.id, files],
  [samsara.id, samsara],
  [project44.id, project44],
  [shopify.id, shopify],
  [woocommerce.id, woocommerce],
  [amazon.id, amazon],
  [karrio.id, karrio],
  [rateTable.id, rateTable],
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
