import { principalOf } from '../../../auth/principal.js';
import { recordAudit, system } from '../../../events/audit.js';
import { wakeSenders } from '../../../events/webhooks.js';
import { instant } from '../../../lib/clock.js';
import { GatehouseError } from '../../../lib/errors.js';
import { uuidOfName } from '../../../lib/ids.js';
import { canonicalJson } from '../../../lib/json.js';
import { webhookTopics } from '../../../model/webhook.js';
import type { TaskContext } from '../context.js';
import { bounds } from './policy.js';
import { rightsColumns } from './rights.js';

/** The broker that the environment names; its secrets stay there. */
export const environmentBroker = uuidOfName('webhook endpoint: broker of the environment');

/**
 * Makes the endpoint of the environment's broker what the environment says. It begins with what comes; its place is
 * kept from then on, also where the environment names none for a while: then nobody looks after it.
 * @throws GatehouseError BAD_INPUT where the scopes are none of a machine
 */
export async function keepEnvironmentBroker(tasks: TaskContext): Promise<void> {
  const { broker: settings } = tasks;
  if (settings === undefined) return;
  const row = await tasks.database.kysely.selectFrom('webhook_endpoint').select(['url', 'rights']).where('id', '=', environmentBroker).executeTakeFirst();
  const principal = principalOf({
    subject: 'gatehouse:broker', role: 'machine', parties: [], carriers: [], companies: settings.companies, scopes: settings.scopes, expiresMs: Date.now(), demonstration: false,
    token: { id: null, issuer: 'environment', issuedMs: Date.now(), family: null, connection: null },
  });
  const unknown = settings.scopes.filter((scope) => !(principal.scopes as ReadonlySet<string>).has(scope));
  if (unknown.length > 0 || !principal.scopes.has('shipments:read')) throw new GatehouseError('BAD_INPUT', `GATEHOUSE_BROKER_SCOPES takes scopes of a machine, shipments:read among them${unknown.length > 0 ? `; not ${unknown.join(', ')}` : ''}.`);
  const needed: Readonly<Record<string, string>> = { MILESTONES: 'shipments:read', SHIPMENTS: 'shipments:read', YARD: 'yard:read', LOADS: 'loads:read', TENDERS: 'loads:read', EXCEPTIONS: 'exceptions:read', STOCK: 'stock:read', OPERATIONS: 'operations:read' };
  const told = { ...rightsColumns(principal), rights_until: '9999-12-31T00:00:00.000Z', topics: webhookTopics.filter((topic) => (principal.scopes as ReadonlySet<string>).has(needed[topic]!)), updated_at: instant(Date.now()) };
  // The address is kept without what is secret in it; workers take that from their own environment.
  const url = withoutUser(settings.url);
  if (row !== undefined && row.url === url && canonicalJson(row.rights) === canonicalJson(JSON.parse(told.rights))) return;
  const start = await (await tasks.graph.live()).latest();
  await tasks.database.transaction(async (tx) => {
    const set = { ...told, url };
    await tx.insertInto('webhook_endpoint').values({
      ...set, id: environmentBroker, kind: 'NATS', state: 'ACTIVE', state_reason: null, company: settings.companies[0] ?? 'main', description: 'The broker of the environment (GATEHOUSE_BROKER_URL).', filter: '{}', position: start.position, ordinal: start.ordinal,
      concurrency: 1, per_minute: bounds.perMinute, failing_since: null, alerted_at: null, not_before: null, last_success_at: null, last_failure_at: null, last_error: null, gap: null, holder: null, lease_until: null, created_at: instant(Date.now()),
    }).onConflict((conflict) => conflict.column('id').doUpdateSet(set)).execute();
    await recordAudit(tx, [{ actor: system, action: 'webhook.changed', target: { kind: 'webhook', id: environmentBroker }, payload: { host: new URL(url).host, scopes: [...principal.scopes].sort() } }]);
    await wakeSenders(tx);
  });
}

function withoutUser(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.toString();
}
