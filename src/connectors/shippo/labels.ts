import type { CarrierApi } from '../kit/booking/api.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { labelFile, looksLike, toFile, type FetchedFile, type WantedLabel } from '../kit/booking/files.js';
import { wordsOf, type Transaction } from './payloads.js';

/** The label in the format in which it was bought: Shippo converts none. And the commercial invoice, where there is one. */
export async function fetchLabels(api: CarrierApi, of: Transaction, wanted: WantedLabel): Promise<CarrierOutcome<FetchedFile[]>> {
  if (of.status === 'QUEUED' || of.status === 'WAITING') return refused('unavailable', 'Shippo is making the label.');
  if (of.status === 'ERROR') return refused('invalid', `Shippo: ${wordsOf(of.messages) || 'the label could not be made.'}`);
  if (of.label_url == null || of.label_url === '') return refused('unparseable', `Shippo has no label as ${wanted.format}.`);
  const content = await api.file(of.label_url);
  if (!content.ok) return content;
  if (!looksLike(content.value, wanted.format)) return refused('unparseable', `What Shippo gave as a label is no ${wanted.format}.`);
  const files = [labelFile(content.value, wanted)];
  if (of.commercial_invoice_url != null && of.commercial_invoice_url !== '') {
    const invoice = await api.file(of.commercial_invoice_url);
    if (!invoice.ok) return invoice;
    if (!looksLike(invoice.value, 'PDF')) return refused('unparseable', 'What Shippo gave as papers for customs is no PDF.');
    files.push(toFile(invoice.value, { connection: wanted.connection, kind: 'CUSTOMS', format: 'PDF', package: wanted.package }, `${wanted.command}/${wanted.package}/customs`));
  }
  return { ok: true, value: files };
}
