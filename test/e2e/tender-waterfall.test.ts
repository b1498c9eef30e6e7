import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { FolderPartner, interchangeOf, partner, us } from '../support/edi.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';
import { openAcknowledged } from '../support/sockets.js';

describeOnEachDatabase('a load that is offered to carriers one after the other', (kind) => {
  let server: TestServer;
  let edi: FolderPartner;
  let other: FolderPartner;
  let operator: string;
  let portal: string;
  let serial = 0;

  beforeAll(async () => {
    server = await testServer(kind);
    edi = await FolderPartner.add(server, 'nwcx', { profile: { us, partner, separators: { lines: false } } });
    other = await FolderPartner.add(server, 'other', { profile: { us, partner, separators: { lines: false } } });
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 });
    portal = await server.tokens.create({ role: 'partner', subject: 'portal', carriers: ['HAUL'], ttl: 600 });
  });
  afterAll(async () => {
    edi?.remove();
    other?.remove();
    await server?.remove();
  });

  const mutate = async (token: string, name: string, type: string, input: object, fields: string) =>
    (await graphql(server.url, token, `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code field message } } }`, { input: { idempotencyKey: `key ${++serial}`, ...input } }))[name];
  const stops = [{ facilityCode: 'WH', plannedArrivalAt: '2026-03-06T08:00:00Z' }, { place: { name: 'Shop', city: 'Dallas', country: 'US' }, plannedArrivalAt: '2026-03-06T12:00:00Z' }];
  const create = async (reference: string) => (await mutate(operator, 'createLoad', 'CreateLoadInput', { reference, stops, weightKg: '900' }, 'load { id }')).load.id as string;
  const tender = (loadId: string, minutes = 600) => mutate(operator, 'tenderLoad', 'TenderLoadInput', { loadId, carriers: [{ carrier: 'NWCX', channel: 'EDI', connection: 'nwcx', minutes }, { carrier: 'HAUL', minutes }] }, 'load { state }');
  const answer990 = (load: string, code: 'A' | 'D', date = '20260306') => edi.receive(interchangeOf([{ type: '990', body: `B1*NWCX*${load}*${date}*${code}~` }], { functionalId: 'GF', control: 500 + ++serial }));
  const planOf = async (id: string) => (await graphql(server.url, operator, 'query ($id: ID!) { load(id: $id) { state carrier tenderPlan { state next offers { id carrier state revision acceptedRevision answers { said via effect } } } } }', { id })).load;
  const offersSeen = async () => (await graphql(server.url, portal, '{ tenderOffers(first: 20) { nodes { id loadReference state revision load { id weightKg stops(first: 5) { nodes { kind place { city } facility { code } } } tenderPlan { state } } } } }')).tenderOffers.nodes as Array<{ id: string; loadReference: string; state: string; revision: number; load: { id: string; tenderPlan: null } | null }>;
  const sentOf = (load: string) => edi.files().map((name) => edi.text(name)).filter((text) => text.includes(`*${load}*`)).map((text) => /B2A\*(\d\d)/.exec(text)![1]);

  it('goes out as a 204, is declined by a 990, is taken in the portal, and changes are told', async () => {
    const socket = await openAcknowledged(server.url, portal);
    const changes = socket.subscribe('offers', 'subscription { tenderOfferChanges { cursor id deleted tenderOffer { state revision loadReference } } }');
    const id = await create('W-1');
    expect(await tender(id)).toEqual({ load: { state: 'REQUESTED' }, userErrors: [] });
    await eventually(async () => sentOf('W-1'), (sent) => sent.length === 1);
    expect(await offersSeen()).toEqual([]);
    await answer990('W-1', 'D');
    const asked = await eventually(() => planOf(id), (load) => load.tenderPlan.offers.length === 2);
    expect(asked.tenderPlan.offers.map(({ carrier, state }: { carrier: string; state: string }) => [carrier, state])).toEqual([['NWCX', 'DECLINED'], ['HAUL', 'OPEN']]);
    const [offer] = await offersSeen();
    expect(offer).toMatchObject({ loadReference: 'W-1', state: 'OPEN', load: { weightKg: '900', tenderPlan: null, stops: { nodes: [{}, { place: { city: 'Dallas' } }] } } });
    expect(await mutate(portal, 'answerTenderOffer', 'AnswerTenderOfferInput', { offerId: offer!.id, accepted: true, revision: 1, truck: 'TX-1', driver: { name: 'Grace Hopper' } }, 'effect tenderOffer { state }')).toEqual({ effect: 'TAKEN', tenderOffer: { state: 'ACCEPTED' }, userErrors: [] });
    expect(await planOf(id)).toMatchObject({ state: 'CONFIRMED', carrier: 'HAUL', tenderPlan: { state: 'ACCEPTED' } });
    const { load } = await graphql(server.url, operator, 'query ($id: ID!) { load(id: $id) { assignment { carrier truck driver { name } history { carrier truck driver } } } }', { id });
    expect(load.assignment).toEqual({ carrier: 'HAUL', truck: 'TX-1', driver: { name: 'Grace Hopper' }, history: [{ carrier: 'HAUL', truck: null, driver: false }, { carrier: 'HAUL', truck: 'TX-1', driver: true }] });
    expect((await graphqlAnswer(server.url, portal, 'query ($id: ID!) { load(id: $id) { assignment { truck history { by } } } }', { id })).data).toEqual({ load: { assignment: { truck: 'TX-1', history: null } } });
    expect((await mutate(operator, 'changeLoad', 'ChangeLoadInput', { loadId: id, weightKg: '1200' }, 'load { weightKg }')).load).toEqual({ weightKg: '1200' });
    const [changed] = await offersSeen();
    expect(changed).toMatchObject({ state: 'ACCEPTED', revision: 2 });
    expect(await mutate(portal, 'answerTenderOffer', 'AnswerTenderOfferInput', { offerId: offer!.id, accepted: true, revision: 1 }, 'effect')).toMatchObject({ effect: 'OUTDATED', userErrors: [{ code: 'CONFLICT' }] });
    expect(await mutate(portal, 'answerTenderOffer', 'AnswerTenderOfferInput', { offerId: offer!.id, accepted: true, revision: 2 }, 'effect')).toMatchObject({ effect: 'TAKEN', userErrors: [] });
    const states = () => changes.filter(({ type }) => type === 'next').map((message) => (message.payload as any).data.tenderOfferChanges.tenderOffer.state as string);
    await eventually(async () => states(), (seen) => seen.includes('ACCEPTED'));
    // From its first cursor the carrier is told all of its offers' changes again, and of none of the other carrier's.
    const first = (changes.find(({ type }) => type === 'next')!.payload as any).data.tenderOfferChanges.cursor as string;
    const again = socket.subscribe('again', `subscription { tenderOfferChanges(after: ${JSON.stringify(first)}) { tenderOffer { loadReference carrier } } }`);
    await eventually(async () => again.filter(({ type }) => type === 'next'), (messages) => messages.length > 0);
    expect(new Set(again.filter(({ type }) => type === 'next').map((message) => (message.payload as any).data.tenderOfferChanges.tenderOffer.carrier))).toEqual(new Set(['HAUL']));
    await socket.close();
    expect(await mutate(operator, 'withdrawTender', 'TenderStepInput', { loadId: id }, 'load { state carrier }')).toEqual({ load: { state: 'DRAFT', carrier: null }, userErrors: [] });
    expect((await offersSeen()).map(({ state, load: seen }) => [state, seen])).toEqual([['WITHDRAWN', null]]);
    expect(sentOf('W-1')).toEqual(['00']);
  });

  it('is told as a 204 change to the carrier that accepted over EDI, and as a cancellation when it is withdrawn', async () => {
    const id = await create('W-2');
    await tender(id);
    await eventually(async () => sentOf('W-2'), (sent) => sent.length === 1);
    await answer990('W-2', 'A');
    await eventually(() => planOf(id), (load) => load.tenderPlan.state === 'ACCEPTED');
    await mutate(operator, 'changeLoad', 'ChangeLoadInput', { loadId: id, equipment: 'REEFER' }, 'load { id }');
    await eventually(async () => sentOf('W-2'), (sent) => sent.length === 2);
    expect(sentOf('W-2')).toEqual(['00', '04']);
    await eventually(() => server.database.kysely.selectFrom('command').select('state').where('kind', '=', 'tender.send').where('state', '<>', 'DONE').execute(), (rows) => rows.length === 0);
    await answer990('W-2', 'A');
    const confirmed = await eventually(() => planOf(id), (load) => load.tenderPlan.offers[0].acceptedRevision === 2);
    expect(confirmed.tenderPlan.offers[0].answers.map(({ effect }: { effect: string }) => effect)).toEqual(['TAKEN', 'TAKEN']);
    await mutate(operator, 'cancelLoad', 'CancelLoadInput', { loadId: id }, 'load { state }');
    await eventually(async () => sentOf('W-2'), (sent) => sent.length === 3);
    expect(sentOf('W-2')).toEqual(['00', '04', '01']);
  });

  it('is not decided by an answer in the name of a carrier that was asked over another connection', async () => {
    const id = await create('W-3');
    await tender(id);
    await eventually(async () => sentOf('W-3'), (sent) => sent.length === 1);
    await other.receive(interchangeOf([{ type: '990', body: 'B1*NWCX*W-3*20260306*A~' }], { functionalId: 'GF', control: 500 + ++serial }));
    const raised = await eventually(() => server.database.kysely.selectFrom('exception').select(['title', 'state']).where('kind', '=', 'TENDER_ANSWER_UNEXPECTED').execute(), (rows) => rows.length > 0);
    expect(raised).toEqual([{ title: 'NWCX answered for load W-3 and was not asked', state: 'OPEN' }]);
    expect((await planOf(id)).tenderPlan).toMatchObject({ state: 'OPEN', offers: [{ carrier: 'NWCX', state: 'OPEN', answers: [] }] });
    await answer990('W-3', 'A');
    await eventually(() => planOf(id), (load) => load.tenderPlan.state === 'ACCEPTED');
  });

  it('is not given by an answer to the tender before, and people are told of it', async () => {
    const id = await create('W-4');
    await tender(id);
    await eventually(async () => sentOf('W-4'), (sent) => sent.length === 1);
    await mutate(operator, 'withdrawTender', 'TenderStepInput', { loadId: id }, 'load { state }');
    await tender(id);
    await eventually(async () => sentOf('W-4'), (sent) => sent.length === 3);
    await answer990('W-4', 'A');
    const outdated = await eventually(() => planOf(id), (load) => load.tenderPlan.offers[0].answers.length > 0);
    expect(outdated.tenderPlan).toMatchObject({ state: 'OPEN', offers: [{ carrier: 'NWCX', state: 'OPEN', answers: [{ said: 'ACCEPTED', effect: 'OUTDATED' }] }] });
    expect(await server.database.kysely.selectFrom('exception').select(['title', 'state']).where('kind', '=', 'TENDER_ANSWER_OUTDATED').execute()).toEqual([{ title: 'NWCX answered an earlier offer of load W-4', state: 'OPEN' }]);
    await answer990('W-4', 'A', new Date(Date.now() + 86_400_000).toISOString().slice(0, 10).replaceAll('-', ''));
    await eventually(() => planOf(id), (load) => load.tenderPlan.state === 'ACCEPTED');
  });
});
