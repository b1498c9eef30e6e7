import { randomBytes } from 'node:crypto';
import { system } from '../events/audit.js';
import { setGeofence } from '../jobs/tasks/telematics/geofences.js';
import { repeat } from '../jobs/tasks/repeat.js';
import type { Services } from '../main.js';

const connections = [
  { id: 'sandbox-odoo', connector: 'odoo' },
  { id: 'sandbox-parcel', connector: 'easypost' },
  { id: 'sandbox-tms', connector: 'otm' },
  { id: 'sandbox-dock', connector: 'opendock' },
  { id: 'sandbox-telematics', connector: 'samsara' },
  { id: 'sandbox-warehouse', connector: 'shiphero' },
] as const;
type SandboxConnection = (typeof connections)[number]['id'];

/** Around the simulated warehouse, metres. */
const fenceRadius = 300;
/** How often it is looked whether the warehouse is known here, ms. */
const fenceMs = 2000;

/** Makes the sandbox's connections where they are missing and starts the simulated outside world against `url`. */
export async function startSandboxFor(services: Services, url: string): Promise<{ stop(): Promise<void> }> {
  const secrets = new Map<string, string>();
  for (const { id, connector } of connections) secrets.set(id, await secretOf(services, id, connector));
  const of = (id: SandboxConnection) => secrets.get(id)!;
  const { startSandbox, parcelApiKey, odooLogin, telematicsToken, warehouseRefreshToken, providerWarehouse, warehouseSite } = await import('../sandbox/index.js');
  const sandbox = await startSandbox({
    target: url, odooSecret: of('sandbox-odoo'), parcelSecret: of('sandbox-parcel'), transport: { tmsSecret: of('sandbox-tms'), dockSecret: of('sandbox-dock'), telematicsSecret: of('sandbox-telematics') },
    warehouse: { secret: of('sandbox-warehouse') }, log: services.log,
  });
  // It listens elsewhere in every run.
  const { apiKey, ...odoo } = odooLogin;
  await callable(services, 'sandbox-odoo', { url: sandbox.odooUrl, ...odoo }, { apiKey }, { validateAt: 'confirmation' });
  await callable(services, 'sandbox-parcel', { url: sandbox.parcelUrl }, { apiKey: parcelApiKey });
  await callable(services, 'sandbox-telematics', { url: sandbox.telematicsUrl! }, { apiKey: telematicsToken }, { everySeconds: 5 });
  await callable(services, 'sandbox-warehouse', { url: sandbox.warehouseUrl! }, { refreshToken: warehouseRefreshToken }, { warehouses: `${providerWarehouse.code}=${providerWarehouse.id}`, handles: 'deliveries' });
  const fencing = fenceOnceKnown(services, warehouseSite);
  return {
    async stop() {
      await fencing.stop();
      await sandbox.stop();
    },
  };
}

/** Draws a fence around the simulated warehouse as soon as the dock scheduler has told of it, unless somebody has drawn one. */
function fenceOnceKnown(services: Services, { code, at }: { code: string; at: { latitude: number; longitude: number } }): { stop(): Promise<void> } {
  const fence = { kind: 'circle', centre: { ...at }, radius: fenceRadius } as const;
  const looking = repeat(async () => {
    const facility = await services.database.kysely.selectFrom('facility').leftJoin('geofence', 'geofence.facility_id', 'facility.id').select(['facility.id', 'geofence.facility_id as fenced'])
      .where('facility.code', '=', code).where('facility.connection', '=', 'sandbox-dock').where('facility.deleted', '=', false).executeTakeFirst();
    if (facility === undefined) return;
    if (facility.fenced === null) await setGeofence(services.tasks, facility.id, fence, system, '*');
    void looking.stop();
  }, fenceMs, (error) => services.log.warn({ err: error }, 'the fence around the simulated warehouse could not be drawn; it is tried again'));
  return looking;
}

/**
 * Where a connection of the sandbox is called, and with which secrets; those that it has stay.
 * @param unless settings that it gets where it has none of the name
 */
async function callable(services: Services, id: SandboxConnection, settings: Record<string, string>, secrets: Record<string, string>, unless: Record<string, string | number> = {}): Promise<void> {
  const known = await services.connections.find(id);
  const missing = Object.entries(secrets).filter(([name, value]) => known?.secrets[name]?.includes(value) !== true);
  await services.connections.change(id, { ...unless, ...known?.settings, ...settings }, Object.fromEntries(missing));
}

async function secretOf(services: Services, id: SandboxConnection, connector: string): Promise<string> {
  const known = await services.connections.find(id);
  const secret = known?.secrets.webhookSecret?.[0];
  if (secret !== undefined) return secret;
  const random = randomBytes(32).toString('base64');
  // Samsara's is read as base64.
  const made = id === 'sandbox-telematics' ? random : `whsec_${random}`;
  await services.connections.add({ id, connector, company: 'main', settings: {}, secrets: { webhookSecret: made } });
  return made;
}
