import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access } from '../../src/connectors/contract.js';
import { refusedAddress } from '../../src/connectors/kit/booking/address-check.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { verdictOfWriting, type AddressCheck } from '../../src/model/addresses.js';
import type { FreightAddress } from '../../src/model/commands.js';
import { resolved, token as fedexToken } from '../support/carriers/fedex-answers.js';
import { keySet } from '../support/carriers/shipengine.js';
import { addressed, refusal, token as upsToken } from '../support/carriers/ups-answers.js';
import { AnsweringServer, type Scripted } from './answering-server.js';

const server = new AnsweringServer();
let url: string;
beforeAll(async () => void (url = await server.listen()));
afterAll(() => server.close());

const asked: FreightAddress = { name: 'Ann Example', street: '388 Townsend St', street2: 'Apt 20', city: 'San Francisco', region: 'CA', postalCode: '94107', country: 'US' };
const json = (body: unknown, status = 200): Scripted => ({ status, body: JSON.stringify(body) });
const access = (): Access<Record<string, unknown>> => ({ connection: 'c', settings: { webhookSecret: keySet, url, accountNumber: 'X12345' }, secrets: { apiKey: ['the-key-of-it'], apiSecret: ['the-secret-of-it'] }, allowedNetworks: ['127.0.0.0/8'] });

async function check(connector: string, answer: Scripted, address = asked) {
  server.asked.length = 0;
  server.answer = ({ path }) => (path === '/security/v1/oauth/token' ? json(upsToken('the-token')) : path === '/oauth/token' ? json(fedexToken('the-token')) : answer);
  return connectorOf(connector)!.checkAddress!.check(access(), address, 10_000);
}

const easypost = (success: boolean | null, of: object = {}, errors: object[] = []): Scripted => json({ id: 'adr_1', street1: '388 TOWNSEND ST APT 20', street2: '', city: 'SAN FRANCISCO', state: 'CA', zip: '94107-1670', country: 'US', residential: true, ...of, verifications: success === null ? {} : { delivery: { success, errors, details: null } } }, 201);
const shippo = (isValid: boolean | null, of: object = {}): Scripted => json({ object_id: 'a', street1: '388 Townsend St', street2: 'Apt 20', city: 'San Francisco', state: 'CA', zip: '94107', country: 'US', is_residential: null, ...of, ...(isValid === null ? {} : { validation_results: { is_valid: isValid, messages: isValid ? [] : [{ source: 'USPS', text: 'Address not found' }] } }) }, 201);
const shipengine = (status: string, of: object | null = {}): Scripted => json([{ status, original_address: {}, matched_address: of === null ? null : { address_line1: '388 TOWNSEND ST', address_line2: 'APT 20', city_locality: 'SAN FRANCISCO', state_province: 'CA', postal_code: '94107-1670', country_code: 'US', address_residential_indicator: 'yes', ...of }, messages: status === 'verified' ? [] : [{ code: 'a1002', message: 'Could not match the inputted street name' }] }]);
const upsLines = { AddressLine: ['388 TOWNSEND ST', 'APT 20'], PoliticalDivision2: 'SAN FRANCISCO', PoliticalDivision1: 'CA', PostcodePrimaryLow: '94107', PostcodeExtendedLow: '1670' };
const fedex = (attributes: Record<string, string>, of: object = {}): Scripted => json(resolved({ streetLinesToken: ['388 TOWNSEND ST APT 20'], city: 'SAN FRANCISCO', stateOrProvinceCode: 'CA', postalCode: '94107-1670', countryCode: 'US', ...of }, attributes));

describe('an address', () => {
  it.each<[string, string, Scripted, Partial<AddressCheck>]>([
    ['easypost', 'is right', easypost(true), { verdict: 'VALID', isResidential: true, address: { street: '388 TOWNSEND ST APT 20', city: 'SAN FRANCISCO', region: 'CA', postalCode: '94107-1670', country: 'US' } }],
    ['easypost', 'is corrected', easypost(true, { zip: '94109-0001' }), { verdict: 'CORRECTED' }],
    ['easypost', 'does not exist', easypost(false, {}, [{ code: 'E.ADDRESS.NOT_FOUND', message: 'Address not found', suggestion: null }]), { verdict: 'UNDELIVERABLE', address: null, messages: ['Address not found'] }],
    ['easypost', 'lacks an apartment', easypost(false, {}, [{ code: 'E.SECONDARY_INFORMATION.MISSING', message: 'Missing secondary information(Apt/Suite#)' }]), { verdict: 'AMBIGUOUS' }],
    ['easypost', 'was not checked', easypost(null), { verdict: 'UNKNOWN', address: null }],
    ['shippo', 'is right', shippo(true), { verdict: 'VALID', isResidential: null }], ['shippo', 'is corrected', shippo(true, { city: 'Oakland', is_residential: false }), { verdict: 'CORRECTED', isResidential: false }],
    ['shippo', 'does not exist', shippo(false), { verdict: 'UNDELIVERABLE', address: null, messages: ['USPS: Address not found'] }], ['shippo', 'was not checked', shippo(null), { verdict: 'UNKNOWN' }],
    ['shipengine', 'is right', shipengine('verified'), { verdict: 'VALID', isResidential: true }], ['shipengine', 'is corrected', shipengine('verified', { address_line1: '390 TOWNSEND ST' }), { verdict: 'CORRECTED' }],
    ['shipengine', 'is doubtful', shipengine('warning'), { verdict: 'AMBIGUOUS' }], ['shipengine', 'does not exist', shipengine('error', null), { verdict: 'UNDELIVERABLE', messages: ['Could not match the inputted street name'] }],
    ['shipengine', 'was not checked', shipengine('unverified', null), { verdict: 'UNKNOWN' }],
    ['ups', 'is right', json(addressed('Valid', [upsLines])), { verdict: 'VALID', isResidential: true, address: { street: '388 TOWNSEND ST', street2: 'APT 20', city: 'SAN FRANCISCO', region: 'CA', postalCode: '94107-1670', country: 'US' } }],
    ['ups', 'is corrected', json(addressed('Valid', [{ ...upsLines, PostcodePrimaryLow: '94109' }])), { verdict: 'CORRECTED' }],
    ['ups', 'may be one of several', json(addressed('Ambiguous', [upsLines, { ...upsLines, AddressLine: ['388 TOWNSEND AVE'] }])), { verdict: 'AMBIGUOUS', address: null, candidates: [expect.objectContaining({ street: '388 TOWNSEND ST' }), expect.objectContaining({ street: '388 TOWNSEND AVE' })] }],
    ['ups', 'does not exist', json(addressed('NoCandidates')), { verdict: 'UNDELIVERABLE' }],
    ['fedex', 'is right', fedex({ Resolved: 'true', DPV: 'true' }), { verdict: 'VALID', isResidential: false }], ['fedex', 'is corrected', fedex({ Resolved: 'true', DPV: 'true' }, { postalCode: '94109-1670' }), { verdict: 'CORRECTED' }],
    ['fedex', 'lacks a suite', fedex({ Resolved: 'true', DPV: 'false', SuiteRequiredButMissing: 'true' }), { verdict: 'AMBIGUOUS', candidates: [expect.objectContaining({ city: 'SAN FRANCISCO' })] }],
    ['fedex', 'does not exist', fedex({ Resolved: 'false', DPV: 'false' }), { verdict: 'UNDELIVERABLE', address: null }], ['fedex', 'is of a country that it does not know', fedex({ CountrySupported: 'false' }), { verdict: 'UNKNOWN' }],
  ])('at %s that %s is told so', async (connector, _what, answer, expected) => {
    const outcome = await check(connector, answer);
    if (!outcome.ok) throw new Error(outcome.error.message);
    expect(outcome.value).toMatchObject(expected);
  });

  it.each(['easypost', 'shippo', 'shipengine', 'ups', 'fedex'])('at %s is not told of where the answer is none, or a refusal', async (connector) => {
    expect(await check(connector, { status: 200, body: '[]' })).toMatchObject({ ok: false, error: { kind: 'unparseable' } });
    expect(await check(connector, json(refusal('1', 'No.'), 400))).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    expect(await check(connector, { status: 503 })).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
  });

  it('outside of the United States is not asked about at UPS, and at FedEx not held to be wrong where it is not resolved', async () => {
    const abroad: FreightAddress = { street: 'Hauptstraße 1', city: 'Köln', postalCode: '50667', country: 'DE' };
    expect(await check('ups', json({}), abroad)).toMatchObject({ ok: true, value: { verdict: 'UNKNOWN' } });
    expect(server.asked).toEqual([]);
    expect(await check('fedex', fedex({ Resolved: 'false' }), abroad)).toMatchObject({ ok: true, value: { verdict: 'UNKNOWN' } });
  });

  it('is the same in other letters, with a longer postal code, and without accents and points; not in another street', () => {
    const plain = { street: 'Hauptstraße 1', city: 'Köln', postalCode: '50667', country: 'DE' };
    expect(verdictOfWriting(plain, { ...plain, street: 'HAUPTSTRAßE 1', city: 'KOLN' })).toBe('VALID');
    expect(verdictOfWriting(asked, { ...asked, street: '388 Townsend St., Apt. 20', street2: '', postalCode: '94107-1670' })).toBe('VALID');
    expect(verdictOfWriting(asked, { ...asked, street: '380 Townsend St' })).toBe('CORRECTED');
    expect(verdictOfWriting(asked, { ...asked, postalCode: '94109' })).toBe('CORRECTED');
  });
});

describe('a booking that waits for what is said of its address', () => {
  const checking = (verdict: AddressCheck['verdict'] | 'silent' | 'forbidden', isDemanded = true) => ({
    isDemanded: () => isDemanded,
    check: async () => (verdict === 'silent' || verdict === 'forbidden' ? { ok: false as const, error: { kind: verdict === 'silent' ? ('unavailable' as const) : ('invalid' as const), message: 'No.', raw: '' } } : { ok: true as const, value: { verdict, address: null, candidates: [], isResidential: null, messages: ['Nobody lives there.'] } }),
  });
  it.each([['VALID', null], ['CORRECTED', null], ['AMBIGUOUS', null], ['UNKNOWN', null], ['forbidden', null], ['UNDELIVERABLE', 'invalid'], ['silent', 'unavailable']] as const)('is refused, or waits, by the verdict %s: %s', async (verdict, kind) => {
    const refusalOf = await refusedAddress(checking(verdict), access(), asked, 1_000);
    expect(refusalOf?.error.kind ?? null).toBe(kind);
    expect(await refusedAddress(checking(verdict, false), access(), asked, 1_000)).toBeNull();
  });
});
