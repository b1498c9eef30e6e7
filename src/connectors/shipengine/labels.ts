import type { LabelFormat } from '../../model/commands.js';
import type { CarrierApi } from '../kit/booking/api.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { labelFile, looksLike, toFile, type FetchedFile, type WantedLabel } from '../kit/booking/files.js';
import type { Label } from './payloads.js';

/** The wanted format; the second one as well, where the carrier gives it; and the papers for customs, where there are any. */
export async function fetchLabels(api: CarrierApi, of: Label, wanted: WantedLabel, also: LabelFormat | undefined): Promise<CarrierOutcome<FetchedFile[]>> {
  const first = await fetchLabel(api, of, wanted);
  if (!first.ok) return first;
  const files = [first.value];
  if (also !== undefined && also !== wanted.format) {
    const second = await fetchLabel(api, of, { ...wanted, format: also });
    if (second.ok) files.push(second.value);
    else if (mayPass(second.error)) return second;
  }
  const form = of.form_download?.href;
  if (form != null && form !== '') {
    const content = await api.file(form);
    if (!content.ok) return content;
    if (!looksLike(content.value, 'PDF')) return refused('unparseable', 'What ShipEngine gave as papers for customs is no PDF.');
    files.push(toFile(content.value, { connection: wanted.connection, kind: 'CUSTOMS', format: 'PDF', package: wanted.package }, `${wanted.command}/${wanted.package}/customs`));
  }
  return { ok: true, value: files };
}

async function fetchLabel(api: CarrierApi, of: Label, wanted: WantedLabel): Promise<CarrierOutcome<FetchedFile>> {
  if (of.status === 'processing') return refused('unavailable', 'ShipEngine is making the label.');
  const url = of.label_download?.[{ PDF: 'pdf', ZPL: 'zpl', PNG: 'png' }[wanted.format] as 'pdf'];
  if (url == null || url === '') return refused('unparseable', `ShipEngine has no label as ${wanted.format}.`);
  const content = await api.file(url);
  if (!content.ok) return content;
  if (!looksLike(content.value, wanted.format)) return refused('unparseable', `What ShipEngine gave as a label is no ${wanted.format}.`);
  return { ok: true, value: labelFile(content.value, wanted) };
}
