import type { CarrierApi } from '../kit/booking/api.js';
import type { Held, PackageToBook, Service, SoughtPackage } from '../kit/booking/carrier.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { clip } from '../kit/text.js';
import { withAddressCheck } from './address-check.js';
import { label, labelList, voidAnswer, type Label, type RatedShipment } from './payloads.js';
import { rateOf, whyNoRate } from './rates.js';
import { labelBody } from './requests.js';

/** Buys a label for the rate of this service. */
export async function buyLabel(api: CarrierApi, of: PackageToBook, draft: Held<RatedShipment>, service: Service): Promise<CarrierOutcome<Held<Label>>> {
  const rate = rateOf(draft.read, service);
  if (rate === undefined) {
    const why = whyNoRate(draft.read);
    return refused('invalid', `${service.carrier} does not offer ${service.code} for this package.${why === '' ? '' : ` ${why}`}`);
  }
  const bought = readLabel(await api.post(`/v1/labels/rates/${encodeURIComponent(rate.rate_id)}`, labelBody(of.format)));
  if (bought.ok && bought.value.read.status === 'error') return refused('invalid', 'ShipEngine could not make the label.');
  return withAddressCheck(api, of, bought);
}

/** The label that stands for a package: by its id, else the first of its shipment that is neither void nor failed. */
export async function findLabel(api: CarrierApi, { boughtId, draftId }: SoughtPackage): Promise<CarrierOutcome<Held<Label> | null>> {
  if (boughtId !== null) return readLabel(await api.get(`/v1/labels/${encodeURIComponent(boughtId)}`));
  if (draftId === null) return { ok: true, value: null };
  const answer = await api.get(`/v1/labels?shipment_id=${encodeURIComponent(draftId)}&page_size=25`);
  if (!answer.ok) return answer;
  const list = labelList.safeParse(answer.value);
  if (!list.success) return refused('unparseable', 'ShipEngine answered with something that is no list of labels.');
  const labels = list.data.labels.map((each) => readLabel({ ok: true, value: each }));
  const broken = labels.find((each) => !each.ok);
  if (broken !== undefined) return broken;
  const standing = labels.flatMap((each) => (each.ok ? [each.value] : [])).filter(({ read }) => read.voided !== true && read.status !== 'voided' && read.status !== 'error');
  return { ok: true, value: standing[0] ?? null };
}

/** Voids a label. Reads first: what is void is not voided again; what was not approved may be asked for again. */
export async function voidLabel(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<Label>>> {
  const path = `/v1/labels/${encodeURIComponent(id)}`;
  const found = readLabel(await api.get(path));
  if (!found.ok || found.value.read.voided === true) return found;
  const asked = await api.put(`${path}/void`, {});
  const answer = asked.ok ? voidAnswer.safeParse(asked.value) : null;
  if (answer?.success === true) return readLabel({ ok: true, value: { ...(found.value.raw as object), ...(answer.data.approved ? { voided: true } : {}), void: answer.data } });
  const after = asked.ok || !mayPass(asked.error) ? readLabel(await api.get(path)) : found;
  if (after.ok && after.value.read.voided === true) return after;
  return asked.ok ? refused('unparseable', 'ShipEngine answered to a cancellation in no known form.') : asked;
}

export function readLabel(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<Label>> {
  if (!answer.ok) return answer;
  const parsed = label.safeParse(answer.value);
  if (parsed.success) return { ok: true, value: { id: parsed.data.label_id, read: parsed.data, raw: answer.value } };
  return refused('unparseable', 'ShipEngine answered with something that is no label.', clip(JSON.stringify(answer.value) ?? '', 500));
}
