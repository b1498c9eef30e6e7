import { z } from 'zod';
import { verdictOfWriting, type AddressCheck, type PostalAddress } from '../../model/addresses.js';
import type { FreightAddress } from '../../model/commands.js';
import type { AddressChecking } from '../kit/booking/address-check.js';
import { withoutCode } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import { notFound } from './errors.js';
import type { DhlExpressSettings } from './settings.js';

const text = z.string().nullish().catch(null);
const place = z.looseObject({ countryCode: z.string().length(2), postalCode: text, cityName: text });
const answerOf = z.looseObject({ address: z.array(place).nullish(), warnings: z.array(z.string()).nullish().catch(null) });

const mostCandidates = 20;

/** Whether DHL Express delivers to a place, by its city and postal code: it does not look at the street. */
export const addresses: AddressChecking<DhlExpressSettings> = {
  isDemanded: (settings) => settings.undeliverable === 'refuse',
  async check(access, address, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    if (!opened.ok) return opened;
    const query = new URLSearchParams({ type: 'delivery', countryCode: address.country, cityName: clip(address.city, 45), ...(address.postalCode === undefined ? {} : { postalCode: address.postalCode }), strictValidation: 'false' });
    const answer = await opened.value.get(`/address-validate?${query.toString()}`);
    if (!answer.ok) return answer.error.code === notFound ? { ok: true, value: verdictOf(address, [], []) } : withoutCode(answer.error);
    const parsed = answerOf.safeParse(answer.value);
    if (!parsed.success || (parsed.data.address === undefined && parsed.data.warnings == null)) return failure('unparseable', 'DHL Express answered with something that is no check of an address.', '');
    return { ok: true, value: verdictOf(address, parsed.data.address ?? [], parsed.data.warnings ?? []) };
  },
};

function verdictOf(address: FreightAddress, places: ReadonlyArray<z.infer<typeof place>>, warnings: readonly string[]): AddressCheck {
  const { street, street2, city, region, postalCode, country } = address;
  const ours: PostalAddress = { street, city, country, ...(street2 === undefined ? {} : { street2 }), ...(region === undefined ? {} : { region }), ...(postalCode === undefined ? {} : { postalCode }) };
  const written = places.slice(0, mostCandidates).map((each): PostalAddress => ({ ...ours, city: each.cityName ?? city, country: each.countryCode, ...(each.postalCode == null || each.postalCode === '' ? {} : { postalCode: each.postalCode }) }));
  const messages = [...warnings.map((warning) => clip(warning, 300)), written.length === 0 ? 'DHL Express delivers to no such place.' : 'DHL Express looks at city and postal code alone.'];
  const base = { candidates: [], isResidential: null, messages };
  if (written.length === 0) return { ...base, verdict: 'UNDELIVERABLE', address: null };
  const same = written.find((each) => verdictOfWriting(ours, each) === 'VALID');
  if (same !== undefined) return { ...base, verdict: 'VALID', address: same };
  return written.length === 1 ? { ...base, verdict: 'CORRECTED', address: written[0]! } : { ...base, verdict: 'AMBIGUOUS', address: null, candidates: written };
}
