import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawNumbers } from '../../src/events/control-numbers.js';
import { discardCommand } from '../../src/jobs/tasks/outbound/leave.js';
import { replay } from '../../src/jobs/tasks/replay.js';
import { settleAnswers } from '../../src/jobs/tasks/edi/watch.js';
import { createLog } from '../../src/lib/log.js';
import type { Json } from '../../src/lib/json.js';
import { openServices, startWork, type Services } from '../../src/main.js';
import type { StatusInput, TenderInput } from '../../src/model/edi.js';
import { AnsweringServer } from '../connectors/answering-server.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { FolderPartner, interchangeOf, partner, projected, us } from '../support/edi.js';
import { eventually } from '../support/requests.js';

const status = 'B10*PRO1*BOL1*NWCX~LX*1~AT7*D1*NS***20260306*1005*ET~';
const profile = (more: Record<string, Json> = {}): Record<string, Json> => ({ profile: { us, partner, separators: { lines: false }, ...more } });
const statusInput: StatusInput = { load: 'L-1', references: [], carrier: 'NWCX', code: 'PICKED_UP', occurred: { instant: '2026-03-06T10:00:00.000Z', zone: 'Z' } };
const tender: TenderInput = {
  load: 'L-77', purpose: 'ORIGINAL', carrier: 'NWCX', references: [{ kind: 'bill_of_lading', issuer: 'NORTHWIND', value: 'BOL77' }],
  stops: [{ kind: 'PICKUP', place: { name: 'Plant', city: 'Memphis', region: 'TN', country: 'US' }, references: [] }, { kind: 'DELIVERY', place: { name: 'Shop', city: 'Dallas', region: 'TX', country: 'US' }, references: [] }],
};
const segments = (text: string) => text.split('~').filter((segment) => segment !== '');
const numbers = (texts: readonly string[], tag: string, element: number) => texts.flatMap((text) => segments(text).filter((segment) => segment.startsWith(`${tag}*`)).map((segment) => Number(segment.split('*')[element])));

describeOnEachDatabase('interchanges with a partner', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let workers: Array<{ stop(): Promise<void> }>;
  let others: Services[] = [];
  const partners: FolderPartner[] = [];
  let serial = 0;

  beforeAll(async () => {
    services = await testServices(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8' });
    // On PostgreSQL a second instance works beside the first.
    if (kind === 'postgres') others = [await openServices(services.config, createLog('silent'), { supervise: false })];
    workers = [await startWork(services), ...(await Promise.all(others.map((each) => startWork(each))))];
  });
  afterAll(async () => {
    await Promise.all(workers.map((each) => each.stop()));
    for (const each of others) await each.close();
    await services.remove();
    for (const each of partners) each.remove();
  });

  async function add(settings: Record<string, Json>, connector = 'x12'): Promise<FolderPartner> {
    const made = await FolderPartner.add(services, `partner-${kind}-${++serial}`, settings, connector);
    partners.push(made);
    return made;
  }

  it('are kept with each fault at its level, and answered: the set that lacks a segment is rejected, its siblings are taken', async () => {
    const at = await add(profile({ acknowledge: ['TA1', '997'], required: { 214: ['LX'] } }));
    await at.receive(interchangeOf([{ type: '214', body: status }, { type: '214', body: 'B10*PRO2*BOL2*NWCX~' }, { type: '990', body: 'B1*NWCX*L1*20260306*A~' }], { control: 71, group: 9, wantsTa1: true }));
    const [kept] = await at.interchanges('IN');
    expect(kept).toMatchObject({ state: 'PARTIALLY_ACCEPTED', sender: '02:NWCX', receiver: 'ZZ:NORTHWIND', control: '000000071', answers_wanted: ['TA1', '997'], set_types: ['214', '990'] });
    expect(kept!.groups).toMatchObject([{ control: '9', state: 'PARTIALLY_ACCEPTED', count: 3, accepted: 2, sets: [{ state: 'ACCEPTED' }, { state: 'REJECTED', faults: [{ level: 'SEGMENT', code: '3', segment: 'LX' }] }, { state: 'ACCEPTED' }] }]);
    const [answer] = await at.sent(1);
    expect(segments(answer!)).toEqual([
      expect.stringMatching(/^ISA\*00\* {10}\*00\* {10}\*ZZ\*NORTHWIND {6}\*02\*NWCX {11}\*\d{6}\*\d{4}\*U\*00401\*000000001\*0\*P\*>$/),
      'TA1*000000071*260306*1410*A*000', expect.stringMatching(/^GS\*FA\*NORTHWIND\*NWCX\*\d{8}\*\d{6}\*1\*X\*004010$/),
      'ST*997*0001', 'AK1*QM*9', 'AK2*214*0001', 'AK5*A', 'AK2*214*0002', 'AK3*LX*3**3', 'AK5*R*5', 'AK2*990*0003', 'AK5*A', 'AK9*P*3*3*2', 'SE*11*0001', 'GE*1*1', 'IEA*1*000000001',
    ]);
    expect(answer!.indexOf('~')).toBe(105);
    // What was sent is kept, too, and a 997 waits for no answer.
    await eventually(() => at.interchanges('OUT'), (sent) => sent.length === 1 && sent[0]!.due_at === null);
  });

  it('of acknowledgements alone are answered by nothing', async () => {
    const at = await add(profile({ acknowledge: ['TA1', '997'] }));
    await at.receive(interchangeOf([{ type: '997', body: 'AK1*QM*12~AK9*A*1*1*1~' }], { functionalId: 'FA', wantsTa1: true }));
    expect((await at.interchanges('IN')).map((row) => row.answers_wanted)).toEqual([[]]);
    expect(at.files()).toEqual([]);
    expect(await at.exceptions('UNKNOWN_CONTROL_NUMBER')).toMatchObject([{ detail: expect.stringContaining('group 12') }]);
  });

  it('are answered once, however often the stored message is read again', async () => {
    const at = await add(profile({ acknowledge: ['997'] }));
    await at.receive(interchangeOf([{ type: '214', body: status }]));
    await at.sent(1);
    const from = new Date(Date.now() - 3_600_000).toISOString();
    await replay(services.tasks, { connection: at.id, from, to: new Date(Date.now() + 3_600_000).toISOString() });
    await projected(services);
    const commands = await services.database.kysely.selectFrom('command').select(['kind', 'state']).where('connection', '=', at.id).execute();
    expect([commands.length, at.files().length, (await at.interchanges('IN')).length]).toEqual([1, 1, 1]);
  });

  it('that could not be read when they came are answered when a replay reads them, once', async () => {
    const at = new FolderPartner(services, `partner-${kind}-${++serial}`);
    partners.push(at);
    // There is no such connection yet: whatever comes cannot be read.
    const id = await at.receive(interchangeOf([{ type: '214', body: status }]));
    const state = () => services.database.kysely.selectFrom('inbox').select('state').where('id', '=', id).executeTakeFirstOrThrow();
    expect(await state()).toEqual({ state: 'QUARANTINED' });
    await services.connections.add({ id: at.id, connector: 'x12', company: 'main', settings: { transport: { kind: 'folder', path: at.folder }, ...profile({ acknowledge: ['997'] }) }, secrets: {} });
    const range = { connection: at.id, from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 3_600_000).toISOString() };
    for (let time = 0; time < 2; time++) await replay(services.tasks, range);
    expect((await at.sent(1))[0]).toContain('AK9*A*1*1*1');
    expect(await state()).toEqual({ state: 'DECODED' });
    expect(await services.database.kysely.selectFrom('command').select('kind').where('connection', '=', at.id).execute()).toEqual([{ kind: 'edi.acknowledge' }]);
  });

  it('that come again in another file are read and not answered again, though more was agreed meanwhile', async () => {
    const at = await add(profile({ acknowledge: ['997'] }));
    const first = interchangeOf([{ type: '214', body: status }]);
    await at.receive(first);
    await at.sent(1);
    await services.connections.change(at.id, { transport: { kind: 'folder', path: at.folder }, ...profile({ acknowledge: ['997'], required: { 214: ['N1'] } }) }, {});
    const id = await at.receive(`${first}\n${interchangeOf([{ type: '214', body: status }], { control: 72 })}`);
    expect(await services.database.kysely.selectFrom('inbox').select('state').where('id', '=', id).executeTakeFirst()).toEqual({ state: 'DECODED' });
    expect(await at.sent(2)).toHaveLength(2);
    expect(await at.exceptions('DUPLICATE_INTERCHANGE')).toEqual([]);
  });

  it('of one number and other content are noted, and both are read', async () => {
    const at = await add(profile());
    await at.receive(interchangeOf([{ type: '214', body: status }]));
    await at.receive(interchangeOf([{ type: '214', body: status.replace('D1', 'X1') }]));
    expect(await at.exceptions('DUPLICATE_INTERCHANGE')).toHaveLength(1);
    expect(await at.interchanges('IN')).toHaveLength(2);
  });

  it('that are tests are not read where production was agreed', async () => {
    const at = await add(profile({ acknowledge: ['TA1'] }));
    await at.receive(interchangeOf([{ type: '214', body: status }], { usage: 'T' }));
    expect(await at.exceptions('USAGE_MISMATCH')).toHaveLength(1);
    expect(segments((await at.sent(1))[0]!)[1]).toBe('TA1*000000071*260306*1410*R*020');
  });

  it('go out under numbers without gap or repeat, however many go at once', async () => {
    const at = await add(profile({ firstNumbers: { ISA: 500 } }));
    const count = kind === 'postgres' ? 60 : 20;
    await Promise.all(Array.from({ length: count }, () => at.command('status.send', statusInput)));
    const sent = await at.sent(count);
    const run = (first: number) => Array.from({ length: count }, (_, index) => first + index);
    expect([numbers(sent, 'ISA', 13), numbers(sent, 'GS', 6).sort((a, b) => a - b), numbers(sent, 'ST', 2).sort((a, b) => a - b)]).toEqual([run(500), run(1), run(1)]);
  });

  it('take the number that was drawn by what failed before it was remembered', async () => {
    const draw = (fails: boolean) => services.database.transaction(async (tx) => {
      const drawn = await drawNumbers(tx, `nobody-${kind}`, [{ name: 'ISA', first: 7, most: 8 }]);
      if (fails) throw new Error('killed');
      return drawn[0];
    });
    await expect(draw(true)).rejects.toThrow('killed');
    expect([await draw(false), await draw(true).catch(() => 'killed'), await draw(false), await draw(false)]).toEqual([7, 'killed', 8, 1]);
  });

  it('that are sent again are the same bytes under the same number, and what cannot be written takes no number', async () => {
    const server = new AnsweringServer();
    const url = await server.listen();
    try {
      server.answer = (_asked, count) => ({ status: count < 2 ? 503 : 200, body: '' });
      const at = await add({ ...profile(), transport: { kind: 'http', url } });
      const refused = await at.command('status.send', { ...statusInput, code: 'LOST' });
      await eventually(() => services.database.kysely.selectFrom('command').select('state').where('id', '=', refused).executeTakeFirstOrThrow(), (row) => row.state === 'DEAD');
      await at.command('status.send', statusInput);
      await eventually(() => at.interchanges('OUT'), (sent) => sent.length === 1);
      expect(server.asked).toHaveLength(3);
      expect(new Set(server.asked.map((asked) => asked.body)).size).toBe(1);
      expect(server.asked[0]!.body).toContain('*000000001*');
    } finally {
      await server.close();
    }
  });

  it('that are discarded when their numbers were drawn leave word of them, and what drew none leaves nothing', async () => {
    const server = new AnsweringServer();
    const url = await server.listen();
    try {
      server.answer = () => ({ status: 400, body: 'no' });
      const at = await add({ ...profile(), transport: { kind: 'http', url } });
      const dead = async (input: StatusInput) => {
        const id = await at.command('status.send', input);
        await eventually(() => services.database.kysely.selectFrom('command').select('state').where('id', '=', id).executeTakeFirstOrThrow(), (row) => row.state === 'DEAD');
        await discardCommand(services.tasks, id, 'not needed', { subject: 'olga', role: 'operator' }, '*');
      };
      await dead({ ...statusInput, code: 'LOST' });
      expect(await at.exceptions('CONTROL_NUMBERS_UNSENT')).toEqual([]);
      await dead(statusInput);
      expect(await at.exceptions('CONTROL_NUMBERS_UNSENT')).toMatchObject([{ state: 'OPEN', title: `Interchange 000000001 to ${at.id} will not come`, detail: expect.stringContaining('ISA 1, GS 1, ST 1.') }]);
    } finally {
      await server.close();
    }
  });

  it('are awaited: what is overdue is an exception, which the answer closes', async () => {
    const at = await add(profile({ expect: ['997'], expectMinutes: 60 }));
    await at.command('status.send', statusInput);
    const [sent] = await eventually(() => at.interchanges('OUT'), (rows) => rows.length === 1);
    await services.database.transaction((tx) => tx.updateTable('interchange_watch').set({ due_at: new Date(0).toISOString() }).where('interchange_id', '=', sent!.id).execute());
    await eventually(() => at.exceptions('ACKNOWLEDGEMENT_OVERDUE'), (rows) => rows.length === 1 && rows[0]!.state === 'OPEN');
    await at.receive(interchangeOf([{ type: '997', body: 'AK1*QM*1~AK9*A*1*1*1~' }], { functionalId: 'FA', control: 5 }));
    await eventually(() => at.exceptions('ACKNOWLEDGEMENT_OVERDUE'), (rows) => rows[0]!.state === 'RESOLVED');
    expect(await at.exceptions('UNKNOWN_CONTROL_NUMBER')).toEqual([]);
    expect(await settleAnswers(services.tasks)).toBe(0);
  });

  it('that answer much that was never sent are one exception each', async () => {
    const at = await add(profile());
    const unknown = Array.from({ length: 200 }, (_, index) => ({ type: '997', body: `AK1*QM*${index + 1}~AK9*A*1*1*1~` }));
    await at.receive(interchangeOf(unknown, { functionalId: 'FA', control: 5 }));
    expect(await at.exceptions('UNKNOWN_CONTROL_NUMBER')).toMatchObject([{ detail: expect.stringContaining('group 10 and 190 more, which were never sent') }]);
  });

  it('that a partner rejects are an exception with the partner’s reasons', async () => {
    const at = await add(profile({ expect: ['997'] }));
    await at.command('status.send', statusInput);
    await eventually(() => at.interchanges('OUT'), (rows) => rows.length === 1);
    await at.receive(interchangeOf([{ type: '997', body: 'AK1*QM*1~AK2*214*0001~AK3*AT7*4**8~AK5*R*5~AK9*R*1*1*0~' }], { functionalId: 'FA', control: 6 }));
    const [raised] = await eventually(() => at.exceptions('INTERCHANGE_REJECTED'), (rows) => rows.length === 1);
    expect(raised).toMatchObject({ state: 'OPEN', detail: expect.stringContaining('segment AT7 at 4, code 8') });
  });

  it('offer loads to a carrier, and the answer stands beside the offer', async () => {
    const at = await add(profile());
    await at.command('tender.send', tender);
    const [sent] = await at.sent(1);
    expect(segments(sent!).slice(2, -3)).toEqual(['ST*204*0001', 'B2**NWCX**L-77**PP', 'B2A*00*LT', 'L11*BOL77*BM', 'S5*1*LD', 'N1*SF*Plant', 'N4*Memphis*TN**US', 'S5*2*UL', 'N1*ST*Shop', 'N4*Dallas*TX**US']);
    await at.receive(interchangeOf([{ type: '990', body: 'B1*NWCX*L-77*20260306*D~K1*NO TRUCK~' }], { functionalId: 'GF' }));
    const rows = () => services.database.kysely.selectFrom('tender').select(['role', 'state', 'reason', 'carrier']).where('connection', '=', at.id).orderBy('role').execute();
    expect(await eventually(rows, (found) => found.length === 2)).toEqual([{ role: 'ANSWER', state: 'DECLINED', reason: 'NO TRUCK', carrier: 'NWCX' }, { role: 'TENDER', state: 'TENDERED', reason: null, carrier: 'NWCX' }]);
  });

  it('offer loads to us: offer, change and cancellation give the same load in any order', async () => {
    const stops = 'S5*1*LD~N1*SF*Plant~S5*2*UL~N1*ST*Shop~';
    const messages = [['1400', '00', stops], ['1401', '04', stops.replace('Shop', 'Store')], ['1402', '01', '']] as const;
    const orders = [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]];
    const found = [];
    for (const order of orders) {
      const at = await add(profile());
      for (const index of order) {
        const [time, purpose, body] = messages[index]!;
        await at.receive(interchangeOf([{ type: '204', body: `B2**NWCX**L-5**PP~B2A*${purpose}~${body}` }], { functionalId: 'SM', time, control: 80 + index }));
      }
      const [load] = await services.database.kysely.selectFrom('load').select(['state', 'raw_state', 'stops']).where('connection', '=', at.id).execute();
      found.push(load);
    }
    expect(found[0]).toMatchObject({ state: 'CANCELLED', raw_state: 'B2A 01', stops: [{ place: { name: 'Plant' } }, { place: { name: 'Store' } }] });
    expect(new Set(found.map((load) => JSON.stringify(load))).size).toBe(1);
  });

  it('in EDIFACT are answered by CONTRL, and a CONTRL closes what waits for it', async () => {
    const at = await add({ profile: { us: { id: 'NORTHWIND', qualifier: 'ZZZ' }, partner: { id: 'NWCX', qualifier: '14' }, lines: false, acknowledge: true, expect: true, required: { IFTSTA: ['RFF'] } } }, 'edifact');
    const message = (number: number, body: string) => `UNH+${number}+IFTSTA:D:01B:UN'BGM+77+X+9'CNI+1+C${number}'${body}STS+1+21'DTM+334:202603061005:203'UNT+${body === '' ? 6 : 7}+${number}'`;
    await at.receive(`UNA:+.? 'UNB+UNOC:3+NWCX:14+NORTHWIND:ZZZ+260306:1410+71'${message(1, "RFF+BM:B1'")}${message(2, '')}UNZ+2+71'`);
    const [answer] = await at.sent(1);
    expect(answer!.split("'").slice(2, -1)).toEqual(['UNH+1+CONTRL:D:3:UN', 'UCI+71+NWCX:14+NORTHWIND:ZZZ+7', 'UCM+2+IFTSTA:D:01B:UN+4', 'UCS+6+13', 'UNT+5+1', 'UNZ+1+1'].map((text) => expect.stringContaining(text) as string));
    await at.command('status.send', statusInput);
    const sent = await eventually(() => at.interchanges('OUT'), (rows) => rows.length === 2);
    expect(sent.map((row) => row.awaits)).toEqual([[], ['CONTRL']]);
    await at.receive(`UNB+UNOC:3+NWCX:14+NORTHWIND:ZZZ+260306:1411+72'UNH+1+CONTRL:D:3:UN'UCI+2+NORTHWIND:ZZZ+NWCX:14+7'UNT+3+1'UNZ+1+72'`);
    const answered = () => services.database.kysely.selectFrom('interchange_answer').select(['state', 'kinds']).where('interchange_id', '=', sent[1]!.id).execute();
    expect(await eventually(answered, (rows) => rows.length === 1)).toEqual([{ state: 'ACCEPTED', kinds: ['CONTRL'] }]);
    expect((await at.interchanges('IN')).map((row) => row.answers_wanted)).toEqual([['CONTRL'], []]);
  });
});
