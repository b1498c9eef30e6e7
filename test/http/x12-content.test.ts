import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServer, type TestServer } from '../support/databases.js';
import { accepted, addConnections, exceptionsOf, expectProblem, expectServing, postX12 } from '../support/partners.js';

interface Parts {
  isa?: string;
  se?: string;
  ge?: string;
  iea?: string;
  status?: string;
  order?: string;
}

const header = 'ISA*00*          *00*          *02*NWCX           *ZZ*NORTHWIND      *260306*1410*U*00401*000000071*0*P*>~';

function interchange({ isa = header, se = '7', ge = '1*71', iea = '1*000000071', status = 'D1*NS***20260306*1005*ET', order = `DO${uuidv7()}` }: Parts = {}): string {
  return `${isa}GS*QM*NWCX*NORTHWIND*20260306*1410*71*X*004010~ST*214*0001~B10*P${uuidv7()}**NWCX~LX*1~AT7*${status}~L11*${order}*DO~SE*${se}*0001~GE*${ge}~IEA*${iea}~`;
}

describeOnEachDatabase('an X12 interchange', (kind) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer(kind);
    await addConnections(server);
  });
  afterAll(() => server?.remove());

  const take = async (bytes: string | Uint8Array) => {
    const row = await accepted(server, await postX12(server, bytes), bytes);
    const exceptions = await exceptionsOf(server, row.id);
    const milestones = await server.database.kysely.selectFrom('milestone').selectAll().where('raw_id', '=', row.id).execute();
    await expectServing(server);
    return { row, kinds: exceptions.map((exception) => exception.kind), milestones };
  };

  it('without a fault gives its milestone and no exception but that nothing matches', async () => {
    const { row, kinds, milestones } = await take(interchange({ se: '6' }));
    expect(row.state).toBe('DECODED');
    expect(kinds).toEqual(['UNMATCHED']);
    expect(milestones.map((milestone) => [milestone.code, milestone.occurred_at])).toEqual([['DELIVERED', '2026-03-06T15:05:00.000Z']]);
  });

  it.each<[string, () => string | Uint8Array, string]>([
    ['a byte order mark', () => `\uFEFF${interchange({ se: '6' })}`, 'BYTE_ORDER_MARK'],
    ['an ISA that is too short', () => interchange({ se: '6', isa: header.replace('NORTHWIND      ', 'NORTHWIND') }), 'ISA_LENGTH'],
    ['a wrong count in SE', () => interchange({ se: '99' }), 'COUNT_MISMATCH'],
    ['a count in SE that is no number', () => interchange({ se: 'six' }), 'COUNT_MISMATCH'],
    ['a wrong count in GE', () => interchange({ se: '6', ge: '5*71' }), 'COUNT_MISMATCH'],
    ['a wrong control number in GE', () => interchange({ se: '6', ge: '1*72' }), 'CONTROL_NUMBER_MISMATCH'],
    ['a wrong count in IEA', () => interchange({ se: '6', iea: '9*000000071' }), 'COUNT_MISMATCH'],
    ['a wrong control number in IEA', () => interchange({ se: '6', iea: '1*000000072' }), 'CONTROL_NUMBER_MISMATCH'],
    ['no GE and no IEA', () => interchange({ se: '6' }).replace(/GE\*.*$/, ''), 'TRUNCATED'],
    ['something behind its IEA', () => `${interchange({ se: '6' })}XX*1~`, 'TRAILING_DATA'],
    ['something before its ISA', () => `hello\n${interchange({ se: '6' })}`, 'LEADING_DATA'],
    ['a NUL in a place name', () => interchange({ se: '7' }).replace('~L11', '~MS1*BALTI\0MORE*MD*US~L11'), 'TEXT_REPAIRED'],
    ['bytes that are no UTF-8', () => Buffer.from(interchange({ se: '7' }).replace('~L11', '~MS1*K\u00d6LN**DE~L11'), 'latin1'), 'UNMATCHED'],
  ])('with %s is read all the same, and the fault is an exception', async (_what, make, expected) => {
    const { row, kinds, milestones } = await take(make());
    expect(row.state).toBe('DECODED');
    expect(kinds).toContain(expected);
    expect(milestones.map((milestone) => milestone.code)).toEqual(['DELIVERED']);
  });

  it('with an unknown status keeps it as INFO and says so', async () => {
    const { kinds, milestones } = await take(interchange({ se: '6', status: 'QQ*NS***20260306*1005*ET' }));
    expect(kinds).toContain('UNKNOWN_CODE');
    expect(milestones).toMatchObject([{ code: 'INFO', raw_code: 'QQ' }]);
  });

  it.each(['D1*NS***00000000*1005*ET', 'D1*NS***20261399*1005*ET', 'D1*NS***19700101*0000*ET', 'D1*NS***20260306*9999*ET', 'D1*NS***99991231*1005*ET'])('with the implausible time in %s leaves the status out and says so', async (status) => {
    const { kinds, milestones } = await take(interchange({ se: '6', status }));
    expect(kinds).toContain('TIME_INVALID');
    expect(milestones).toEqual([]);
  });

  it.each<[string, () => string | Uint8Array]>([
    ['empty', () => ''],
    ['blank', () => '\r\n\r\n'],
    ['an EDIFACT interchange', () => "UNA:+.? 'UNB+UNOC:3+SENDER+RECEIVER+260306:1410+1'UNH+1+IFTSTA:D:01B:UN'BGM+77+1'UNT+3+1'UNZ+1+1'"],
    ['JSON', () => '{"ISA": "00"}'],
    ['cut off within its ISA', () => header.slice(0, 60)],
    ['only an ISA', () => header],
    ['UTF-16', () => Buffer.from(`\uFEFF${interchange()}`, 'utf16le')],
    ['binary', () => Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256))],
  ])('that is %s is kept and either quarantined or excepted', async (_what, make) => {
    const { row, kinds, milestones } = await take(make());
    expect(milestones).toEqual([]);
    expect(kinds.length).toBeGreaterThan(0);
    if (row.state === 'QUARANTINED') expect(kinds).toEqual(['QUARANTINED']);
  });

  it('cut off at any of its places is kept, excepted and never fatal', async () => {
    const whole = interchange({ se: '6' });
    for (let cut = 1; cut < whole.length - 2; cut += Math.ceil(whole.length / 25)) {
      const { row, kinds } = await take(whole.slice(0, cut));
      expect(kinds.filter((found) => found !== 'UNMATCHED').length).toBeGreaterThan(0);
      expect(['DECODED', 'QUARANTINED']).toContain(row.state);
    }
  });

  it('with another content type gets 415', async () => expectProblem(await postX12(server, interchange(), { 'content-type': 'application/xml' }), 415, 'UNSUPPORTED_TYPE'));

  it('is taken under its registered type in its own spelling', async () => {
    expect((await postX12(server, interchange(), { 'content-type': 'application/EDI-X12; charset=us-ascii' })).status).toBe(202);
  });

  it('is taken with the token in x-gatehouse-token, and refused with an empty one', async () => {
    expect((await postX12(server, interchange(), { authorization: '', 'x-gatehouse-token': 'token-of-the-partner' })).status).toBe(202);
    expectProblem(await postX12(server, interchange(), { authorization: 'Bearer ' }), 401, 'SIGNATURE_INVALID');
    expectProblem(await postX12(server, interchange(), { authorization: 'Basic dG9rZW4tb2YtdGhlLXBhcnRuZXI=' }), 401, 'SIGNATURE_INVALID');
  });
});
