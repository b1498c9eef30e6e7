import type { LabelFormat } from '../../model/commands.js';
import type { Held } from '../kit/booking/carrier.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { labelFile, looksLike, toFile, type FetchedFile, type WantedLabel } from '../kit/booking/files.js';
import { pdfOfGif, pngOfGif } from '../kit/label-images.js';
import type { UpsApi } from './api.js';
import { labelOfVoided, noSuchShipment } from './errors.js';
import { recoveryBody } from './requests.js';
import { readRecovered, type UpsShipment } from './shipments.js';

/** UPS draws labels of 4 by 6 or 7 inches with 800 by 1200 or 1400 dots. */
const dotsPerInch = 200;

/** What was booked, by its tracking number or by our reference, with its label in this format; null where UPS knows no such shipment. */
export async function recover(api: UpsApi, by: { trackingNumber: string } | { key: string; accountNumber: string }, format: LabelFormat): Promise<CarrierOutcome<Held<UpsShipment> | null>> {
  const answer = await api.post('/api/labels/v1/recovery', recoveryBody(by, format));
  if (answer.ok) return readRecovered(answer.value);
  if (answer.error.code === noSuchShipment) return { ok: true, value: null };
  if (answer.error.code === labelOfVoided) return refused('invalid', 'The shipment was voided at UPS: book anew.');
  return answer;
}

/** The wanted format, and the second one: as it came with the booking, made of its picture, or recovered. With the commercial invoice. */
export async function fetchLabels(api: UpsApi, of: Held<UpsShipment>, wanted: WantedLabel, also: LabelFormat | undefined): Promise<CarrierOutcome<FetchedFile[]>> {
  const first = await fetchLabel(api, of, wanted);
  if (!first.ok) return first;
  const files = [first.value, ...invoiceOf(of, wanted)];
  if (also === undefined || also === wanted.format) return { ok: true, value: files };
  const second = await fetchLabel(api, of, { ...wanted, format: also });
  if (!second.ok && mayPass(second.error)) return second;
  return { ok: true, value: second.ok ? [...files, second.value] : files };
}

function invoiceOf({ read: { invoice } }: Held<UpsShipment>, { connection, command, package: name }: WantedLabel): FetchedFile[] {
  return invoice === null || !looksLike(invoice, 'PDF') ? [] : [toFile(invoice, { connection, kind: 'CUSTOMS', format: 'PDF', package: name }, `${command}/${name}/customs`)];
}

async function fetchLabel(api: UpsApi, of: Held<UpsShipment>, wanted: WantedLabel): Promise<CarrierOutcome<FetchedFile>> {
  const own = of.read.label === null ? null : inFormat(of.read.label, wanted.format);
  if (own !== null) return { ok: true, value: labelFile(own, wanted) };
  const recovered = await recover(api, { trackingNumber: of.read.trackingNumber }, wanted.format);
  if (!recovered.ok) return recovered;
  if (recovered.value === null) return refused('unavailable', 'UPS does not know the shipment yet whose label is wanted.');
  const label = recovered.value.read.label === null ? null : inFormat(recovered.value.read.label, wanted.format);
  return label === null ? refused('unparseable', `What UPS gave as a label is no ${wanted.format}.`) : { ok: true, value: labelFile(label, wanted) };
}

/** The label as it is, or drawn from UPS's picture of it; null where it is neither. */
function inFormat(label: Uint8Array, format: LabelFormat): Uint8Array | null {
  if (looksLike(label, format)) return label;
  return format === 'PDF' ? pdfOfGif(label, dotsPerInch) : format === 'PNG' ? pngOfGif(label) : null;
}
