import type { CarrierApi } from '../kit/booking/api.js';
import type { Held } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { labelFile, looksLike, toFile, type FetchedFile, type WantedLabel } from '../kit/booking/files.js';
import { file, type KarrioShipment } from './payloads.js';
import { pathOf } from './shipments.js';

/** The label in the format in which it was bought, and the commercial invoice where there is one. */
export async function fetchLabels(api: CarrierApi, { id, read }: Held<KarrioShipment>, wanted: WantedLabel, base: string): Promise<CarrierOutcome<FetchedFile[]>> {
  const label = await document(api, { id, read, kind: 'label', base });
  if (!label.ok) return label;
  if (label.value === null) return refused('unparseable', 'Karrio has no label of this shipment.');
  // Some carriers behind Karrio give the format that they have, whatever was asked for.
  if (!looksLike(label.value, wanted.format)) return refused('unparseable', `What Karrio gave as a label is no ${wanted.format}.`);
  const invoice = await document(api, { id, read, kind: 'invoice', base });
  if (!invoice.ok) return invoice;
  if (invoice.value === null) return { ok: true, value: [labelFile(label.value, wanted)] };
  if (!looksLike(invoice.value, 'PDF')) return refused('unparseable', 'What Karrio gave as papers for customs is no PDF.');
  return { ok: true, value: [labelFile(label.value, wanted), toFile(invoice.value, { connection: wanted.connection, kind: 'CUSTOMS', format: 'PDF', package: wanted.package }, `${wanted.command}/${wanted.package}/customs`)] };
}

interface Wanted {
  id: string;
  read: KarrioShipment;
  kind: 'label' | 'invoice';
  base: string;
}

/** As it came with the purchase; else it is asked for, at the address of files where this Karrio is older than that call (2025). Null where there is none. */
async function document(api: CarrierApi, { id, read, kind, base }: Wanted): Promise<CarrierOutcome<Uint8Array | null>> {
  const stated = read.shipping_documents.find((each) => each.category === kind);
  const given = stated?.base64 ?? read.docs?.[kind];
  if (given != null && given !== '') return { ok: true, value: Buffer.from(given, 'base64') };
  const url = stated?.url ?? read[`${kind}_url`];
  if (stated === undefined && (url == null || url === '')) return { ok: true, value: null };
  const answer = await api.post(`${pathOf(id)}/documents/${kind}`, {});
  if (answer.ok) {
    const parsed = file.safeParse(answer.value);
    return parsed.success ? { ok: true, value: Buffer.from(parsed.data.base64, 'base64') } : refused('unparseable', `Karrio answered with something that is no file of kind ${kind}.`);
  }
  return answer.error.kind === 'invalid' && url != null && url !== '' ? fileAt(api, url, base) : answer;
}

/** Files of Karrio stand under its own address, and are named without it. */
export function fileAt(api: CarrierApi, url: string, base: string): Promise<CarrierOutcome<Uint8Array>> {
  return api.file(URL.parse(url, `${base.replace(/(?<!\/)\/+$/, '')}/`)?.href ?? url);
}
