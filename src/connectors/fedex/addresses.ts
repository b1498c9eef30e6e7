import { z } from 'zod';
import { verdictOfWriting, type AddressVerdict, type PostalAddress } from '../../model/addresses.js';
import type { FreightAddress } from '../../model/commands.js';
import { postalAddress, type AddressChecking } from '../kit/booking/address-check.js';
import { withoutCode } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { clip } from '../kit/text.js';
import { FedexApi } from './api.js';
import { address as bodyOf } from './requests.js';
import type { FedexSettings } from './settings.js';

const text = z.string().nullish().catch(null);
/** FedEx writes its attributes as texts: `"Resolved": "true"`. */
const flag = z.union([z.boolean(), z.string().transform((word) => word.toLowerCase() === 'true')]).optional().catch(undefined);
const resolved = z.looseObject({
  streetLinesToken: z.array(z.string()).nullish().catch(null), city: text, stateOrProvinceCode: text, postalCode: text, countryCode: text, classification: text,
  attributes: z.looseObject({ CountrySupported: flag, Resolved: flag, DPV: flag, MultipleMatches: flag, SuiteRequiredButMissing: flag, InvalidSuiteNumber: flag }).nullish().catch(null),
  customerMessages: z.array(z.looseObject({ code: text, message: text })).nullish().catch(null),
});
type Resolved = z.infer<typeof resolved>;
const answered = z.looseObject({ output: z.looseObject({ resolvedAddresses: z.array(resolved).min(1) }) });

/**
 * FedEx's Address Validation. It says what it could resolve, and calls that advice: what is not resolved is UNDELIVERABLE in the United
 * States alone, where the post's list of delivery points (DPV) is behind it, and UNKNOWN elsewhere. The wire format is that of FedEx's
 * reference guide; not verified against the service.
 */
export const addresses: AddressChecking<FedexSettings> = {
  isDemanded: (settings) => settings.undeliverable === 'refuse',
  async check(access, address, timeoutMs) {
    const opened = FedexApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    const answer = await opened.value.post('/address/v1/addresses/resolve', { addressesToValidate: [{ address: bodyOf(address) }] });
    if (!answer.ok) return withoutCode(answer.error);
    const parsed = answered.safeParse(answer.value);
    if (!parsed.success) return failure('unparseable', 'FedEx answered with something that says nothing of an address.', '');
    const of = parsed.data.output.resolvedAddresses[0]!;
    const { streetLinesToken: lines, city, stateOrProvinceCode: region, postalCode, countryCode: country, classification, customerMessages } = of;
    const written = postalAddress({ street: lines?.[0], street2: lines?.slice(1).join(', '), city, region, postalCode, country });
    const verdict = verdictOf(of, address, written);
    return {
      ok: true,
      value: {
        verdict, address: verdict === 'VALID' || verdict === 'CORRECTED' ? written : null, candidates: verdict === 'AMBIGUOUS' && written !== null ? [written] : [],
        isResidential: classification === 'RESIDENTIAL' ? true : classification === 'BUSINESS' ? false : null, messages: (customerMessages ?? []).flatMap(({ code, message }) => (message ?? code) == null ? [] : [clip((message ?? code)!, 300)]),
      },
    };
  },
};

function verdictOf({ attributes }: Resolved, asked: FreightAddress, written: PostalAddress | null): AddressVerdict {
  if (attributes == null || attributes.CountrySupported === false || attributes.Resolved === undefined) return 'UNKNOWN';
  if (attributes.MultipleMatches === true || attributes.SuiteRequiredButMissing === true || attributes.InvalidSuiteNumber === true) return 'AMBIGUOUS';
  if (!attributes.Resolved || attributes.DPV === false) return asked.country === 'US' ? 'UNDELIVERABLE' : attributes.Resolved ? verdictOfWriting(asked, written ?? asked) : 'UNKNOWN';
  return verdictOfWriting(asked, written ?? asked);
}
