import type { CarrierApi } from '../kit/booking/api.js';
import type { Held, PackageToBook } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { clip } from '../kit/text.js';
import { withAddressCheck } from './address-check.js';
import { shipment, type ShippoShipment } from './payloads.js';
import { shipmentBody } from './requests.js';

/** Rates older than seven days cannot be bought; a new shipment is made a day before, ms. */
const rateLifeMs = 6 * 24 * 3600_000;

/** The shipment of a package with its rates: the one of before while its rates hold, else a new one. Those that are never bought cost nothing. */
export async function draftShipment(api: CarrierApi, of: PackageToBook, known: string | null): Promise<CarrierOutcome<Held<ShippoShipment>>> {
  if (known !== null) {
    const found = readShipment(await api.get(`/shipments/${encodeURIComponent(known)}/`));
    if (!found.ok) return found;
    const made = Date.parse(found.value.read.rates[0]?.object_created ?? '');
    if (found.value.read.rates.length > 0 && !(Date.now() - made > rateLifeMs)) return found;
  }
  return withAddressCheck(api, of, readShipment(await api.post('/shipments/', shipmentBody(of))));
}

export function readShipment(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<ShippoShipment>> {
  if (!answer.ok) return answer;
  const parsed = shipment.safeParse(answer.value);
  if (parsed.success) return { ok: true, value: { id: parsed.data.object_id, read: parsed.data, raw: answer.value } };
  return refused('unparseable', 'Shippo answered with something that is no shipment.', clip(JSON.stringify(answer.value) ?? '', 500));
}
