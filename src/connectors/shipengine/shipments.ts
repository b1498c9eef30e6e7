import type { CarrierApi } from '../kit/booking/api.js';
import type { Held, PackageToBook } from '../kit/booking/carrier.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { clip } from '../kit/text.js';
import { withAddressCheck } from './address-check.js';
import { ratedShipment, type RatedShipment } from './payloads.js';
import { ratesBody, rerateBody } from './requests.js';

/**
 * The shipment of a package with fresh rates. Where it is not known whether one was made, it is found by our name of it: that
 * name is unique at ShipEngine, so a second one with it is refused, in whatever words.
 */
export async function draftShipment(api: CarrierApi, of: PackageToBook, known: string | null, carrierIds: () => Promise<CarrierOutcome<string[]>>): Promise<CarrierOutcome<Held<RatedShipment>>> {
  const carriers = await carrierIds();
  if (!carriers.ok) return carriers;
  if (known !== null) return readRated(await api.post('/v1/rates', rerateBody(known, carriers.value)));
  const made = readRated(await api.post('/v1/rates', ratesBody(of, carriers.value)));
  if (made.ok || mayPass(made.error) || made.error.kind === 'unparseable') return made;
  if (of.isQuote) return withAddressCheck(api, of, made);
  const before = await shipmentNamed(api, of.key);
  if (!before.ok) return before;
  if (before.value !== null) return readRated(await api.post('/v1/rates', rerateBody(before.value, carriers.value)));
  return withAddressCheck(api, of, made);
}

/** Id of the shipment with this name of ours; null where there is none. */
async function shipmentNamed(api: CarrierApi, key: string): Promise<CarrierOutcome<string | null>> {
  const answer = await api.get(`/v1/shipments/external_shipment_id/${encodeURIComponent(key)}`);
  if (!answer.ok) return answer.error.kind === 'invalid' ? { ok: true, value: null } : answer;
  const id = (answer.value as { shipment_id?: unknown } | null)?.shipment_id;
  return { ok: true, value: typeof id === 'string' ? id : null };
}

function readRated(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<RatedShipment>> {
  if (!answer.ok) return answer;
  const parsed = ratedShipment.safeParse(answer.value);
  if (parsed.success) return { ok: true, value: { id: parsed.data.shipment_id, read: parsed.data, raw: answer.value } };
  return refused('unparseable', 'ShipEngine answered with something that is no shipment with rates.', clip(JSON.stringify(answer.value) ?? '', 500));
}
