export { startSandbox, type Sandbox, type SandboxOptions } from './main.js';
export { parcelApiKey } from './parcel/server.js';
export { odooLogin, otherLogin } from './odoo/models.js';
export { warehouseSite } from './telematics/geography.js';
export { telematicsToken } from './telematics/server.js';
export { providerWarehouse } from './warehouse/provider.js';
export { warehouseRefreshToken } from './warehouse/server.js';
export type { DeliveryCounts, Faults } from './webhooks.js';
