import { verdictOfWriting } from '../../model/addresses.js';
import type { CarrierApi } from '../kit/booking/api.js';
import { postalAddress, type AddressChecking } from '../kit/booking/address-check.js';
import type { PackageToBook } from '../kit/booking/carrier.js';
import { withoutCode, type CarrierOutcome } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import { checkedAddress, wordsOf } from './payloads.js';
import { address } from './requests.js';
import type { ShippoSettings } from './settings.js';

/** Shippo's validation of addresses: what it could not check has no results. Messages beside a valid address say what was corrected. */
export const addresses: AddressChecking<ShippoSettings> = {
  isDemanded: (settings) => settings.undeliverable === 'refuse',
  async check(access, of, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    if (!opened.ok) return opened;
    const answer = await opened.value.post('/addresses/', { ...address(of), validate: true });
    if (!answer.ok) return withoutCode(answer.error);
    const parsed = checkedAddress.safeParse(answer.value);
    if (!parsed.success) return failure('unparseable', 'Shippo answered with something that is no address.', '');
    const { street1, street2, city, state, zip, country, is_residential: isResidential, validation_results: results } = parsed.data;
    const written = postalAddress({ street: street1, street2, city, region: state, postalCode: zip, country });
    const isValid = results?.is_valid ?? null;
    const words = wordsOf(results?.messages);
    return {
      ok: true,
      value: {
        verdict: isValid === null ? 'UNKNOWN' : !isValid ? 'UNDELIVERABLE' : written === null ? 'VALID' : verdictOfWriting(of, written),
        address: isValid === true ? written : null, candidates: [], isResidential: isResidential ?? null, messages: words === '' ? [] : [clip(words, 500)],
      },
    };
  },
};

/** A refusal with what Shippo says of the address it goes to: a wrong one is the commonest reason, and carriers say so in many words. */
export async function withAddressCheck<T>(api: CarrierApi, { request }: Pick<PackageToBook, 'request'>, outcome: CarrierOutcome<T>): Promise<CarrierOutcome<T>> {
  if (outcome.ok || outcome.error.kind !== 'invalid') return outcome;
  const answer = await api.post('/addresses/', { ...address(request.to), validate: true });
  // The check explains; that it failed changes nothing in what is explained.
  const results = answer.ok ? checkedAddress.safeParse(answer.value).data?.validation_results : undefined;
  if (results == null || results.is_valid !== false) return outcome;
  return { ok: false, error: { ...outcome.error, message: clip(`${outcome.error.message} The address it goes to is not valid. ${wordsOf(results.messages)}`.trim(), 700) } };
}
