import type { Held, Service } from '../kit/booking/carrier.js';
import { refused, type CarrierError, type CarrierOutcome } from '../kit/booking/errors.js';
import type { CarrierApi } from '../kit/booking/api.js';
import { rateOf } from './rates.js';
import { carrierMessages, isBought, readShipment, type EasyPostShipment } from './shipments.js';

/** Rates older than this are asked for anew before one of them is bought, ms. */
const rateLifeMs = 12 * 3600_000;

/**
 * Buys the postage of a shipment, once. A shipment can be bought only once at EasyPost, whoever asks how often: so
 * after an answer that did not come, or that says no, the shipment itself is read and tells.
 * @param known as it was answered before, not bought then
 */
export async function buy(api: CarrierApi, known: Held<EasyPostShipment>, service: Service): Promise<CarrierOutcome<Held<EasyPostShipment>>> {
  const path = `/v2/shipments/${encodeURIComponent(known.id)}`;
  const current = await withFreshRates(api, path, known);
  if (!current.ok) return current;
  const rate = rateOf(current.value.read, service);
  if (rate === undefined) return { ok: false, error: noRate(current.value.read, service) };
  const bought = readShipment(await api.post(`${path}/buy`, { rate: { id: rate.id } }));
  if (bought.ok && isBought(bought.value.read)) return bought;
  const after = readShipment(await api.get(path));
  if (after.ok && isBought(after.value.read)) return after;
  // What was said of the purchase tells more than that the shipment is not bought. Where that could not be seen, it is seen next time.
  if (!bought.ok) return after.ok ? bought : { ok: false, error: { ...bought.error, kind: bought.error.kind === 'invalid' ? 'unavailable' : bought.error.kind } };
  return refused('unavailable', 'EasyPost took the purchase and gives no label yet.');
}

async function withFreshRates(api: CarrierApi, path: string, of: Held<EasyPostShipment>): Promise<CarrierOutcome<Held<EasyPostShipment>>> {
  const made = Date.parse(of.read.rates[0]?.created_at ?? '');
  if (!(Date.now() - made > rateLifeMs)) return { ok: true, value: of };
  return readShipment(await api.post(`${path}/rerate`, {}));
}

function noRate(of: EasyPostShipment, { carrier, code }: Service): CarrierError {
  const why = carrierMessages(of);
  return refused('invalid', `${carrier} does not offer ${code} for this package.${why === '' ? '' : ` ${why}`}`).error;
}
