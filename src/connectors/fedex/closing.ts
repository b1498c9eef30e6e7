import { DateTime } from 'luxon';
import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { Manifest, ManifestWish } from '../kit/booking/carrier.js';
import { mayPass, refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { looksLike } from '../kit/booking/files.js';
import { pdfOfText } from '../kit/pdf.js';
import type { FedexApi } from './api.js';

const text = z.string().nullish().catch(null);
const part = z.looseObject({ documentPartSequenceNumber: z.number().nullish().catch(null), image: text });
const document = z.looseObject({ type: text, parts: z.array(part).nullish().catch(null) });
const closeAnswer = z.looseObject({ output: z.looseObject({ closeDocuments: z.array(document).nullish(), alerts: z.array(z.looseObject({ code: text, message: text })).nullish().catch(null) }) });
type CloseAnswer = z.infer<typeof closeAnswer>['output'];

const path = '/ship/v1/endofday/';

/**
 * FedEx Ground's end of day: what goes by Ground is told to FedEx, and the driver gets the list of it. All of the account that is
 * open is closed with it, so a part of a day cannot be; a day may be closed as often as wanted. Express needs no close, and is on no list.
 * What was closed is printed again by the number of one of its parcels, for three days: so a close whose answer was lost is found.
 *
 * The wire format is that of FedEx's published OpenAPI file (Ground End of Day Close, version 1). Its list comes as a text, of which a PDF is
 * made here. @param today ISO date of the place that ships: in the evening of America it is another in UTC. Not verified against the service: what is answered where nothing is open, and whether the reprint by number needs the day.
 */
export async function closeGround(api: FedexApi, { input, known, isRepeated }: ManifestWish, today: string): Promise<CarrierOutcome<Manifest>> {
  const { accountNumber } = api;
  if (accountNumber === undefined) return refused('invalid', 'This connection has no account number: set accountNumber.');
  const number = input.parts[0]!.trackingNumber;
  const id = known ?? `${today}/${number}`;
  const common: { [name: string]: Json } = { accountNumber: { value: accountNumber }, groundServiceCategory: 'GROUND', closeDocumentSpecification: { closeDocumentTypes: ['MANIFEST'] } };
  if (known !== null || isRepeated) {
    const printed = read(id, await api.post(path, { ...common, closeDate: id.slice(0, today.length), closeReqType: 'RGCDR', reprintOption: 'BY_TRACKING_NUMBER', trackingNumber: number }));
    if (printed.ok && printed.value.state === 'READY') return printed;
    // That it was not closed yet is an error like any other: closing is asked for, and closes what is open.
    if (!printed.ok && mayPass(printed.error)) return printed;
  }
  return read(id, await api.put(path, { ...common, closeDate: today, closeReqType: 'GCDR' }));
}

/** ISO date of a moment in this zone. */
export function dayAt(zone: string | undefined, ms: number): string {
  return DateTime.fromMillis(ms, { zone: zone ?? 'UTC' }).toISODate()!;
}

function read(id: string, answer: CarrierOutcome<unknown>): CarrierOutcome<Manifest> {
  if (!answer.ok) return answer;
  const parsed = closeAnswer.safeParse(answer.value);
  if (!parsed.success || (parsed.data.output.closeDocuments === undefined && parsed.data.output.alerts == null)) return refused('unparseable', 'FedEx answered with something that is no close of a day.');
  const { output } = parsed.data;
  const sheets = sheetsOf(output);
  const words = (output.alerts ?? []).map(({ code, message }) => `${message ?? 'It does not say what'} [${code ?? 'UNKNOWN'}]`).join('; ');
  return {
    ok: true,
    value: { id, raw: withoutImages(answer.value), state: sheets.length > 0 ? 'READY' : 'FAILED', message: words === '' ? 'nothing is open that goes by FedEx Ground' : words, sheets: () => Promise.resolve({ ok: true, value: sheets }) },
  };
}

/** Of each list one file, its parts in their order. */
function sheetsOf({ closeDocuments }: CloseAnswer): Uint8Array[] {
  return (closeDocuments ?? []).filter(({ type }) => type == null || type === 'MANIFEST').flatMap(({ parts }) => {
    const inOrder = [...(parts ?? [])].sort((a, b) => (a.documentPartSequenceNumber ?? 0) - (b.documentPartSequenceNumber ?? 0));
    const content = Buffer.concat(inOrder.map(({ image }) => Buffer.from(image ?? '', 'base64')));
    if (content.byteLength === 0) return [];
    return [looksLike(content, 'PDF') ? content : pdfOfText(content.toString('latin1'))];
  });
}

/** Files are kept apart; nothing else is left out of what is kept raw. */
function withoutImages(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, item: unknown) => (key === 'image' ? undefined : item)));
}
