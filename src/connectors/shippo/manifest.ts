import type { CarrierApi } from '../kit/booking/api.js';
import type { Held, Manifest, ManifestWish } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { manifestList, manifestObject, rateObject, transaction, type ShippoManifest } from './payloads.js';
import { readShipment } from './shipments.js';

/**
 * One manifest of these transactions, which are of one carrier account. One that was made already is found in the list by the
 * transactions on it, so that an answer that was lost is found again.
 */
export async function manifest(api: CarrierApi, { input, known, isRepeated }: ManifestWish): Promise<CarrierOutcome<Manifest>> {
  const transactions = input.parts.map((part) => part.externalId);
  const found = known !== null ? read(await api.get(`/manifests/${encodeURIComponent(known)}`)) : await create(api, transactions, isRepeated);
  if (!found.ok) return found;
  const { id, raw, read: { status, documents, errors } } = found.value;
  return {
    ok: true,
    value: {
      id, raw, state: status === 'QUEUED' ? 'WAITING' : status === 'SUCCESS' && (documents ?? []).length > 0 ? 'READY' : 'FAILED',
      ...(errors == null || errors.length === 0 ? {} : { message: JSON.stringify(errors).slice(0, 300) }),
      async sheets() {
        const sheets: Uint8Array[] = [];
        for (const url of documents ?? []) {
          const content = await api.file(url);
          if (!content.ok) return content;
          sheets.push(content.value);
        }
        return { ok: true, value: sheets };
      },
    },
  };
}

async function create(api: CarrierApi, transactions: readonly string[], isRepeated: boolean): Promise<CarrierOutcome<Held<ShippoManifest>>> {
  if (isRepeated) {
    const before = await withTransaction(api, transactions[0]!);
    if (!before.ok || before.value !== null) return before as CarrierOutcome<Held<ShippoManifest>>;
  }
  const origin = await originOf(api, transactions[0]!);
  if (!origin.ok) return origin;
  const made = read(await api.post('/manifests/', { ...origin.value, shipment_date: new Date().toISOString(), transactions: [...transactions], async: false }));
  if (made.ok) return made;
  const after = await withTransaction(api, transactions[0]!);
  return after.ok && after.value !== null ? { ok: true, value: after.value } : made;
}

/** The carrier account and the address from which a transaction goes out: a manifest is of one of each. */
async function originOf(api: CarrierApi, id: string): Promise<CarrierOutcome<{ carrier_account: string; address_from: string }>> {
  const bought = await accountOf(api, id);
  if (!bought.ok) return bought;
  const shipment = readShipment(await api.get(`/shipments/${encodeURIComponent(bought.value.shipment)}/`));
  if (!shipment.ok) return shipment;
  const from = shipment.value.read.address_from;
  const address = typeof from === 'string' ? from : from?.object_id;
  return address == null ? unreadable : { ok: true, value: { carrier_account: bought.value.carrier_account, address_from: address } };
}

const unreadable = refused('unparseable', 'Shippo does not say from where, and by which account, a transaction goes out.');

/** The carrier account by which a transaction goes out, and its shipment. */
export async function accountOf(api: CarrierApi, id: string): Promise<CarrierOutcome<{ carrier_account: string; shipment: string }>> {
  const bought = await api.get(`/transactions/${encodeURIComponent(id)}`);
  if (!bought.ok) return bought;
  const of = transaction.safeParse(bought.value).data?.rate;
  const rateId = typeof of === 'string' ? of : of?.object_id;
  if (rateId == null) return unreadable;
  const rated = await api.get(`/rates/${encodeURIComponent(rateId)}`);
  if (!rated.ok) return rated;
  const rate = rateObject.safeParse(rated.value).data;
  return rate?.carrier_account == null || rate.shipment == null ? unreadable : { ok: true, value: { carrier_account: rate.carrier_account, shipment: rate.shipment } };
}

/** The manifest on which a transaction stands; null where there is none among the latest. */
async function withTransaction(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<ShippoManifest> | null>> {
  const answer = await api.get('/manifests/?results=100');
  if (!answer.ok) return answer;
  const list = manifestList.safeParse(answer.value);
  if (!list.success) return refused('unparseable', 'Shippo answered with something that is no list of manifests.');
  const found = (list.data.results ?? []).flatMap((raw) => {
    const parsed = manifestObject.safeParse(raw);
    return parsed.success && parsed.data.status !== 'ERROR' && parsed.data.transactions?.includes(id) === true ? [{ id: parsed.data.object_id, read: parsed.data, raw }] : [];
  });
  return { ok: true, value: found[0] ?? null };
}

function read(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<ShippoManifest>> {
  if (!answer.ok) return answer;
  const parsed = manifestObject.safeParse(answer.value);
  return parsed.success ? { ok: true, value: { id: parsed.data.object_id, read: parsed.data, raw: answer.value } } : refused('unparseable', 'Shippo answered with something that is no manifest.');
}
