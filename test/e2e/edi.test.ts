import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { FolderPartner, interchangeOf, partner, us } from '../support/edi.js';
import { eventually, graphql, graphqlAnswer } from '../support/requests.js';

const shown = `query ($filter: InterchangeFilter) { interchanges(first: 10, filter: $filter) {
  nodes { direction control state waiting setTypes answersSent groups { state count accepted sets { type state faults { level code segment } } } acknowledgement { state kinds faults { level code text } } }
} }`;

describeOnEachDatabase('a load that a partner offers over EDI', (kind) => {
  let server: TestServer;
  let at: FolderPartner;
  let operator: string;

  beforeAll(async () => {
    server = await testServer(kind);
    at = await FolderPartner.add(server, 'shipper', { profile: { us, partner, separators: { lines: false }, acknowledge: ['997'], expect: ['997'] } });
    operator = await server.tokens.create({ role: 'operator', subject: 'olga', ttl: 600 });
  });
  afterAll(async () => {
    at?.remove();
    await server?.remove();
  });

  it('is taken by people, and its interchanges are shown with what either side says of them', async () => {
    await at.receive(interchangeOf([{ type: '204', body: 'B2**NWCX**L-900**PP~B2A*00~S5*1*LD~N1*SF*Plant~S5*2*UL~N1*ST*Shop~' }, { type: '110', body: 'B3**1~' }], { functionalId: 'SM' }));
    const { load } = await graphql(server.url, operator, '{ load(reference: "L-900") { id state stops(first: 5) { nodes { kind place { name } } } tender { state answer { state } } } }');
    expect(load).toMatchObject({ state: 'REQUESTED', stops: { nodes: [{ kind: 'PICKUP', place: { name: 'Plant' } }, { kind: 'DELIVERY', place: { name: 'Shop' } }] }, tender: null });

    const answer = (key: string) => graphql(server.url, operator, 'mutation ($input: AnswerTenderInput!) { answerTender(input: $input) { commandId duplicate userErrors { code } } }', { input: { loadId: load.id, carrier: 'nwnd', accepted: true, idempotencyKey: key } });
    const first = await answer('take-900');
    expect(first).toMatchObject({ answerTender: { duplicate: false, userErrors: [] } });
    expect(await answer('take-900')).toMatchObject({ answerTender: { commandId: first.answerTender.commandId, duplicate: true } });
    const sent = await at.sent(2);
    expect(sent.filter((text) => text.includes('B1*NWND*L-900*')).map((text) => /B1\*[^~]*/.exec(text)![0])).toEqual([expect.stringMatching(/^B1\*NWND\*L-900\*\d{8}\*A$/)]);
    const answered = await eventually(() => graphql(server.url, operator, '{ load(reference: "L-900") { tender { state answer { state carrier } } } }'), (found) => found.load.tender !== null);
    expect(answered.load.tender).toEqual({ state: null, answer: { state: 'ACCEPTED', carrier: 'NWND' } });

    expect((await graphql(server.url, operator, shown, { filter: { direction: 'IN' } })).interchanges.nodes).toEqual([{
      direction: 'IN', control: '000000071', state: 'PARTIALLY_ACCEPTED', waiting: 'NOT_EXPECTED', setTypes: ['204', '110'], answersSent: ['997'], acknowledgement: null,
      groups: [{ state: 'PARTIALLY_ACCEPTED', count: 2, accepted: 1, sets: [{ type: '204', state: 'ACCEPTED', faults: [] }, { type: '110', state: 'REJECTED', faults: [{ level: 'SET', code: '1', segment: null }] }] }],
    }]);
    const waiting = () => graphql(server.url, operator, shown, { filter: { unanswered: true } });
    const [ours] = (await eventually(waiting, (found) => found.interchanges.nodes.length === 1)).interchanges.nodes;
    expect(ours).toMatchObject({ direction: 'OUT', waiting: 'WAITING', setTypes: ['990'] });
    const group = /GS\*GF\*[^~]*\*(\d+)\*X\*/.exec(sent.find((text) => text.includes('B1*NWND'))!)![1]!;
    await at.receive(interchangeOf([{ type: '997', body: `AK1*GF*${group}~AK2*990*0001~AK5*A~AK9*A*1*1*1~` }], { functionalId: 'FA', control: 72 }));
    await eventually(waiting, (found) => found.interchanges.nodes.length === 0);
    const { interchanges } = await graphql(server.url, operator, shown, { filter: { state: ['ACCEPTED'], direction: 'OUT' } });
    expect(interchanges.nodes).toMatchObject([{ control: ours.control, waiting: 'ANSWERED', acknowledgement: { state: 'ACCEPTED', kinds: ['997'], faults: [] } }]);
  });

  it('is answered by nobody who may not see it, and not at a connection that is not there', async () => {
    const customer = await server.tokens.create({ role: 'customer', parties: ['odoo/7'], ttl: 600 });
    expect((await graphqlAnswer(server.url, customer, '{ interchanges(first: 1) { nodes { id } } }')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const { load } = await graphql(server.url, operator, '{ load(reference: "L-900") { id } }');
    const send = await graphql(server.url, operator, 'mutation ($input: SendTenderInput!) { sendTender(input: $input) { commandId userErrors { code field } } }', { input: { loadId: load.id, connection: 'nowhere', carrier: 'NWCX', idempotencyKey: 'k' } });
    expect(send.sendTender).toEqual({ commandId: null, userErrors: [{ code: 'NOT_FOUND', field: 'input.connection' }] });
  });

  it('leaves a row in the audit log for what people send', async () => {
    const { load } = await graphql(server.url, operator, '{ load(reference: "L-900") { id } }');
    const send = (name: string, type: string, input: object) => graphql(server.url, operator, `mutation ($input: ${type}!) { ${name}(input: $input) { commandId userErrors { code } } }`, { input: { loadId: load.id, carrier: 'NWND', idempotencyKey: name, ...input } });
    expect(await send('sendTender', 'SendTenderInput', { connection: 'shipper' })).toMatchObject({ sendTender: { userErrors: [] } });
    expect(await send('sendLoadStatus', 'SendStatusInput', { code: 'ARRIVED_PICKUP', occurredAt: '2026-03-06T10:00:00Z' })).toMatchObject({ sendLoadStatus: { userErrors: [] } });
    const audited = await server.database.kysely.selectFrom('audit').select('action').where('actor', '=', 'olga').where('target_kind', '=', 'command').orderBy('position').execute();
    expect(audited.map(({ action }) => action)).toEqual(['tender_answer.requested', 'tender_send.requested', 'status_send.requested']);
  });
});
