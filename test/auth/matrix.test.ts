import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getNamedType, isLeafType, isNonNullType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { roles, scopesOfRole, type Role } from '../../src/auth/scopes.js';
import { acceptCommands } from '../../src/events/commands.js';
import { takeApproval } from '../../src/events/approvals.js';
import { compose } from '../../src/gateway/compose.js';
import { LiveOperations } from '../../src/gateway/live/operations.js';
import { localGraph } from '../../src/gateway/local-graph.js';
import { saveFacilityPlan } from '../../src/jobs/tasks/yard/facilities.js';
import { globalId, sha256, uuidv7 } from '../../src/lib/ids.js';
import { ourConnection } from '../../src/model/our-connection.js';
import { recordId } from '../../src/model/record-ids.js';
import { packageRoot } from '../../src/lib/package-root.js';
import { parcelApiKey } from '../../src/sandbox/parcel/server.js';
import { carrierSubgraph } from '../../src/subgraphs/carrier/index.js';
import { odooSubgraph } from '../../src/subgraphs/odoo/index.js';
import { operationsSubgraph } from '../../src/subgraphs/operations/index.js';
import { tmsSubgraph } from '../../src/subgraphs/tms/index.js';
import { yardSubgraph } from '../../src/subgraphs/yard/index.js';
import type { TokenOptions } from '../../src/auth/tokens.js';
import { testServer, type TestServer } from '../support/databases.js';
import { argumentsText, objectTypesOf, type ArgumentValues } from '../support/drawn-operation.js';
import { FolderPartner, interchangeOf, partner, us } from '../support/edi.js';
import { addWorldConnections, carriers, companies, customers, facilities, idsOfWorld, mark, sites, ssccIn, tellWorld, tmsConnections, type Group } from '../support/owned-world.js';
import { startParcelSandbox, type ParcelSandbox } from '../support/parcel-sandbox.js';
import { partyId, postEasypost, settled, tracker } from '../support/partners.js';
import { eventually, graphqlAnswer, type GraphqlAnswer } from '../support/requests.js';
import { asking, at as dockTime, dockOffice, openAppointmentDesk, wish } from '../support/yard/appointments.js';
import { facilityPlan } from '../support/yard/facility-plan.js';
import { dockDay } from '../support/yard/owned-docks.js';
import { openAcknowledged, type RawSocket } from '../support/sockets.js';

/**
 * Every field, mutation and subscription of the graph, asked for by every role through the gateway over HTTP and
 * WebSocket, in a world where each role owns something. What came of it stands in access-matrix.md: a field that
 * is new, or that somebody else may read now, changes that file, and the change is to be read before it is taken
 * over (GATEHOUSE_UPDATE_MATRIX=1).
 */
const file = join(packageRoot, 'test', 'auth', 'access-matrix.md');
const group: Group = { number: 1, company: 0, customer: 0, carrier: 0, tms: 0, facility: 0 };

/** Everybody who asks: each role, each kind of partner, and a machine that was given all that a machine can be. */
const columns: ReadonlyArray<[name: string, token: Omit<TokenOptions, 'ttl'>]> = [
  ['customer', { role: 'customer', parties: [partyId(customers[0])] }],
  ['carrier', { role: 'partner', carriers: [carriers[0]] }],
  ['warehouse', { role: 'partner', facilities: [sites[0]!] }],
  ['tms', { role: 'partner', connections: [tmsConnections[0]] }],
  ['shop', { role: 'partner', shops: [companies[0]] }],
  ...(['operator', 'supervisor', 'support', 'odoo'] as const).map((role): [string, Omit<TokenOptions, 'ttl'>] => [role, { role }]),
  ['machine', { role: 'machine', scopes: [...scopesOfRole.machine.onRequest] }],
  ['admin', { role: 'admin' }],
];

/** Root fields that every token may ask for. */
const open = ['Query.viewer'];

type Cell = 'yes' | 'no' | 'unreached';
const shown: Readonly<Record<Cell, string>> = { yes: 'yes', no: '', unreached: '·' };

/** How to ask for an object of a type: the operation around its selection. */
type Around = (selection: string) => string;
type Ask = (text: string) => Promise<GraphqlAnswer>;
/** Has the fields of an object asked for, the first time that one of its type is met. */
type Reach = (object: GraphQLObjectType, around: Around, ask: Ask) => void;

it('every role has a column', () => {
  expect([...new Set(columns.map(([, { role }]) => role))].sort()).toEqual([...roles].sort() as Role[]);
});

const kind = inject('postgresUrl') === null ? 'embedded' : 'postgres';
let server: TestServer;
let schema: GraphQLSchema;
let ids: Map<string, string>;
let sandbox: ParcelSandbox;
let answering: FolderPartner | undefined;
/** Cursor of the beginning of the feed. */
let start: string;
/** Watches all the time, so that there is somebody who does. */
let watcher: RawSocket;

beforeAll(async () => {
  const subgraphs = await Promise.all([odooSubgraph(), carrierSubgraph(), tmsSubgraph(), yardSubgraph(), operationsSubgraph()]);
  expect(compose(subgraphs).api).toContain('type Query');
  schema = localGraph(subgraphs, { maxCost: 1e9 } as never).schema;
  // All roles ask at once, on a machine that may be busy: a statement that is stopped would look like a row that is not there.
  server = await testServer(kind, { GATEHOUSE_READ_TIMEOUT: '0' });
  await addWorldConnections(server);
  // A message that cannot be read, so that there is something to say of a connection; first, so that it is among the first events.
  await settled(server, (await postEasypost(server, '{}')).body.id as string);
  await tellWorld(server, [group]);
  await server.database.transaction((tx) => takeApproval(tx, { action: 'replay', arguments: { connection: 'odoo' }, digest: Buffer.alloc(32) }, { subject: 'cli:anna', role: 'cli' }, 'a test'));
  ids = await idsOfWorld(server);
  sandbox = await startParcelSandbox();
  await addBooking();
  await addWebhook();
  await addMapping();
  await addFence();
  await addUnfit();
  await addAcknowledgement();
  await expectTruck();
  const admin = await server.tokens.create({ role: 'admin', ttl: 600 });
  const { data } = await graphqlAnswer(server.url, admin, '{ latestCursor parties(first: 1) { nodes { id } } }');
  start = Buffer.from(Buffer.from(data!['latestCursor'] as string, 'base64url').toString().replace(/\.\d+\.\d+$/, '.0.0')).toString('base64url');
  party = data!['parties'].nodes[0].id as string;
  watcher = await openAcknowledged(server.url, admin);
  watcher.subscribe('1', 'subscription { milestones { id } }');
  // One that reads too slowly is closed after seconds: it is put among those whom the server holds back.
  const presence = LiveOperations.prototype.presence;
  vi.spyOn(LiveOperations.prototype, 'presence').mockImplementation(function (this: LiveOperations<unknown>) {
    return { ...presence.call(this), slowReaders: [{ reader: 'slow', bytes: 1, sinceMs: Date.now() }] };
  });
  await eventually(() => graphqlAnswer(server.url, admin, '{ liveOperations { operations { operation } } }'), (answer) => answer.data!['liveOperations'].operations.length === 1);
});
/**
 * One carrier that gives rates, one that does not answer; what was given up there; how services are chosen, and when carriers
 * come.
 */
async function addBooking(): Promise<void> {
  const { kysely } = server.database;
  const changed = { changed_by: 's', changed_at: '2026-03-01T00:00:00Z' };
  await kysely.insertInto('booking_rule').values({ id: uuidv7(), company: 'main', position: 1, name: 'r', conditions: '{}', action: JSON.stringify({ kind: 'EXCLUDE', services: ['NOBODY'] }), ...changed }).execute();
  await kysely.insertInto('carrier_cut_off').values({ id: uuidv7(), company: 'main', facility: 'x', carrier: 'X', service: null, weekdays: [1, 2, 3, 4, 5, 6, 7], at: '16:00', zone: 'UTC', ...changed }).execute();
  const [command] = await server.database.transaction((tx) => acceptCommands(tx, server.tasks.bodies, [{ kind: 'tracking.poll', input: { references: [] }, connection: 'x12', lane: 'REPORT', company: 'main', requestedBy: 's', idempotencyKey: 'k', subject: 'x', correlationId: uuidv7() }]));
  // X12 performs nothing: it is given up at once.
  await eventually(() => kysely.selectFrom('command').select('state').where('id', '=', command!.id).executeTakeFirst(), (row) => row?.state === 'DEAD');
  await server.connections.change('parcel0', { url: sandbox.url }, { apiKey: parcelApiKey });
  await server.connections.change('easypost', { url: 'http://127.0.0.1:9' }, { apiKey: parcelApiKey });
}

/** The truck has not come to its first stop, and somebody says when it will. */
async function expectTruck(): Promise<void> {
  const { kysely } = server.database;
  const stops = await kysely.updateTable('stop').set({ actual_arrival: null }).where('sequence', '=', 1).returning(['load_id', 'sequence', 'company']).execute();
  const told = { moment: 'ARRIVAL', classifier: 'ESTIMATED', source: 'TMS', connection: 'of-the-truck', at: '2026-03-06T08:30:00Z', stated_at: '2026-03-06T07:00:00Z', chosen: true, record_id: null };
  await kysely.insertInto('stop_time').values(stops.map((stop) => ({ ...stop, ...told }))).execute();
}

/** An endpoint at which nobody listens, with a secret, an event that it did not take, and a gap. Nothing else is told to it, or that would be its latest. */
async function addWebhook(): Promise<void> {
  const token = await server.tokens.create({ role: 'admin', ttl: 600, subject: 'owner of an endpoint' });
  const { data } = await graphqlAnswer(server.url, token, 'mutation { addWebhook(input: { url: "http://127.0.0.1:9/", filter: { codes: ["LOST"] } }) { webhook { id } userErrors { message } } }');
  expect(data!['addWebhook'].userErrors).toEqual([]);
  await graphqlAnswer(server.url, token, 'mutation ($input: WebhookIdInput!) { testWebhook(input: $input) { eventId } }', { input: { id: data!['addWebhook'].webhook.id } });
  await eventually(() => server.database.kysely.selectFrom('webhook_attempt').select('id').execute(), (rows) => rows.length > 0);
  await server.database.kysely.updateTable('webhook_endpoint').set({ gap: JSON.stringify({ from: 'a', to: 'b', at: '2026-03-06T00:00:00.000Z' }) }).execute();
}

/** A partner and its shadow that report other times, and a code that is mapped nowhere, with what is proposed for it. */
async function addMapping(): Promise<void> {
  for (const id of ['mapped', 'mapped-shadow']) await server.connections.add({ id, connector: 'easypost', company: 'main', settings: {}, secrets: {}, shadow: id === 'mapped-shadow' });
  const report = async (connection: string, scans: ReadonlyArray<{ status: string; at: string }>) => {
    const body = Buffer.from(JSON.stringify(tracker('1Z1', scans, { carrier: 'UPS' })));
    await settled(server, (await server.tasks.inbox.receive({ connection, dedupeKey: sha256(body), headers: {}, body, receivedMs: Date.now() })).id);
  };
  await report('mapped', [{ status: 'in_transit', at: '2026-03-06T08:00:00Z' }, { status: 'strange', at: '2026-03-06T09:00:00Z' }]);
  await report('mapped-shadow', [{ status: 'in_transit', at: '2026-03-06T08:05:00Z' }]);
  await done('proposeCodeMapping', '{ connection: "mapped", rawCode: "strange", code: "DELIVERED" }');
}

/** Far from where anything is. */
async function addFence(): Promise<void> {
  for (const { id } of await server.database.kysely.selectFrom('facility').select('id').where('code', '=', facilities[0]).execute()) {
    await done('setFacilityGeofence', `{ facility: "${globalId('Facility', id)}", circle: { centre: { latitude: -40, longitude: -40 }, radius: 100 } }`);
  }
  ownFacility = globalId('Facility', recordId('facility', ourConnection, `${facilities[0]}@main`));
}

/** A facility that is about to be closed, with an appointment there. */
async function addUnfit(): Promise<void> {
  const facilityId = await saveFacilityPlan(server.tasks, { code: 'CLOSED', company: 'main', plan: facilityPlan({ booking: { ...facilityPlan().booking, outsiders: 'NEVER' } }) }, dockOffice, uuidv7());
  await openAppointmentDesk(server.tasks).book(wish(facilityId, dockTime(dockDay, '10:00')), asking(dockOffice));
}

/** A partner that refuses what was sent to it. */
async function addAcknowledgement(): Promise<void> {
  answering = await FolderPartner.add(server, 'answering', { profile: { us, partner, separators: { lines: false }, expect: ['997'] } });
  await answering.command('status.send', { load: 'L-1', references: [], carrier: 'NWCX', code: 'PICKED_UP', occurred: { instant: '2026-03-06T10:00:00.000Z', zone: 'Z' } });
  await eventually(() => answering!.interchanges('OUT'), (rows) => rows.length === 1);
  await answering.receive(interchangeOf([{ type: '997', body: 'AK1*QM*1~AK2*214*0001~AK3*AT7*4**8~AK5*R*5~AK9*R*1*1*0~' }], { functionalId: 'FA' }));
}

/** Has an administrator do it; nothing may be wrong with it. */
async function done(mutation: string, input: string): Promise<void> {
  const token = await server.tokens.create({ role: 'admin', ttl: 600 });
  const { data, errors } = await graphqlAnswer(server.url, token, `mutation { ${mutation}(input: ${input}) { userErrors { field message } } }`);
  expect([errors, data?.[mutation].userErrors], mutation).toEqual([undefined, []]);
}

afterAll(async () => {
  answering?.remove();
  await sandbox?.stop();
  vi.restoreAllMocks();
  await watcher?.close();
  await server?.remove();
});

/** Arguments of type String for which not any text will do. */
const texts: Readonly<Record<string, string>> = { country: 'US', weightKg: '1', at: '16:00', zone: 'UTC' };

/** Arguments that lead to something in the world. */
const values: ArgumentValues = {
  gives: () => false,
  valueOf: (name, type) => (texts[name] !== undefined ? `"${texts[name]}"` : name === 'first' || type.name === 'Int' ? '1' : type.name === 'ID' ? '"nothing"' : type.name === 'DateTime' ? (name === 'to' ? '"2026-03-08T00:00:00Z"' : '"2026-03-06T00:00:00Z"') : type.name === 'Boolean' ? String(name === 'preview') : type.name === 'String' ? '"x"' : undefined),
};

/** Fields of Query and Mutation that lead somewhere only by certain arguments. */
const named: Readonly<Record<string, () => string>> = {
  shipment: () => `(reference: "${mark(group, 'out')}")`, order: () => `(reference: "${mark(group, 'order')}")`, transfer: () => `(reference: "${mark(group, 'out')}")`,
  invoice: () => `(reference: "${mark(group, 'inv')}")`, product: () => `(sku: "${mark(group, 'product')}")`, load: () => `(reference: "${mark(group, 'load')}")`, facility: () => `(code: "${facilities[0]}")`,
  // The one given up: looks at sources that are planned meanwhile are later.
  commands: () => '(first: 1, filter: { subject: "x" })', events: () => '(first: 50)', interchanges: () => '(first: 5)', tenderOffers: () => '(first: 20)', connectionMapping: () => '(connection: "mapped")', mappingPreview: () => '(connection: "mapped")',
  connectionComparison: () => '(shadow: "mapped-shadow", live: "mapped", from: "2026-03-06T00:00:00Z", to: "2026-03-07T00:00:00Z")',
  appointment: () => `(id: "${idOf('ownappt')}")`, visit: () => `(id: "${idOf('ovisit')}")`, warehouseOrder: () => `(id: "${idOf('worder')}")`, pallet: () => `(sscc: "${ssccIn(group)}")`, exception: () => `(id: "${idOf('exc')}")`, booking: () => `(id: "${idOfType('Booking')}")`, pickup: () => `(id: "${idOf('pickup')}")`, document: () => `(id: "${idOfType('Document')}")`, party: () => `(id: "${party}")`,
  // A load that stops there then has nearly this name.
  checkIn: () => `(input: { facilityId: "${globalId('Facility', recordId('facility', ourConnection, `${facilities[group.facility]}@${companies[group.facility]}`))}", references: ["${mark(group, 'load')}X"], at: "2026-03-06T08:00:00Z", idempotencyKey: "matrix" })`,
  freeSlots: () => `(facilityId: "${ownFacility}", from: "${new Date(Date.now() + 86_400_000).toISOString()}", to: "${new Date(Date.now() + 10 * 86_400_000).toISOString()}", need: { direction: INBOUND }, first: 1)`,
  dockCalendar: () => `(facilityId: "${ownFacility}", on: "${dockDay}")`, standingAppointments: () => `(facilityId: "${ownFacility}", first: 1)`,
  appointmentAdherence: () => `(facilityId: "${ownFacility}", from: "2026-03-06T00:00:00Z", to: "2027-02-06T00:00:00Z", first: 1)`,
  // Another one, whose only appointment does not fit what is saved.
  saveFacilityPlan: () => '(input: { code: "CLOSED", idempotencyKey: "k", plan: { name: "x", zone: "UTC", hours: [], days: [], docks: [], spots: [], durations: [{ minutes: 60 }], gridMinutes: 30, capacities: [], booking: { outsiders: NEVER, leadMinutes: 0, horizonDays: 1 } } })',
  trailersInYard: () => `(facilityId: "${yardFacility()}", first: 1)`, yardMoves: () => `(facilityId: "${yardFacility()}", first: 1)`, facilityBoard: () => `(facilityId: "${yardFacility()}", first: 5)`,
  // The one that answers.
  checkAddress: () => '(input: { connection: "parcel0", address: { street: "1 Dock Road", city: "Memphis", country: "US" } })',
};

const yardFacility = () => globalId('Facility', recordId('facility', ourConnection, `${facilities[group.facility]}@${companies[group.facility]}`));
const idOf = (what: string) => [...ids].find(([, text]) => text === mark(group, what))![0];
const idOfType = (type: string) => [...ids.keys()].find((id) => Buffer.from(id, 'base64url').toString().startsWith(`${type}:`))!;
let party: string;
/** Global id of the facility that is run here. */
let ownFacility: string;

function fieldText(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>, alias: string, selection = '__typename'): string {
  const args = (parent === schema.getQueryType() || parent === schema.getMutationType()) && named[field.name] !== undefined ? named[field.name]!() : argumentsText(field, parent.name, values);
  return `${alias}: ${field.name}${args}${isLeafType(getNamedType(field.type)) ? '' : ` { ${selection} }`}`;
}

/** What one role may read of the whole graph, by coordinate. */
async function askFor(column: string, token: string): Promise<Map<string, Cell>> {
  const cells = new Map<string, Cell>();
  const reached = new Set<string>();
  const waiting: Array<[GraphQLObjectType, Around, Ask]> = [];
  const reach: Reach = (object, around, ask) => {
    if (reached.has(object.name)) return;
    reached.add(object.name);
    waiting.push([object, around, ask]);
  };
  const askAll = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await askForFields(next[0], next[1], next[2], cells, reach);
  };
  const overHttp: Ask = (text) => graphqlAnswer(server.url, token, text);
  reach(schema.getQueryType()!, (selection) => `{ ${selection} }`, overHttp);
  reach(schema.getMutationType()!, (selection) => `mutation { ${selection} }`, overHttp);
  await askAll();
  const socket = await openAcknowledged(server.url, token);
  await subscribeToAll(column, socket, cells, reach);
  await askAll();
  await socket.close();
  return cells;
}

/** All fields of a type, of the object that `around` leads to. */
async function askForFields(type: GraphQLObjectType, around: Around, ask: Ask, cells: Map<string, Cell>, reach: Reach): Promise<void> {
  const fields = Object.values(type.getFields());
  // Mutations run one after the other and may take what another is to find: each on its own.
  const batches = inBatches(fields, type === schema.getMutationType() ? 1 : 10);
  for (const batch of batches) {
    const answer = await ask(around(batch.map((field) => fieldText(type, field, `_${field.name}`)).join(' ')));
    // What failed on the way to an object would look like an object that is not there.
    expect((answer.errors ?? []).filter((error) => error.extensions?.['code'] !== 'FORBIDDEN'), type.name).toEqual([]);
    for (const field of batch) {
      const cell = cellOf(type, field, answer);
      cells.set(`${type.name}.${field.name}`, cell);
      if (cell !== 'yes') continue;
      for (const object of objectsIn(answer.data, `_${field.name}`)) reach(object, (selection) => around(fieldText(type, field, `_${field.name}`, `... on ${object.name} { ${selection} }`)), ask);
    }
  }
}

function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** A field that is refused is null, and says which scope it needs; nothing else may be wrong. */
function cellOf(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, answer: GraphqlAnswer): Cell {
  const coordinate = `${type.name}.${field.name}`;
  const mine = (answer.errors ?? []).filter((error) => error.path?.includes(`_${field.name}`) ?? true);
  const refused = mine.filter((error) => error.extensions?.['code'] === 'FORBIDDEN' && error.path!.at(-1) === `_${field.name}`);
  if (refused.length > 0) {
    expect(refused[0]!.message, coordinate).toMatch(/This needs the scope [a-z]+:[a-z]+/);
    expect(isNonNullType(field.type) && type.name !== 'Subscription', `${coordinate} is refused to some and must be nullable, so that the others of its object are not lost with it`).toBe(false);
    return 'no';
  }
  expect(mine.filter((error) => error.path?.at(-1) === `_${field.name}` || error.path === undefined), coordinate).toEqual([]);
  return 'yes';
}

/** Types of the objects that stand under this alias, wherever it is. */
function objectsIn(data: unknown, alias: string): GraphQLObjectType[] {
  if (Array.isArray(data)) return data.flatMap((each) => objectsIn(each, alias));
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) => (name === alias ? typenamesIn(value) : objectsIn(value, alias)));
}

function typenamesIn(value: unknown): GraphQLObjectType[] {
  if (Array.isArray(value)) return value.flatMap(typenamesIn);
  const type = schema.getType((value as { __typename?: string } | null)?.__typename ?? '');
  return isObjectType(type) ? [type] : [];
}

/** So long a subscription may stay silent that has nothing to tell to a role, ms. */
const silentMs = 5_000;
/** So long is waited, on a busy machine, for what access-matrix.md says that the role is told, ms. */
const expectedMs = 60_000;

/** Whether access-matrix.md says that a column meets objects of a type. */
function isExpected(column: string, type: string): boolean {
  const rows = matrixFile().split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const index = rows.find((cells) => cells[1] === 'field')?.indexOf(column) ?? -1;
  return rows.some((cells) => cells[1]?.startsWith(`${type}.`) === true && (cells[index] ?? shown.unreached) !== shown.unreached);
}

const matrixFile = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Subscriptions from the beginning of the feed: each gives a first event, or says why not. */
async function subscribeToAll(column: string, socket: RawSocket, cells: Map<string, Cell>, reach: Reach): Promise<void> {
  const subscription = schema.getSubscriptionType()!;
  const leaves = (type: GraphQLObjectType) => Object.values(type.getFields()).filter((field) => field.args.length === 0 || field.args.every((argument) => argument.name === 'first'));
  const around = (field: GraphQLField<unknown, unknown>, selection: string) => `subscription { _${field.name}: ${field.name}(after: "${start}") { ${selection} } }`;
  const asked = Object.values(subscription.getFields()).map((field) => {
    const [given] = objectTypesOf(schema, getNamedType(field.type));
    return { field, given: given!, messages: socket.subscribe(field.name, around(field, leaves(given!).map((inner) => fieldText(given!, inner, `_${inner.name}`)).join(' '))) };
  });
  // Whatever is refused is refused at once; what a role has rows of comes from the feed. The rest is silent.
  const silent = () => asked.filter(({ messages }) => messages.length === 0);
  const isLate = () => silent().some(({ given }) => isExpected(column, given.name));
  const startMs = performance.now();
  for (let waitedMs = 0; silent().length > 0 && waitedMs < (isLate() ? expectedMs : silentMs); waitedMs = performance.now() - startMs) await new Promise((resolve) => setTimeout(resolve, 100));
  for (const { field, given, messages } of asked) {
    const [first] = messages;
    const errors = (first?.type === 'error' ? first.payload : first?.payload?.data === undefined ? first?.payload?.errors : undefined) as GraphqlAnswer['errors'];
    const isRefused = errors?.every((error) => error.extensions?.['code'] === 'FORBIDDEN') ?? false;
    if (!isRefused) expect(errors, `Subscription.${field.name}`).toBeUndefined();
    cells.set(`Subscription.${field.name}`, isRefused ? 'no' : 'yes');
    if (isRefused || first?.type !== 'next') continue;
    for (const inner of leaves(given)) {
      if (cells.get(`${given.name}.${inner.name}`) === undefined) cells.set(`${given.name}.${inner.name}`, cellOf(given, inner, first.payload as GraphqlAnswer));
      for (const object of objectsIn(first.payload.data, `_${inner.name}`)) reach(object, (selection) => around(field, fieldText(given, inner, `_${inner.name}`, `... on ${object.name} { ${selection} }`)), (text) => firstEvent(socket, text));
    }
  }
}

let lastId = 0;

/** What a subscription gives first. */
async function firstEvent(socket: RawSocket, text: string): Promise<GraphqlAnswer> {
  const messages = socket.subscribe(`first ${++lastId}`, text);
  const [first] = await eventually(async () => messages, ({ length }) => length > 0, expectedMs);
  return { status: 200, ...(first!.payload as object) };
}

/** Every field of the graph as `Type.field`, by type. */
function coordinates(): string[] {
  const types = Object.values(schema.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__')).sort((a, b) => (a.name < b.name ? -1 : 1));
  return types.flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
}

function matrixText(found: ReadonlyMap<string, ReadonlyMap<string, Cell>>): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const names = columns.map(([name]) => name);
  return [
    '# What each role may read and do',
    'Found by asking for every field as every role, in a world where each of them owns something (matrix.test.ts). yes: given; empty: refused, with the scope that it needs; ·: the role meets no object of this type.',
    [row(['field', ...names]), row(['field', ...names].map(() => '---')), ...coordinates().map((coordinate) => row([coordinate, ...names.map((name) => shown[found.get(name)!.get(coordinate) ?? 'unreached'])]))].join('\n'),
  ].join('\n\n').concat('\n');
}

it('what each role may read and do of the whole graph is what access-matrix.md says', async () => {
  const found = new Map<string, ReadonlyMap<string, Cell>>();
  await Promise.all(columns.map(async ([name, options]) => void found.set(name, await askFor(name, await server.tokens.create({ ...options, ttl: 600 })))));
  const unmet = [...new Set(coordinates().filter((coordinate) => found.get('admin')!.get(coordinate) === undefined).map((coordinate) => coordinate.split('.')[0]!))];
  expect(unmet, 'types that an admin does not meet: put one into the world').toEqual([]);
  const text = matrixText(found);
  if (process.env['GATEHOUSE_UPDATE_MATRIX'] === '1') writeFileSync(file, text);
  expect(matrixFile()).toBe(text);
}, 300_000);

it('nothing but who the token is can be asked for without any scope', async () => {
  const cells = await askFor('nobody', await server.tokens.create({ role: 'admin', scopes: [], ttl: 600 }));
  const roots = [...cells].filter(([coordinate]) => /^(Query|Mutation|Subscription)\./.test(coordinate));
  expect(roots.filter(([, cell]) => cell === 'yes').map(([coordinate]) => coordinate)).toEqual(open);
});
