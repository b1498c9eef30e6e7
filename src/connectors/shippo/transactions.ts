import type { CarrierApi } from '../kit/booking/api.js';
import type { Held, PackageToBook, Service, SoughtPackage } from '../kit/booking/carrier.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { clip } from '../kit/text.js';
import { withAddressCheck } from './address-check.js';
import { rateObject, refund, transaction, transactionList, wordsOf, type ShippoShipment, type Transaction } from './payloads.js';
import { rateOf } from './rates.js';
import { labelTypes, metadataOf } from './requests.js';

/** Buys the rate of this service. A refusal of the carrier is a transaction with the status ERROR, answered with 201. */
export async function buyRate(api: CarrierApi, of: PackageToBook, draft: Held<ShippoShipment>, service: Service): Promise<CarrierOutcome<Held<Transaction>>> {
  const rate = rateOf(draft.read, service);
  if (rate === undefined) {
    const why = wordsOf(draft.read.messages);
    return refused('invalid', `${service.carrier} does not offer ${service.code} for this package.${why === '' ? '' : ` ${why}`}`);
  }
  const made = readTransaction(await api.post('/transactions/', { rate: rate.object_id, label_file_type: labelTypes[of.format], metadata: metadataOf(of), async: false }), rate);
  if (made.ok && made.value.read.status === 'ERROR') return withAddressCheck(api, of, refused('invalid', `Shippo: ${wordsOf(made.value.read.messages) || 'the label could not be bought, and why is not said.'}`));
  return withAddressCheck(api, of, made);
}

/** The transaction that stands for a package: by its id, else the one of the rate that was to be bought. */
export async function findTransaction(api: CarrierApi, { boughtId, by }: SoughtPackage): Promise<CarrierOutcome<Held<Transaction> | null>> {
  if (boughtId !== null) return withRate(api, readTransaction(await api.get(`/transactions/${encodeURIComponent(boughtId)}`)));
  if (by === null) return { ok: true, value: null };
  const answer = await api.get(`/transactions/?rate=${encodeURIComponent(by)}&results=25`);
  if (!answer.ok) return answer;
  const list = transactionList.safeParse(answer.value);
  if (!list.success) return refused('unparseable', 'Shippo answered with something that is no list of transactions.');
  const found = (list.data.results ?? []).map((each) => readTransaction({ ok: true, value: each }));
  const broken = found.find((each) => !each.ok);
  if (broken !== undefined) return broken;
  const standing = found.flatMap((each) => (each.ok ? [each.value] : [])).find(({ read }) => read.status !== 'ERROR' && read.status !== 'REFUNDED');
  return standing === undefined ? { ok: true, value: null } : withRate(api, { ok: true, value: standing });
}

/** A transaction that is read names its rate by the id alone; price and carrier stand in the rate. */
async function withRate(api: CarrierApi, found: CarrierOutcome<Held<Transaction>>): Promise<CarrierOutcome<Held<Transaction>>> {
  if (!found.ok) return found;
  const { rate } = found.value.read;
  const id = typeof rate === 'string' ? rate : rate?.object_id;
  if (id == null) return found;
  const answer = await api.get(`/rates/${encodeURIComponent(id)}`);
  if (!answer.ok) return answer;
  const read = rateObject.safeParse(answer.value);
  return read.success ? readTransaction({ ok: true, value: found.value.raw }, answer.value) : refused('unparseable', 'Shippo answered with something that is no rate.');
}

/** Asks for the money back, which voids the label. Reads first: what was asked for already is not asked for again; what was rejected may be. */
export async function refundTransaction(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<Transaction>>> {
  const path = `/transactions/${encodeURIComponent(id)}`;
  const found = await withRate(api, readTransaction(await api.get(path)));
  if (!found.ok || !['SUCCESS', 'REFUNDREJECTED'].includes(found.value.read.status)) return found;
  const asked = await api.post('/refunds/', { transaction: id, async: false });
  if (asked.ok) {
    if (!refund.safeParse(asked.value).success) return refused('unparseable', 'Shippo answered to a cancellation in no known form.');
    return readTransaction({ ok: true, value: { ...(found.value.raw as object), refund: asked.value } });
  }
  if (mayPass(asked.error)) return asked;
  const after = await withRate(api, readTransaction(await api.get(path)));
  return after.ok && after.value.read.status !== 'SUCCESS' && after.value.read.status !== 'REFUNDREJECTED' ? after : asked;
}

/** @param rate the rate that was bought, kept beside it */
function readTransaction(answer: CarrierOutcome<unknown>, rate?: unknown): CarrierOutcome<Held<Transaction>> {
  if (!answer.ok) return answer;
  const raw = rate === undefined || typeof answer.value !== 'object' || answer.value === null || Array.isArray(answer.value) ? answer.value : { ...answer.value, bought_rate: rate };
  const parsed = transaction.safeParse(raw);
  if (parsed.success) return { ok: true, value: { id: parsed.data.object_id, read: parsed.data, raw } };
  return refused('unparseable', 'Shippo answered with something that is no transaction.', clip(JSON.stringify(answer.value) ?? '', 500));
}
