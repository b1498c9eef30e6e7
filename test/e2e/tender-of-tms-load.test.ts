import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { FolderPartner, interchangeOf, partner, us } from '../support/edi.js';
import { eventually, graphql } from '../support/requests.js';
import { accepted } from '../support/partners.js';
import { addTransportConnections, otmTrip, postTransport } from '../support/transport.js';

describeOnEachDatabase('a load of a TMS that is tendered here', (kind) => {
  let server: TestServer;
  let edi: FolderPartner;
  let operator: string;
  let portal: string;
  let serial = 0;

  beforeAll(async () => {
    server = await testServer(kind);
    await addTransportConnections(server);
    edi = await FolderPartner.add(server, 'nwcx', { profile: { us, partner, separators: { lines: false } } });
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 });
    portal = await server.tokens.create({ role: 'partner', subject: 'portal', carriers: ['NWCX'], ttl: 600 });
  });
  afterAll(async () => {
    edi?.remove();
    await server?.remove();
  });

  const mutate = async (token: string, name: string, type: string, input: object, fields = 'load { id }') =>
    (await graphql(server.url, token, `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code field message } } }`, { input: { idempotencyKey: `key ${++serial}`, ...input } }))[name];
  const state = async (name: string, of: { at: string; hour?: number; status?: string }) => {
    const body = JSON.stringify(otmTrip(name.toLowerCase(), { at: of.at, name, status: of.status ?? 'confirmed', stops: [{ code: 'MEM1', planned: [`2026-03-06T0${of.hour ?? 8}:00:00Z`] }, { name: 'Shop', planned: ['2026-03-06T12:00:00Z'] }] }));
    await accepted(server, await postTransport(server, 'tms', body), body);
    return (await eventually(() => graphql(server.url, operator, 'query ($name: String!) { load(reference: $name) { id } }', { name }), (found) => found.load !== null)).load.id as string;
  };
  const planOf = async (id: string) => (await graphql(server.url, operator, 'query ($id: ID!) { load(id: $id) { carrier assignment { carrier } tenderPlan { state offers { id carrier state revision acceptedRevision answers { said via effect } } } } }', { id })).load;
  const sent = (load: string) => edi.files().map((name) => edi.text(name)).filter((text) => text.includes(`*${load}*`)).map((text) => /B2A\*(\d\d)/.exec(text)![1]);
  const offer = { carriers: [{ carrier: 'NWCX', channel: 'EDI', connection: 'nwcx', minutes: 600 }] };

  it('keeps the record of its TMS, and its carrier is told when the TMS changes or cancels it', async () => {
    const id = await state('T-1', { at: '2026-03-05T08:00:00Z' });
    expect((await mutate(operator, 'changeLoad', 'ChangeLoadInput', { loadId: id, weightKg: '1' })).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
    expect((await mutate(operator, 'tenderLoad', 'TenderLoadInput', { loadId: id, ...offer })).userErrors).toEqual([]);
    const { offers } = (await planOf(id)).tenderPlan;
    expect(await mutate(portal, 'answerTenderOffer', 'AnswerTenderOfferInput', { offerId: offers[0].id, accepted: true, revision: 1 }, 'effect')).toMatchObject({ effect: 'TAKEN' });
    expect(await planOf(id)).toMatchObject({ carrier: null, assignment: { carrier: 'NWCX' } });
    await state('T-1', { at: '2026-03-05T09:00:00Z' }); // says nothing new
    await state('T-1', { at: '2026-03-05T10:00:00Z', hour: 7 });
    const changed = await eventually(() => planOf(id), (load) => load.tenderPlan.offers[0].revision === 2);
    expect(changed.tenderPlan.offers[0]).toMatchObject({ state: 'ACCEPTED', acceptedRevision: 1 });
    await state('T-1', { at: '2026-03-05T11:00:00Z', hour: 7, status: 'cancelled' });
    await eventually(() => planOf(id), (load) => load.tenderPlan.state === 'WITHDRAWN');
    await eventually(async () => sent('T-1'), (codes) => codes.length === 3);
    expect(sent('T-1')).toEqual(['00', '04', '01']);
    expect((await graphql(server.url, portal, 'query ($id: ID!) { load(id: $id) { id } }', { id })).load).toBeNull();
  });

  it('is taken once by a carrier that accepts over EDI and in the portal at the same moment', async () => {
    const id = await state('T-2', { at: '2026-03-05T08:00:00Z' });
    await mutate(operator, 'tenderLoad', 'TenderLoadInput', { loadId: id, ...offer });
    const { offers } = (await planOf(id)).tenderPlan;
    const [, answered] = await Promise.all([
      edi.receive(interchangeOf([{ type: '990', body: 'B1*NWCX*T-2*20260306*A~' }], { functionalId: 'GF', control: 801 })),
      mutate(portal, 'answerTenderOffer', 'AnswerTenderOfferInput', { offerId: offers[0].id, accepted: true, revision: 1 }, 'effect'),
    ]);
    expect(['TAKEN', 'REPEATED']).toContain(answered.effect);
    const plan = await eventually(() => planOf(id), (load) => load.tenderPlan.offers[0].answers.length === 2);
    expect(plan.tenderPlan.offers[0].answers.map(({ effect }: { effect: string }) => effect)).toEqual(['TAKEN', 'REPEATED']);
    expect(plan.tenderPlan.state).toBe('ACCEPTED');
  });
});
