import { z } from 'zod';
import { verdictOfWriting, type AddressCheck, type PostalAddress } from '../../model/addresses.js';
import type { FreightAddress } from '../../model/commands.js';
import { postalAddress, type AddressChecking } from '../kit/booking/address-check.js';
import { withoutCode } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { clip } from '../kit/text.js';
import { UpsApi } from './api.js';
import type { UpsSettings } from './settings.js';

/** UPS knows the streets of these. */
const known = new Set(['US', 'PR']);
const mostCandidates = 10;

const text = z.string().nullish().catch(null);
const candidate = z.looseObject({ AddressKeyFormat: z.looseObject({ AddressLine: z.union([z.array(z.string()), z.string().transform((line) => [line])]).nullish().catch(null), PoliticalDivision2: text, PoliticalDivision1: text, PostcodePrimaryLow: text, PostcodeExtendedLow: text, CountryCode: text }) });
const answered = z.looseObject({
  XAVResponse: z.looseObject({
    ValidAddressIndicator: z.string().optional(), AmbiguousAddressIndicator: z.string().optional(), NoCandidatesIndicator: z.string().optional(), AddressClassification: z.looseObject({ Code: text }).nullish().catch(null),
    Candidate: z.union([z.array(z.unknown()), z.looseObject({}).transform((one) => [one as unknown])]).nullish().catch(null),
  }),
});

/**
 * UPS's Address Validation (street level), of the United States and Puerto Rico; of elsewhere UPS is not asked. An indicator
 * stands in the answer, empty, or does not. The wire format is that of UPS's published OpenAPI file (version v2).
 */
export const addresses: AddressChecking<UpsSettings> = {
  isDemanded: (settings) => settings.undeliverable === 'refuse',
  async check(access, address, timeoutMs) {
    if (!known.has(address.country)) return { ok: true, value: { verdict: 'UNKNOWN', address: null, candidates: [], isResidential: null, messages: ['UPS checks addresses in the United States and Puerto Rico alone.'] } };
    const opened = UpsApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    // 3: whether it is right, and who lives there.
    const answer = await opened.value.post('/api/addressvalidation/v2/3', { XAVRequest: { AddressKeyFormat: keyFormat(address) } });
    if (!answer.ok) return withoutCode(answer.error);
    const parsed = answered.safeParse(answer.value);
    return parsed.success ? { ok: true, value: checkOf(parsed.data.XAVResponse, address) } : failure('unparseable', 'UPS answered with something that says nothing of an address.', '');
  },
};

function keyFormat({ name, company, street, street2, city, region, postalCode, country }: FreightAddress) {
  const [code, extension] = (postalCode ?? '').split('-');
  return {
    ConsigneeName: clip(company ?? name ?? 'Receiver', 40), AddressLine: [street, street2 ?? ''].filter((line) => line !== '').map((line) => clip(line, 100)), PoliticalDivision2: clip(city, 30), CountryCode: country,
    ...(region === undefined ? {} : { PoliticalDivision1: region }), ...(code === undefined || code === '' ? {} : { PostcodePrimaryLow: code }), ...(extension === undefined ? {} : { PostcodeExtendedLow: extension }),
  };
}

function checkOf({ ValidAddressIndicator: valid, AmbiguousAddressIndicator: ambiguous, NoCandidatesIndicator: none, AddressClassification: of, Candidate: given }: z.infer<typeof answered>['XAVResponse'], asked: FreightAddress): AddressCheck {
  const candidates = (given ?? []).slice(0, mostCandidates).flatMap((each) => addressOf(each) ?? []);
  const [first] = candidates;
  const isResidential = of?.Code === '2' ? true : of?.Code === '1' ? false : null;
  if (valid !== undefined) return { verdict: first === undefined ? 'VALID' : verdictOfWriting(asked, first), address: first ?? null, candidates: [], isResidential, messages: [] };
  if (ambiguous !== undefined) return { verdict: 'AMBIGUOUS', address: null, candidates, isResidential, messages: ['UPS finds no exact match.'] };
  return { verdict: none !== undefined ? 'UNDELIVERABLE' : 'UNKNOWN', address: null, candidates: [], isResidential, messages: none !== undefined ? ['UPS finds no such address.'] : [] };
}

function addressOf(raw: unknown): PostalAddress | null {
  const parsed = candidate.safeParse(raw);
  if (!parsed.success) return null;
  const { AddressLine: lines, PoliticalDivision2: city, PoliticalDivision1: region, PostcodePrimaryLow: code, PostcodeExtendedLow: extension, CountryCode: country } = parsed.data.AddressKeyFormat;
  return postalAddress({ street: lines?.[0], street2: lines?.slice(1).join(', '), city, region, postalCode: code == null || extension == null || extension === '' ? code : `${code}-${extension}`, country });
}
