export { startSandbox, type Sandbox, type SandboxOptions } from './main.js';
export { parcelApiKey } from './parcel/server.js';
export { odooLogin, otherLogin } from './odoo/models.js';
export type { DeliveryCounts, Faults } from './webhooks.js';
