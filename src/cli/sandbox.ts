import { randomBytes } from 'node:crypto';
import type { Services } from '../main.js';

const connections = [
  { id: 'sandbox-odoo', connector: 'odoo' },
  { id: 'sandbox-parcel', connector: 'easypost' },
  { id: 'sandbox-tms', connector: 'otm' },
  { id: 'sandbox-dock', connector: 'opendock' },
] as const;

/** Makes the sandbox's connections where they are missing and starts the simulated outside world against `url`. */
export async function startSandboxFor(services: Services, url: string): Promise<{ stop(): Promise<void> }> {
  const secrets = new Map<string, string>();
  for (const { id, connector } of connections) secrets.set(id, await secretOf(services, id, connector));
  const of = (id: (typeof connections)[number]['id']) => secrets.get(id)!;
  const { startSandbox } = await import('../sandbox/main.js');
  return startSandbox({ target: url, odooSecret: of('sandbox-odoo'), parcelSecret: of('sandbox-parcel'), transport: { tmsSecret: of('sandbox-tms'), dockSecret: of('sandbox-dock') }, log: services.log });
}

async function secretOf(services: Services, id: string, connector: string): Promise<string> {
  const known = await services.connections.find(id);
  const secret = known?.secrets.webhookSecret?.[0];
  if (secret !== undefined) return secret;
  const made = `whsec_${randomBytes(32).toString('base64')}`;
  await services.connections.add({ id, connector, company: 'main', settings: {}, secrets: { webhookSecret: made } });
  return made;
}
