import type { LabelFormat } from '../../model/commands.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { labelFile, looksLike, mediaTypes, type FetchedFile, type WantedLabel } from '../kit/booking/files.js';
import type { CarrierApi } from '../kit/booking/api.js';
import { readShipment, type EasyPostShipment, type PostageLabel } from './shipments.js';

/**
 * The label of a bought shipment in one format: as it was bought, or converted by EasyPost.
 * @returns an error that may pass where it is to be tried again; any other where there is no such label
 */
async function fetchLabel(api: CarrierApi, of: EasyPostShipment, wanted: WantedLabel): Promise<CarrierOutcome<FetchedFile>> {
  let url = urlOf(of.postage_label, wanted.format);
  if (url === undefined) {
    const converted = readShipment(await api.get(`/v2/shipments/${encodeURIComponent(of.id)}/label?file_format=${wanted.format}`));
    if (!converted.ok) return converted;
    url = urlOf(converted.value.read.postage_label, wanted.format);
  }
  if (url === undefined) return refused('unparseable', `EasyPost has no label as ${wanted.format}.`);
  const content = await api.file(url);
  if (!content.ok) return content;
  if (!looksLike(content.value, wanted.format)) return refused('unparseable', `What EasyPost gave as a label is no ${wanted.format}.`);
  return { ok: true, value: labelFile(content.value, wanted) };
}

/** The wanted format; the second one as well, where the carrier gives it: that it does not is no fault of the booking. */
export async function fetchLabels(api: CarrierApi, of: EasyPostShipment, wanted: WantedLabel, also: LabelFormat | undefined): Promise<CarrierOutcome<FetchedFile[]>> {
  const first = await fetchLabel(api, of, wanted);
  if (!first.ok) return first;
  if (also === undefined || also === wanted.format) return { ok: true, value: [first.value] };
  const second = await fetchLabel(api, of, { ...wanted, format: also });
  if (!second.ok && mayPass(second.error)) return second;
  return { ok: true, value: second.ok ? [first.value, second.value] : [first.value] };
}

function urlOf(label: PostageLabel | null | undefined, format: LabelFormat): string | undefined {
  if (label == null) return undefined;
  const own = format === 'PDF' ? label.label_pdf_url : format === 'ZPL' ? label.label_zpl_url : undefined;
  if (own != null && own !== '') return own;
  const isOfFormat = label.label_file_type === mediaTypes[format] || label.label_url?.toLowerCase().split('?')[0]?.endsWith(`.${format.toLowerCase()}`) === true;
  return isOfFormat && label.label_url != null && label.label_url !== '' ? label.label_url : undefined;
}
