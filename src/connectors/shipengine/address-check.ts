import { verdictOfWriting, type AddressVerdict } from '../../model/addresses.js';
import type { CarrierApi } from '../kit/booking/api.js';
import { postalAddress, type AddressChecking } from '../kit/booking/address-check.js';
import type { PackageToBook } from '../kit/booking/carrier.js';
import { withoutCode, type CarrierOutcome } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import { addressChecks } from './payloads.js';
import { address } from './requests.js';
import type { ShipEngineSettings } from './settings.js';

/** ShipEngine's words of a checked address. `warning`: it was checked, and something is missing or was changed. */
const verdicts: Readonly<Record<string, AddressVerdict>> = { verified: 'VALID', warning: 'AMBIGUOUS', error: 'UNDELIVERABLE', unverified: 'UNKNOWN' };

/** ShipEngine's validation of addresses, as its OpenAPI description has it. */
export const addresses: AddressChecking<ShipEngineSettings> = {
  isDemanded: (settings) => settings.undeliverable === 'refuse',
  async check(access, of, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    if (!opened.ok) return opened;
    const answer = await opened.value.post('/v1/addresses/validate', [address(of)]);
    if (!answer.ok) return withoutCode(answer.error);
    const check = addressChecks.safeParse(answer.value).data?.[0];
    if (check?.status == null) return failure('unparseable', 'ShipEngine answered with something that says nothing of an address.', '');
    const { address_line1: street, address_line2: street2, city_locality: city, state_province: region, postal_code: postalCode, country_code: country, address_residential_indicator: residential } = check.matched_address ?? {};
    const written = check.matched_address == null ? null : postalAddress({ street, street2, city, region, postalCode, country });
    const verdict = rowOf(verdicts, check.status) ?? 'UNKNOWN';
    return {
      ok: true,
      value: {
        verdict: verdict === 'VALID' && written !== null ? verdictOfWriting(of, written) : verdict, address: verdict === 'UNDELIVERABLE' ? null : written, candidates: [],
        isResidential: residential === 'yes' ? true : residential === 'no' ? false : null, messages: (check.messages ?? []).flatMap((each) => (each.message == null || each.message === '' ? [] : [clip(each.message, 300)])),
      },
    };
  },
};

/** A refusal with what ShipEngine says of the address it goes to: a wrong one is the commonest reason, and carriers say so in many words. */
export async function withAddressCheck<T>(api: CarrierApi, { request }: Pick<PackageToBook, 'request'>, outcome: CarrierOutcome<T>): Promise<CarrierOutcome<T>> {
  if (outcome.ok || outcome.error.kind !== 'invalid') return outcome;
  const answer = await api.post('/v1/addresses/validate', [address(request.to)]);
  // The check explains; that it failed changes nothing in what is explained.
  const check = answer.ok ? addressChecks.safeParse(answer.value).data?.[0] : undefined;
  if (check === undefined || check.status == null || check.status === 'verified') return outcome;
  const words = (check.messages ?? []).map((each) => each.message).filter((text) => text != null && text !== '').join(' ');
  return { ok: false, error: { ...outcome.error, message: clip(`${outcome.error.message} The address it goes to is ${check.status}. ${words}`.trim(), 700) } };
}
