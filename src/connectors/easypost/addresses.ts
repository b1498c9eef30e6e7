import { z } from 'zod';
import { verdictOfWriting, type AddressCheck } from '../../model/addresses.js';
import type { AddressChecking } from '../kit/booking/address-check.js';
import { postalAddress } from '../kit/booking/address-check.js';
import { withoutCode } from '../kit/booking/errors.js';
import { failure } from '../kit/http.js';
import { clip } from '../kit/text.js';
import { openApi } from './api.js';
import { address as bodyOf } from './requests.js';
import type { EasyPostSettings } from './settings.js';

const text = z.string().nullish().catch(null);
const verification = z.looseObject({ success: z.boolean().nullish().catch(null), errors: z.array(z.looseObject({ code: text, message: text, suggestion: text })).nullish().catch(null) }).nullish().catch(null);
const checked = z.looseObject({
  id: z.string().min(1), street1: text, street2: text, city: text, state: text, zip: text, country: text, residential: z.boolean().nullish().catch(null),
  verifications: z.looseObject({ delivery: verification }).nullish().catch(null),
});

/** Codes of faults that an address can have and be delivered to all the same. */
const mayBeDelivered = /^E\.(SECONDARY_INFORMATION|BOX_NUMBER|STREET\.MAGNET)/;

/**
 * EasyPost's address verification, `delivery`: without `verify_strict`, so that an address that fails is an answer and no error.
 * The wire format is that of the cassettes of EasyPost's client libraries; of the codes of faults, its documentation.
 */
export const addresses: AddressChecking<EasyPostSettings> = {
  isDemanded: (settings) => settings.undeliverable === 'refuse',
  async check(access, address, timeoutMs) {
    const opened = openApi(access, timeoutMs);
    if (!opened.ok) return opened;
    const answer = await opened.value.post('/v2/addresses', { address: bodyOf(address), verify: ['delivery'] });
    if (!answer.ok) return withoutCode(answer.error);
    const parsed = checked.safeParse(answer.value);
    if (!parsed.success) return failure('unparseable', 'EasyPost answered with something that is no address.', '');
    const { street1, street2, city, state, zip, country, residential, verifications } = parsed.data;
    const delivery = verifications?.delivery;
    const errors = delivery?.errors ?? [];
    const written = postalAddress({ street: street1, street2, city, region: state, postalCode: zip, country });
    const verdict = ((): AddressCheck['verdict'] => {
      if (delivery?.success == null) return 'UNKNOWN';
      if (!delivery.success) return errors.length > 0 && errors.every(({ code }) => mayBeDelivered.test(code ?? '')) ? 'AMBIGUOUS' : 'UNDELIVERABLE';
      return written === null ? 'VALID' : verdictOfWriting(address, written);
    })();
    const messages = errors.flatMap(({ message, suggestion }) => (message == null ? [] : [clip(suggestion == null ? message : `${message} (${suggestion})`, 300)]));
    return { ok: true, value: { verdict, address: delivery?.success === true ? written : null, candidates: [], isResidential: residential ?? null, messages } };
  },
};
