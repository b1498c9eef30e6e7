import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roles, scopes } from '../../../src/auth/principal.js';
import { connectors } from '../../../src/connectors/registry.js';
import { readConfig } from '../../../src/lib/config.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices, startServer, startWork } from '../../../src/main.js';

/** What the fuzzer is told of the server that it is to ask. */
export interface FuzzTarget {
  url: string;
  routes: Array<{ method: string; url: string }>;
  /** One for each role. */
  tokens: Record<string, string>;
  /** By connector, which is also the name of its connection. */
  secrets: Record<string, string>;
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-fuzz-'));
const config = readConfig({ GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', PORT: '0', GATEHOUSE_LOG: 'error', GATEHOUSE_OPERATIONS_PER_MINUTE: '0', GATEHOUSE_COST_PER_MINUTE: '0' });
const services = await openServices(config, createLog('error'), { supervise: true });
const secrets: Record<string, string> = {};
for (const connector of connectors.values()) {
  secrets[connector.id] = randomBytes(24).toString('hex');
  await services.connections.add({ id: connector.id, connector: connector.id, company: 'main', settings: {}, secrets: { webhookSecret: secrets[connector.id]! } });
}
const tokens: Record<string, string> = {};
for (const role of roles) {
  tokens[role] = await services.tokens.create({ role, ttl: 3600, ...(role === 'customer' ? { parties: [uuidv7()] } : {}), ...(role === 'partner' ? { carriers: ['FEDEX'] } : {}), ...(role === 'machine' ? { scopes: Object.keys(scopes) } : {}) });
}
const server = await startServer(services, {
  secret: randomBytes(24).toString('hex'),
  async *run() {
    yield 'Nothing is run here.';
  },
});
const workers = await startWork(services);
process.on('SIGTERM', () => {
  void (async () => {
    await server.close();
    await workers.stop();
    await services.close();
    rmSync(folder, { recursive: true, force: true });
    process.exit();
  })();
});
const target: FuzzTarget = { url: server.url, routes: [...server.routes], tokens, secrets };
process.stdout.write(`${JSON.stringify(target)}\n`);
