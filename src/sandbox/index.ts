export { startSandbox, type Sandbox, type SandboxOptions } from './main.js';
export { parcelApiKey } from './parcel/server.js';
export { odooLogin } from './odoo/jsonrpc.js';
export type { DeliveryCounts, Faults } from './webhooks.js';
