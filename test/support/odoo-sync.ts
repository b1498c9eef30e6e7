import { createLog } from '../../src/lib/log.js';
import { latestRuns, sumOf, type SyncFigures, type SyncRun } from '../../src/jobs/tasks/sync-run.js';
import { startSync } from '../../src/jobs/tasks/sync-start.js';
import { odooLogin } from '../../src/sandbox/index.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/main.js';
import type { PartnerRecord } from '../../src/sandbox/odoo/records.js';
import type { Queryable } from '../../src/db/database.js';
import type { TestServer } from './databases.js';
import { secrets, unprojected } from './partners.js';
import { eventually } from './requests.js';

/** Events of the log, without those that tell of synchronisations themselves. */
export async function recordedEvents(db: Queryable): Promise<number> {
  const row = await db.selectFrom('event').select((of) => of.fn.countAll<number>().as('count')).where('type', 'not like', 'sync.%').executeTakeFirstOrThrow();
  return Number(row.count);
}

/** A simulated Odoo that sends to `connection` of the server, and whose records the connection may read. */
export async function startOdoo(server: TestServer, connection: string, options: Partial<SandboxOptions> = {}, company = 'main'): Promise<Sandbox> {
  await server.connections.add({ id: connection, connector: 'odoo', company, settings: {}, secrets: { webhookSecret: secrets.odoo } });
  const sandbox = await startSandbox({ target: server.url, odooSecret: secrets.odoo, parcelSecret: secrets.easypost, log: createLog('silent'), pace: 20, seed: 11, sales: false, odooConnection: connection, ...options });
  sandbox.faults.duplicateShare = 0;
  sandbox.faults.disorderShare = 0;
  await server.connections.change(connection, { url: sandbox.odooUrl, database: odooLogin.database, login: odooLogin.login }, { apiKey: odooLogin.apiKey });
  return sandbox;
}

/** Waits until what the simulated Odoo has sent is taken, decoded and projected. */
export async function told(server: TestServer, sandbox: Sandbox): Promise<void> {
  const models = ['res.partner', 'product.product', 'sale.order', 'stock.picking', 'account.move', 'stock.quant'] as const;
  await eventually(async () => models.some((model) => [...sandbox.odoo.rows(model).keys()].some((id) => sandbox.odoo.isOpen(model, id))), (isOpen) => !isOpen);
  await decoded(server);
}

export async function decoded(server: TestServer): Promise<void> {
  await eventually(async () => server.database.kysely.selectFrom('inbox').select('id').where('state', '=', 'RECEIVED').execute(), (rows) => rows.length === 0);
  await eventually(async () => unprojected(server), (count) => count === 0);
}

/** Starts a run and waits for its end. */
export async function synchronise(server: TestServer, connection: string, topics: string[] = []): Promise<SyncRun> {
  const id = await startSync(server.tasks, (await server.connections.find(connection))!, 'COMMAND', topics);
  if (id === null) throw new Error(`A run of ${connection} is under way.`);
  return ended(server, connection);
}

export async function ended(server: TestServer, connection: string, timeoutMs = 120_000): Promise<SyncRun> {
  const run = await eventually(async () => (await latestRuns(server.database, connection))[0]!, (each) => each.state !== 'RUNNING', timeoutMs);
  await decoded(server);
  return run;
}

/** What a run found other than equal records, by topic; topics without such are left out. */
export function differencesOf(run: SyncRun): Record<string, Partial<SyncFigures>> {
  const entries = Object.entries(run.figures).map(([topic, figures]) => [topic, Object.fromEntries(Object.entries(figures).filter(([name, count]) => count > 0 && name !== 'read' && name !== 'equal'))] as const);
  return Object.fromEntries(entries.filter(([, found]) => Object.keys(found).length > 0));
}

/** Every record that was read is counted once more, as what it was found to be. */
export function isBalanced(run: SyncRun): boolean {
  const { read, equal, repaired, missingHere, missingThere, unreadable, ignored } = sumOf(run.figures);
  return read === equal + repaired + missingHere + missingThere + unreadable + ignored;
}

export function partner(name: string, id: number): PartnerRecord {
  return { name, is_company: true, commercial_partner_id: { id, name }, email: null, phone: null, street: 'Quay 1', street2: null, city: 'Ghent', zip: '9000', state_id: null, country_code: 'BE', active: true };
}
