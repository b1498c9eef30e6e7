import { randomBytes } from 'node:crypto';
import { principalOf } from '../../../src/auth/principal.js';
import { saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { globalId, uuidv7 } from '../../../src/lib/ids.js';
import { createLog } from '../../../src/lib/log.js';
import type { Services } from '../../../src/main.js';
import type { FacilityPlan } from '../../../src/model/yard/plan.js';
import { HttpClient } from '../../../src/sandbox/http-client.js';
import { odooLogin } from '../../../src/sandbox/index.js';
import { startSandbox, type Sandbox } from '../../../src/sandbox/main.js';
import { products } from '../../../src/sandbox/odoo/catalog.js';
import { draftSale } from '../../../src/sandbox/odoo/documents.js';
import { datetime } from '../../../src/sandbox/odoo/records.js';
import { noApiFaults } from '../../../src/sandbox/parcel/api-faults.js';
import { Random } from '../../../src/sandbox/random.js';
import { WebhookSender } from '../../../src/sandbox/webhooks.js';
import { GraphClient } from '../../../src/sandbox/yard/graph-client.js';
import { OtherSystem } from '../../../src/sandbox/yard/other-system.js';
import { DayPlayer } from '../../../src/sandbox/yard/player.js';
import { durations, gridMinutes, type Site } from '../../../src/sandbox/yard/site.js';
import type { Day, DrawnOrder } from '../../../src/sandbox/yard/types.js';
import { agreed } from './terms.js';

export const site = { code: 'BUSY', company: 'main', name: 'Harbour site', zone: 'Europe/Berlin' } as const;
/** Connections of the simulated Odoo, and of the dock scheduler beside the product. */
export const [odooConnection, dockConnection] = ['erp', 'dock'];
const warehouse = 'OTHER@main';

export interface Stage {
  day: Day;
  services: Services;
  graph: GraphClient;
  /** Id of the facility in the graph. */
  facility: string;
  tokens: { office: string; carriers: Map<string, string>; stranger: string };
  sandbox: Sandbox;
  player: DayPlayer;
  /** Messages of the dock scheduler that are still to be delivered. */
  backlog(): number;
  close(): Promise<void>;
}

/** The site as it is kept in the product, its partners, and who plays the day. */
export async function openStage(services: Services, urls: readonly string[], day: Day, seed: number): Promise<Stage> {
  const secrets = { odoo: `whsec_${randomBytes(24).toString('base64')}`, dock: randomBytes(24).toString('hex') };
  await services.connections.add({ id: odooConnection, connector: 'odoo', company: site.company, settings: {}, secrets: { webhookSecret: secrets.odoo } });
  await services.connections.add({ id: dockConnection, connector: 'opendock', company: site.company, settings: {}, secrets: { webhookSecret: secrets.dock } });
  const by = principalOf({ subject: 'site-manager', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
  const facility = globalId('Facility', await saveFacilityPlan(services.tasks, { code: site.code, company: site.company, plan: planOf(day.site) }, by, uuidv7()));
  const ttl = 4 * 3_600;
  const tokens = {
    office: await services.tokens.create({ role: 'operator', ttl }), admin: await services.tokens.create({ role: 'admin', ttl }),
    carriers: new Map(await Promise.all(day.site.carriers.map(async (carrier) => [carrier, await services.tokens.create({ role: 'partner', carriers: [carrier], ttl })] as const))),
    stranger: await services.tokens.create({ role: 'partner', facilities: [warehouse], ttl }),
  };
  const client = new HttpClient();
  const graph = new GraphClient(client, urls);
  for (const { terms, ...rule } of agreed) await agree(graph, tokens.admin, { ...rule, side: 'PAYABLE', validFrom: '2020-01-01T00:00:00Z', terms });
  const log = createLog('silent');
  const sandbox = await startSandbox({ target: urls[0]!, odooSecret: secrets.odoo, parcelSecret: 'unused', log, pace: 20, seed, sales: false, odooConnection });
  await services.connections.change(odooConnection, { url: sandbox.odooUrl, database: odooLogin.database, login: odooLogin.login, validateAt: 'confirmation', onShortage: 'review' }, { apiKey: odooLogin.apiKey });
  for (const { order } of day.appointments) expectOrder(sandbox, order);
  const faults = { duplicateShare: 0.1, disorderShare: 0.1, odooUnavailable: false, odooRollbacks: 0, parcelUnavailable: false, odooKeyExpiresAt: null, parcelApi: { ...noApiFaults } };
  const sender = new WebhookSender({ url: `${urls[1] ?? urls[0]}/ingest/${dockConnection}`, client, concurrency: 3, random: new Random(seed + 1), faults, pace: 10, log });
  const other = new OtherSystem({ sender, secret: secrets.dock, site });
  other.open(day.startMs - 86_400_000);
  const player = new DayPlayer({ day, graph, facility, tokens, other, seed, concurrency: 12 });
  return {
    day, services, graph, facility, tokens, sandbox, player, backlog: () => sender.backlog,
    async close() {
      client.close();
      await sender.stop();
      await sandbox.stop();
    },
  };
}

function planOf(of: Site): FacilityPlan {
  return {
    name: site.name, zone: site.zone, gridMinutes, hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })), days: [], spots: of.spots,
    docks: of.docks.map(({ shunting, ...dock }) => ({ ...dock, ...(shunting ? { firstComeFirstServed: true } : {}) })), durations: durations.map((rule) => ({ ...rule })), capacities: [],
    // The day is in the past: who comes late by the clock on the wall is nothing to be judged here.
    booking: { outsiders: 'BOOK', leadMinutes: 0, horizonDays: 60, noShowMinutes: null },
  };
}

async function agree(graph: GraphClient, token: string, rule: Record<string, unknown>): Promise<void> {
  const { saved } = (await graph.ask(token, 'mutation ($input: SaveDetentionRuleInput!) { saved: saveDetentionRule(input: $input) { id userErrors { field message code } } }', { input: { ...rule, idempotencyKey: uuidv7() } })) as { saved: { userErrors: unknown[] } };
  if (saved.userErrors.length > 0) throw new Error(`A rule was refused: ${JSON.stringify(saved.userErrors)}`);
}

/** When a transfer was planned for before any truck was booked for it. */
export const plannedBefore = '2026-01-05 08:00:00';

export function orderId({ name }: DrawnOrder): number {
  return Number(name.split('/').at(-1));
}

/** A receipt or a delivery, as Odoo has it. */
function expectOrder(sandbox: Sandbox, order: DrawnOrder): void {
  const id = orderId(order);
  const { picking } = draftSale(id, Date.now(), new Random(id), false);
  const lines = order.lines.map(({ sku, quantity }, index) => {
    const product = products.find(({ record }) => record.default_code === sku)!;
    return { id: id * 10 + index, product_id: { id: product.id, name: product.record.name }, quantity, uom_id: { id: 1, name: 'Units' }, lot_id: null, package_id: null, order_line_id: id * 10 + index };
  });
  const moves = lines.map((line) => ({ id: line.id, product_id: line.product_id, state: 'assigned' as const, product_uom_qty: line.quantity, quantity: line.quantity, picked: false, uom_id: line.uom_id, order_line_id: line.id }));
  const record = { ...picking, name: order.name, picking_type_code: order.direction === 'INBOUND' ? ('incoming' as const) : ('outgoing' as const), carrier_id: null, scheduled_date: plannedBefore, date_deadline: datetime(Date.now() + 86_400_000), lines, moves };
  sandbox.odoo.write({ model: 'stock.picking', id, record, atMs: Date.now() });
}
