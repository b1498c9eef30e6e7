import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { globalId, uuidv7 } from '../../src/lib/ids.js';
import { principalOf } from '../../src/auth/principal.js';
import { saveFacilityPlan } from '../../src/jobs/tasks/yard/facilities.js';
import { photoFormat } from '../../src/model/yard/photo.js';
import { testServer, type TestServer } from '../support/databases.js';
import { eventually, graphqlAnswer } from '../support/requests.js';
import { openAcknowledged } from '../support/sockets.js';
import { facilityPlan } from '../support/yard/facility-plan.js';
import { png } from '../support/yard/photo.js';

let server: TestServer;
let facilityId: string;
const tokens: Record<'operator' | 'gate' | 'carrier' | 'other' | 'elsewhere', string> = { operator: '', gate: '', carrier: '', other: '', elsewhere: '' };
beforeAll(async () => {
  server = await testServer(inject('postgresUrl') === null ? 'embedded' : 'postgres');
  const admin = principalOf({ subject: 'a', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
  facilityId = globalId('Facility', await saveFacilityPlan(server.tasks, { code: 'WH', company: 'main', plan: facilityPlan() }, admin, uuidv7()));
  tokens.operator = await server.tokens.create({ role: 'operator', ttl: 600 });
  tokens.gate = await server.tokens.create({ role: 'partner', facilities: ['WH@main'], ttl: 600 });
  tokens.elsewhere = await server.tokens.create({ role: 'partner', facilities: ['XX@main'], ttl: 600 });
  tokens.carrier = await server.tokens.create({ role: 'partner', carriers: ['ACME'], ttl: 600 });
  tokens.other = await server.tokens.create({ role: 'partner', carriers: ['OTHER'], ttl: 600 });
});
afterAll(() => server?.remove());

const ask = async (token: string, query: string) => (await graphqlAnswer(server.url, token, query)).data!;
const send = async (token: string, mutation: string, input: string) => (await ask(token, `mutation { ${mutation}(input: { ${input}, idempotencyKey: "${uuidv7()}" }) { visit { id state dock trailer withoutTrailer } userErrors { field code message } } }`))[mutation];

it('a truck is led from gate to gate, and who runs the facility sees on its board where everything stands', async () => {
  const { checkIn } = await ask(tokens.gate, `mutation { checkIn(input: { facilityId: "${facilityId}", carrier: "Acme", truck: "B-1", trailer: "T-1", type: DROP, direction: INBOUND, driver: { name: "Erna" }, references: ["none"], idempotencyKey: "in" }) { visit { id state } unmatched { given candidates { name } } userErrors { code } } }`);
  expect(checkIn).toMatchObject({ visit: { state: 'CHECKED_IN' }, unmatched: [{ given: 'none', candidates: [] }], userErrors: [] });
  const visitId = checkIn.visit.id as string;
  expect(await send(tokens.gate, 'assignDock', `visitId: "${visitId}", dock: "D1"`)).toMatchObject({ visit: { dock: 'D1' }, userErrors: [] });
  const second = (await send(tokens.operator, 'checkIn', `facilityId: "${facilityId}", truck: "B-2"`)).visit.id as string;
  expect(await send(tokens.operator, 'assignDock', `visitId: "${second}", dock: "D1"`)).toMatchObject({ visit: null, userErrors: [{ code: 'SLOT_TAKEN', field: 'input.dock', message: expect.stringContaining('Free: D2, D3.') }] });
  expect(await send(tokens.elsewhere, 'reportVisit', `visitId: "${visitId}", step: AT_DOCK`)).toMatchObject({ userErrors: [{ code: 'NOT_FOUND' }] });
  await send(tokens.gate, 'reportVisit', `visitId: "${visitId}", step: AT_DOCK`);
  expect(await send(tokens.gate, 'reportVisit', `visitId: "${visitId}", step: DETACH`)).toMatchObject({ visit: { withoutTrailer: true }, userErrors: [] });
  await send(tokens.gate, 'reportVisit', `visitId: "${visitId}", step: LEAVE_DOCK`);
  const moved = (await ask(tokens.gate, `mutation { requestYardMove(input: { facilityId: "${facilityId}", trailer: "t-1", to: "P3", idempotencyKey: "m" }) { move { id state from to facility { code } } userErrors { code } } }`))['requestYardMove'];
  expect(moved).toMatchObject({ move: { state: 'REQUESTED', from: 'D1', to: 'P3', facility: { code: 'WH' } }, userErrors: [] });
  for (const step of ['step: ASSIGN, assignee: "shunter"', 'step: START']) expect((await ask(tokens.gate, `mutation { reportYardMove(input: { moveId: "${moved.move.id}", ${step}, idempotencyKey: "${uuidv7()}" }) { userErrors { code } } }`))['reportYardMove'].userErrors).toEqual([]);
  expect((await ask(tokens.gate, `mutation { undoYardMoveStep(input: { moveId: "${moved.move.id}", idempotencyKey: "um" }) { move { state assignee startedAt } } }`))['undoYardMoveStep']).toEqual({ move: { state: 'ASSIGNED', assignee: 'shunter', startedAt: null } });
  const board = `{ facilityBoard(facilityId: "${facilityId}", first: 5) { docks { name blocked visits { truck } trailers { trailer } } waiting { truck } trailers { trailer } moves { trailer to } next { id } } }`;
  expect((await ask(tokens.gate, board))['facilityBoard']).toEqual({
    docks: [{ name: 'D1', blocked: null, visits: [], trailers: [{ trailer: 'T-1' }] }, { name: 'D2', blocked: null, visits: [], trailers: [] }, { name: 'D3', blocked: null, visits: [], trailers: [] }],
    waiting: [{ truck: 'B-1' }, { truck: 'B-2' }], trailers: [], moves: [{ trailer: 'T-1', to: 'P3' }], next: [],
  });
  const trailers = (token: string, filter = '') => ask(token, `{ trailersInYard(facilityId: "${facilityId}", first: 5${filter}) { nodes { trailer place load ageMinutes arrivedWith { truck } } pageInfo { hasNextPage } } }`);
  expect(await trailers(tokens.gate)).toEqual({ trailersInYard: { nodes: [{ trailer: 'T-1', place: 'D1', load: 'LOADED', ageMinutes: expect.any(Number), arrivedWith: { truck: 'B-1' } }], pageInfo: { hasNextPage: false } } });
  expect((await trailers(tokens.gate, ', filter: { load: [EMPTY] }'))['trailersInYard'].nodes).toEqual([]);
  for (const minutes of [-1, 2_147_483_647]) expect((await graphqlAnswer(server.url, tokens.gate, `{ trailersInYard(facilityId: "${facilityId}", first: 5, filter: { olderThanMinutes: ${minutes} }) { nodes { id } } }`)).errors![0]!.extensions!['code']).toBe('BAD_INPUT');
  // A carrier sees its own visit there, and neither trailers nor moves, nor who drives; another one, which may book there, sees nobody.
  const visit = (token: string) => ask(token, `{ visit(id: "${visitId}") { truck driver { name } } }`);
  expect(await ask(tokens.carrier, `{ visit(id: "${visitId}") { truck } }`)).toEqual({ visit: { truck: 'B-1' } });
  expect(await visit(tokens.carrier)).toMatchObject({ visit: { driver: null } });
  expect(await visit(tokens.operator)).toEqual({ visit: { truck: 'B-1', driver: { name: 'Erna' } } });
  expect((await trailers(tokens.carrier))['trailersInYard'].nodes).toEqual([]);
  expect((await ask(tokens.carrier, `{ yardMoves(facilityId: "${facilityId}", first: 5) { nodes { id } } }`))['yardMoves'].nodes).toEqual([]);
  expect((await ask(tokens.carrier, board))['facilityBoard']).toMatchObject({ waiting: [{ truck: 'B-1' }], trailers: [], moves: [] });
  expect((await ask(tokens.other, board))['facilityBoard']).toMatchObject({ docks: [{ visits: [], trailers: [] }, { visits: [], trailers: [] }, { visits: [], trailers: [] }], waiting: [], trailers: [], moves: [], next: [] });
  const undone = (await ask(tokens.operator, `mutation { undoVisitStep(input: { visitId: "${visitId}", idempotencyKey: "u" }) { visit { state dock fromDockAt equipment { action trailer place } } userErrors { code } } }`))['undoVisitStep'];
  expect(undone).toMatchObject({ visit: { state: 'AT_DOCK', dock: 'D1', fromDockAt: null, equipment: [{ action: 'DETACHED', trailer: 'T-1', place: 'D1' }] }, userErrors: [] });
}, 60_000);

it('what is wrong with an input is told by its path, and a dock that is left empty is not named', async () => {
  const visitId = (await send(tokens.gate, 'checkIn', `facilityId: "${facilityId}", truck: "W-1"`)).visit.id as string;
  const long = 'x'.repeat(2001);
  const fields = async (mutation: string, input: string) => (await send(tokens.gate, mutation, input)).userErrors.map(({ field }: { field: string }) => field);
  const report = (step: string) => fields('reportVisit', `visitId: "${visitId}", step: ${step}`);
  expect(await fields('checkIn', `facilityId: "${facilityId}", references: ["a", "${long}"]`)).toEqual(['input.references.1']);
  expect(await fields('checkIn', `facilityId: "${facilityId}", driver: { name: "${long}" }`)).toEqual(['input.driver.name']);
  expect(await report(`COUNT, counts: [{ unit: "CASE", quantity: "1" }, { unit: "CASE", quantity: "1", lot: "${long}" }]`)).toEqual(['input.counts.1.lot']);
  expect(await report(`COUNT, counts: [{ unit: "${long}", quantity: "1" }]`)).toEqual(['input.counts.0.unit']);
  expect(await report(`FINDING, finding: { kind: DAMAGED, note: "${long}" }`)).toEqual(['input.finding.note']);
  expect(await report('FINDING')).toEqual(['input.finding']);
  const booked = await ask(tokens.operator, `mutation { bookAppointment(input: { facilityId: "${facilityId}", direction: INBOUND, startsAt: "${await freeTime()}", dock: " ", idempotencyKey: "${uuidv7()}" }) { appointment { dock } userErrors { message } } }`);
  expect(booked['bookAppointment']).toEqual({ appointment: { dock: expect.stringMatching(/^D[123]$/) }, userErrors: [] });
});

async function freeTime(): Promise<string> {
  const [from, to] = [1, 8].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  return (await ask(tokens.operator, `{ freeSlots(facilityId: "${facilityId}", from: "${from}", to: "${to}", need: { direction: INBOUND }, first: 1) { startsAt } }`))['freeSlots'][0].startsAt;
}

it('what is found is shown with photos that are pictures, to who runs the facility alone', async () => {
  const visitId = (await send(tokens.gate, 'checkIn', `facilityId: "${facilityId}", carrier: "Acme", truck: "P-1"`)).visit.id as string;
  const post = (token: string, body: Buffer, type = 'image/png', id = visitId) => fetch(`${server.url}/visits/${id}/photos`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': type }, body: new Uint8Array(body) });
  expect(photoFormat(png())).toMatchObject({ format: 'PNG', width: 1, height: 1 });
  const kept = await post(tokens.gate, png());
  expect(kept.status).toBe(201);
  const { id, path } = (await kept.json()) as { id: string; path: string };
  expect(await (await post(tokens.gate, png())).json()).toEqual({ id, path });
  expect((await post(tokens.gate, png().subarray(0, 40))).status).toBe(415);
  expect((await post(tokens.gate, Buffer.from('<svg/>'))).status).toBe(415);
  const other = await post(tokens.gate, Buffer.from('{}'), 'application/json');
  expect([other.status, (await other.json()).detail]).toEqual([415, 'Send a photo as the body, with the content type image/jpeg or image/png.']);
  expect((await post(tokens.gate, Buffer.alloc(6 * 1024 * 1024), 'image/png')).status).toBe(413);
  expect((await post(tokens.elsewhere, png())).status).toBe(404);
  expect((await post(tokens.carrier, png())).status).toBe(403);
  expect((await post('nonsense', png())).status).toBe(401);
  expect(await send(tokens.gate, 'reportVisit', `visitId: "${visitId}", step: FINDING, finding: { kind: DAMAGED, note: "torn", photos: ["${globalId('Document', uuidv7())}"] }`)).toMatchObject({ userErrors: [{ code: 'NOT_FOUND', field: 'input.finding.photos' }] });
  expect(await send(tokens.gate, 'reportVisit', `visitId: "${visitId}", step: FINDING, finding: { kind: DAMAGED, note: "torn", photos: ["${id}"] }`)).toMatchObject({ userErrors: [] });
  expect(await ask(tokens.operator, `{ visit(id: "${visitId}") { findings(first: 5) { nodes { kind note photos } } } }`)).toEqual({ visit: { findings: { nodes: [{ kind: 'DAMAGED', note: 'torn', photos: [id] }] } } });
  const get = (token: string) => fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const shown = await get(tokens.gate);
  expect([shown.status, shown.headers.get('content-type'), Buffer.from(await shown.arrayBuffer()).equals(png())]).toEqual([200, 'image/png', true]);
  expect((await get(tokens.carrier)).status).toBe(404);
  expect((await get(tokens.elsewhere)).status).toBe(404);
  const raised = await eventually(() => ask(tokens.operator, '{ exceptions(first: 20) { nodes { kind title detail } } }'), (data) => data['exceptions'].nodes.some((each: { kind: string }) => each.kind === 'VISIT_FINDING'));
  expect(raised['exceptions'].nodes).toContainEqual({ kind: 'VISIT_FINDING', title: 'Goods are damaged: P-1 at Main warehouse', detail: 'torn, 1 photos' });
}, 60_000);

it('whoever does something at the gate, the docks or in the yard is in the audit log', async () => {
  const rows = await server.database.kysely.selectFrom('audit').select('action').distinct().where((w) => w.or([w('action', 'like', 'visit.%'), w('action', 'like', 'yard_move.%')])).orderBy('action').execute();
  expect(rows.map(({ action }) => action)).toEqual(['visit.assign-dock', 'visit.at-dock', 'visit.check-in', 'visit.detach', 'visit.finding', 'visit.leave-dock', 'visit.photo', 'visit.undo', 'yard_move.assign', 'yard_move.request', 'yard_move.start', 'yard_move.undo']);
});

it('the board is told live of visits, trailers and moves of its facility, and again from a cursor', async () => {
  const socket = await openAcknowledged(server.url, tokens.gate);
  const query = (after?: string) => `subscription { yardEvents(${after === undefined ? '' : `after: "${after}", `}filter: { facilityId: "${facilityId}" }) { cursor of visit { truck } trailer { trailer place } move { trailer state } } }`;
  const { latestCursor } = await ask(tokens.gate, '{ latestCursor }');
  const live = socket.subscribe('live', query(latestCursor));
  const visitId = (await send(tokens.gate, 'checkIn', `facilityId: "${facilityId}", truck: "L-1", trailer: "LT-1"`)).visit.id as string;
  await send(tokens.gate, 'reportVisit', `visitId: "${visitId}", step: DETACH, place: "P1"`);
  await ask(tokens.gate, `mutation { requestYardMove(input: { facilityId: "${facilityId}", trailer: "LT-1", to: "P2", idempotencyKey: "lm" }) { userErrors { code } } }`);
  const told = (messages: typeof live) => messages.filter(({ type }) => type === 'next').map(({ payload }) => payload.data.yardEvents as { of: string; cursor: string; visit: object | null; trailer: object | null; move: object | null });
  const events = await eventually(async () => told(live), (all) => ['VISIT', 'TRAILER_STAY', 'YARD_MOVE'].every((of) => all.some((event) => event.of === of && JSON.stringify(event).includes('L'))) && all.some(({ trailer }) => JSON.stringify(trailer).includes('P1')));
  expect(events.find(({ of }) => of === 'YARD_MOVE')!.move).toEqual({ trailer: 'LT-1', state: 'REQUESTED' });
  const again = socket.subscribe('again', query(events[0]!.cursor));
  await eventually(async () => told(again).map(({ cursor }) => cursor), (cursors) => events.slice(1).every(({ cursor }) => cursors.includes(cursor)));
  await socket.close();
  const carrier = await openAcknowledged(server.url, tokens.carrier);
  const hidden = carrier.subscribe('hidden', query(latestCursor));
  const own = await send(tokens.gate, 'checkIn', `facilityId: "${facilityId}", carrier: "Acme", truck: "L-2", trailer: "LT-2"`);
  expect(own.userErrors).toEqual([]);
  await eventually(async () => told(hidden), (all) => all.some(({ visit }) => JSON.stringify(visit).includes('L-2')));
  expect(told(hidden).filter(({ of }) => of !== 'VISIT')).toEqual([]);
  await carrier.close();
}, 60_000);
