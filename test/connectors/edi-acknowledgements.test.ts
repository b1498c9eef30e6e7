import { describe, expect, it } from 'vitest';
import { controlMessage } from '../../src/connectors/edifact/acknowledgement.js';
import { commandHeader } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { acknowledge } from '../../src/connectors/x12/acknowledgement.js';
import { profileSchema } from '../../src/connectors/x12/profile.js';
import { prepareInterchange } from '../../src/connectors/x12/writing.js';
import type { InterchangeRecord } from '../../src/model/edi.js';
import { interchangeOf, partner, us } from '../support/edi.js';
import { raw } from './raw.js';

const status = 'B10*PRO1*BOL1*NWCX~LX*1~AT7*D1*NS***20260306*1005*ET~';
const of = (connector: string, text: string, settings: object): { records: InterchangeRecord[]; anomalies: string[] } => {
  const { facts, anomalies } = connectorOf(connector)!.receive!.decode(raw(text), settings as never);
  return { records: facts.flatMap((fact) => (fact.type === 'interchange.reported' ? [fact.payload] : [])), anomalies: anomalies.map(({ kind }) => kind) };
};
const x12 = (text: string, answers: string[]) => of('x12', text, { profile: { us, partner, acknowledge: answers } });
const segmentsOf = (record: InterchangeRecord) => acknowledge(record).sets.flatMap(({ segments }) => segments.map((segment) => segment.join('*')));

describe('a file of very many groups', () => {
  it('is kept as a record of bounded size, in which what is faulty stands first', () => {
    const sets = (count: number) => Array.from({ length: count }, (_, index) => `ST*${index === count - 1 ? '999999' : '214'}*${index}~B10*P${index}**NWCX~LX*1~AT7*D1*NS***20260306*1005*ET~SE*5*${index}~`).join('');
    const groups = (count: number, each: number) => `${interchangeOf([]).split('GS*')[0]!}${Array.from({ length: count }, (_, index) => `GS*QM*A*B*20260306*1410*${index + 1}*X*004010~${sets(each)}GE*${each}*${index + 1}~`).join('')}IEA*${count}*000000071~`;
    const { records: [record] } = x12(groups(400, 12), ['997']);
    expect(record!.groups.map(({ count, accepted, sets: listed }) => [count, accepted, listed.length, listed[0]!.state])).toEqual(Array.from({ length: 400 }, () => [12, 11, 5, 'REJECTED']));
    expect(() => x12(groups(1_001, 1), [])).toThrow('more than 1000 functional groups');
    expect(() => of('edifact', `UNB+UNOC:3+THEM+US+260306:1410+71'${"UNG+IFTSTA+THEM+US+260306:1410+1+UN+D:01B'UNE+0+1'".repeat(1_001)}UNZ+1001+71'`, {})).toThrow('more than 1000 groups');
  });
});

describe('a profile', () => {
  it.each([['us', { id: 'A*B' }], ['partner', { id: 'A>B' }], ['us', { id: 'A', group: 'A~B' }]])('in which an identifier of %s holds a separator is refused', (who, ids) => {
    const parties = { us, partner, [who]: { qualifier: 'ZZ', ...ids } };
    expect(() => profileSchema.parse(parties)).toThrow('which is a separator');
    expect(profileSchema.parse({ ...parties, separators: { element: '|', segment: '\n', component: '<' } })).toBeDefined();
  });
});

describe('X12', () => {
  it('a test where production was agreed is rejected: by TA1 alone, or by a 997 that takes none of it', () => {
    const test = interchangeOf([{ type: '214', body: status }], { usage: 'T' });
    const byBoth = x12(test, ['TA1', '997']).records[0]!;
    expect(byBoth).toMatchObject({ state: 'REJECTED', acknowledge: ['TA1'], groups: [{ state: 'REJECTED', accepted: 0, sets: [{ state: 'REJECTED' }] }] });
    expect(acknowledge(byBoth).ta1[0]!.slice(4)).toEqual(['R', '020']);
    const by997 = x12(test, ['997']).records[0]!;
    expect(by997.acknowledge).toEqual(['997']);
    expect(segmentsOf(by997)).toEqual(['AK1*QM*71', 'AK2*214*0001', 'AK5*R', 'AK9*R*1*1*0']);
  });
  it('no 997 takes what a TA1 rejects because it ends too early', () => {
    const whole = interchangeOf([{ type: '214', body: status }]);
    expect(x12(whole.slice(0, whole.indexOf('GE*')), ['TA1', '997']).records[0]).toMatchObject({ state: 'REJECTED', acknowledge: ['TA1'] });
  });
  it('sets outside of any group are read, and the TA1 says so, for no 997 can name their group', () => {
    const without = interchangeOf([{ type: '214', body: status }]).replace(/GS\*[^~]*~/, '').replace(/GE\*[^~]*~/, '').replace('IEA*1*', 'IEA*0*');
    const { records: [record], anomalies } = x12(without, ['TA1', '997']);
    expect(anomalies).toContain('GROUP_MISSING');
    expect(record).toMatchObject({ state: 'ACCEPTED_WITH_ERRORS', acknowledge: ['TA1'] });
    expect(acknowledge(record!).ta1[0]!.slice(4)).toEqual(['E', '022']);
    expect(x12(without, ['997']).records[0]!.acknowledge).toEqual([]);
  });
  it.each(['997', '999'])('a %s is never acknowledged, whatever GS01 calls its group', (type) => {
    expect(x12(interchangeOf([{ type, body: 'AK1*QM*1~AK9*A*1*1*1~' }], { functionalId: 'QM', wantsTa1: true }), ['TA1', '997']).records[0]!.acknowledge).toEqual([]);
  });
  it('is one interchange, whatever blanks follow it in its file', () => {
    const one = interchangeOf([{ type: '214', body: status }]);
    const hashes = [one, `${one}\r\n`, `${one}\n\n${one}`].map((text) => x12(text, []).records.map(({ sha256 }) => sha256));
    expect(hashes).toEqual([hashes[0], hashes[0], hashes[0]]);
  });
  it('an answer asks for no answer', () => {
    const profile = profileSchema.parse({ us, partner, expect: ['TA1', '997'] });
    const isa14 = (outgoing: Parameters<typeof prepareInterchange>[1]) => Buffer.from(prepareInterchange(profile, outgoing, Date.UTC(2026, 2, 6), 'UTC').write([1, 1, 1]).bytes).toString().split('*')[14];
    expect(isa14({ ta1: [['TA1', '000000001']], sets: [] })).toBe('0');
    expect(isa14({ ta1: [], sets: [{ type: '997', functionalId: 'FA', segments: [['AK9', 'A']] }] })).toBe('0');
    expect(isa14({ ta1: [], sets: [{ type: '214', functionalId: 'QM', segments: [['LX', '1']] }] })).toBe('1');
  });
  it('what comes from another than the partner is read, told with both names, and not answered to the partner', () => {
    const { facts, anomalies } = connectorOf('x12')!.receive!.decode(raw(interchangeOf([{ type: '214', body: status }]).replace('02*NWCX ', '02*OTHR ')), { profile: { us, partner, acknowledge: ['TA1', '997'] } } as never);
    expect(anomalies).toMatchObject([{ kind: 'SENDER_UNEXPECTED', severity: 'MEDIUM', message: expect.stringMatching(/02:OTHR.*02:NWCX/) }]);
    expect(facts).toMatchObject([{ type: 'milestone.reported' }, { type: 'interchange.reported', payload: { sender: '02:OTHR', state: 'ACCEPTED_WITH_ERRORS', acknowledge: [], faults: [{ code: '006' }] } }]);
  });
  it('what the partner sends to another than us is read and told, to people and in the TA1', () => {
    const { records: [record], anomalies } = x12(interchangeOf([{ type: '214', body: status }]).replace('ZZ*NORTHWIND ', 'ZZ*SOUTHWIND '), ['TA1', '997']);
    expect([anomalies, record!.acknowledge]).toEqual([['SENDER_UNEXPECTED'], ['TA1', '997']]);
    expect(acknowledge(record!).ta1[0]!.slice(4)).toEqual(['E', '008']);
  });
  it('what we sent ourselves is from no stranger', () => {
    const sent = interchangeOf([{ type: '214', body: status }]).replace('*02*NWCX           *ZZ*NORTHWIND      *', '*ZZ*NORTHWIND      *02*NWCX           *');
    const decode = (headers: Record<string, string>) => connectorOf('x12')!.receive!.decode({ ...raw(sent), headers }, { profile: { us, partner } } as never).anomalies.map(({ kind }) => kind);
    expect([decode({ [commandHeader]: 'c1' }), decode({})]).toEqual([[], ['SENDER_UNEXPECTED']]);
  });
  it.each([
    ['nothing names', 'LX*1~AT7*D1*NS***20260306*1005*ET~', 'NO_REFERENCE'],
    ['has an impossible date', 'B10*PRO1*BOL1*NWCX~LX*1~AT7*D1*NS***20261399*1005*ET~', 'TIME_INVALID'],
    ['has no status', 'B10*PRO1*BOL1*NWCX~', 'NOTHING_READ'],
    ['holds no segment of its kind', 'XX*1~', 'NOTHING_READ'],
  ])('a 214 that %s gives nothing: it is told and rejected, and its sibling is taken', (_, body, kind) => {
    const { records: [record], anomalies } = x12(interchangeOf([{ type: '214', body }, { type: '214', body: status }]), ['997']);
    expect(anomalies).toEqual([kind]);
    expect(record!.groups[0]!.sets[0]!.faults).toEqual([{ level: 'SET', code: '5', text: `Nothing of it was taken: ${kind}.` }]);
    expect(segmentsOf(record!)).toEqual(['AK1*QM*71', 'AK2*214*0001', 'AK5*R*5', 'AK2*214*0002', 'AK5*A', 'AK9*P*2*2*1']);
  });
  it('a 214 of which something was taken and something left out is accepted with errors', () => {
    const { records: [record], anomalies } = x12(interchangeOf([{ type: '214', body: `${status}AT7*X1*NS***20261399*1005*ET~AT7*X3*NS***20261398*1005*ET~` }]), ['997']);
    expect(anomalies).toEqual(['TIME_INVALID', 'TIME_INVALID']);
    expect(record!.groups[0]!.sets[0]!.faults).toEqual([{ level: 'SET', code: '5', text: 'Not all of it was taken: TIME_INVALID, 2 times.' }]);
    expect(segmentsOf(record!)).toEqual(['AK1*QM*71', 'AK2*214*0001', 'AK5*E*5', 'AK9*E*1*1*1']);
  });
  it('a 214 that says again what its sibling said is accepted, and so is an acceptance under conditions', () => {
    expect(segmentsOf(x12(interchangeOf([{ type: '214', body: status }, { type: '214', body: status }, { type: '990', body: 'B1*NWCX*L1*20260306*C~' }]), ['997']).records[0]!).filter((segment) => segment.startsWith('AK5'))).toEqual(['AK5*A', 'AK5*A', 'AK5*A']);
  });
  it.each(['204', '944', '945', '947', '846', '990'])('a %s of which nothing can be taken is rejected', (type) => {
    expect(x12(interchangeOf([{ type, body: 'XX*1~' }]), ['997']).records[0]).toMatchObject({ state: 'REJECTED', groups: [{ accepted: 0, sets: [{ state: 'REJECTED', faults: [{ code: '5' }] }] }] });
  });
  it('more segments than are read are refused before they are taken apart', () => {
    expect(() => x12(interchangeOf([{ type: '214', body: 'LX*1~'.repeat(200_001) }]), [])).toThrow('more than 200000 segments');
  });
});

describe('EDIFACT', () => {
  const profile = { us: { id: 'US' }, partner: { id: 'THEM' }, acknowledge: true };

  it('names what an interchange is rejected for before what was only noted', () => {
    const test = "UNB+UNOC:3+THEM+US+260306:1410+71++++++1'UNH+1+IFTSTA:D:01B:UN'BGM+23'UNT+3+1'UNZ+1+72'";
    const { records: [record] } = of('edifact', test, { profile });
    expect(record).toMatchObject({ state: 'REJECTED', faults: [{ code: '28' }, { code: '25' }], groups: [{ state: 'REJECTED', accepted: 0 }] });
    expect(controlMessage(record!).segments).toEqual([[['UCI'], ['71'], ['THEM'], ['US'], ['4'], ['25']]]);
  });
  it('from another than the partner is read, told with both names, and not answered; a qualifier that was not agreed is any', () => {
    const text = (sender: string) => `UNB+UNOC:3+${sender}+US+260306:1410+71'UNH+1+IFTSTA:D:01B:UN'BGM+23'CNI+1+C1'STS+1+21'DTM+334:202603061005:203'UNT+6+1'UNZ+1+71'`;
    expect(of('edifact', text('OTHERS:14'), { profile })).toMatchObject({ anomalies: ['SENDER_UNEXPECTED'], records: [{ acknowledge: [], faults: [{ code: '23', text: 'Its sender is 14:OTHERS; the partner of this connection is THEM.' }], groups: [{ accepted: 1 }] }] });
    expect(of('edifact', text('THEM:14'), { profile })).toMatchObject({ anomalies: [], records: [{ acknowledge: ['CONTRL'], faults: [] }] });
  });
  it('a message of which nothing was taken is told and rejected, and one of which something was left out says so', () => {
    const report = "BGM+23'CNI+1+C1'STS+1+21'DTM+334:202603061005:203'";
    const text = `UNB+UNOC:3+THEM+US+260306:1410+71'UNH+1+IFTSTA:D:01B:UN'BGM+23'UNT+3+1'UNH+2+IFTSTA:D:01B:UN'${report}STS+1+13'DTM+334:202613991005:203'UNT+8+2'UNZ+2+71'`;
    const { records: [record], anomalies } = of('edifact', text, { profile });
    expect(anomalies).toEqual(['NOTHING_READ', 'TIME_INVALID']);
    expect(controlMessage(record!).segments.slice(1)).toEqual([[['UCM'], ['1'], ['IFTSTA', 'D', '01B', 'UN'], ['4'], ['18']], [['UCM'], ['2'], ['IFTSTA', 'D', '01B', 'UN'], ['7'], ['18']]]);
  });
  it('of messages in groups names the group before its own faulty messages, and leaves out groups without faults', () => {
    const good = "UNH+1+IFTSTA:D:01B:UN'BGM+23'CNI+1+C1'STS+1+21'DTM+334:202603061005:203'UNT+6+1'";
    const group = (control: string, messages: string, count: number) => `UNG+IFTSTA+THEM+US+260306:1410+${control}+UN+D:01B'${messages}UNE+${count}+${control}'`;
    const text = `UNB+UNOC:3+THEM+US+260306:1410+71'${group('1', good, 1)}${group('2', good, 2)}${group('3', `${good}UNH+2+INVOIC:D:01B:UN'BGM+1'UNT+3+2'`, 2)}UNZ+3+71'`;
    const { records: [record] } = of('edifact', text, { profile });
    const { segments } = controlMessage(record!);
    expect(segments).toEqual([[['UCI'], ['71'], ['THEM'], ['US'], ['7']], [['UCF'], ['2'], ['THEM'], ['US'], ['7'], ['29']], [['UCF'], ['3'], ['THEM'], ['US'], ['7']], [['UCM'], ['2'], ['INVOIC', 'D', '01B', 'UN'], ['4'], ['14']]]);
    const answered = `UNB+UNOC:3+THEM+US+260306:1410+72'UNH+1+CONTRL:D:3:UN'${segments.map((segment) => `${segment.map((element) => element.join(':')).join('+')}'`).join('')}UNT+6+1'UNZ+1+72'`;
    expect(of('edifact', answered, { profile }).records[0]!.verdicts).toMatchObject([{ kind: 'CONTRL', control: '71', state: 'PARTIALLY_ACCEPTED', faults: [{ level: 'GROUP', code: '29' }, { level: 'SET', code: '14' }] }]);
  });
  it('more segments than are read are refused before they are taken apart', () => {
    expect(() => of('edifact', `UNB+UNOC:3+THEM+US+260306:1410+71'${"A'".repeat(200_001)}`, {})).toThrow('more than 200000 segments');
  });
});
