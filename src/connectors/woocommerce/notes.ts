import { z } from 'zod';
import type { ShopTracking } from '../../model/shop.js';
import type { Outcome } from '../contract.js';
import { failure } from '../kit/http.js';
import type { WooCommerceApi } from './api.js';
import { isRefusal, waiting, type FulfilmentMemory } from './memory.js';
import { note } from './payloads.js';

/** The words of the note: the delivery and every number stand in it, and by them it is found again. */
export function noteText(delivery: string, { carrier, numbers, url }: ShopTracking, isChange: boolean): string {
  const how = `${numbers.length === 1 ? 'Tracking number' : 'Tracking numbers'}: ${numbers.join(', ')}.${url === undefined ? '' : ` ${url}`}`;
  return isChange ? `The tracking numbers${delivery === '' ? '' : ` of delivery ${delivery}`} have changed. ${carrier}. ${how}` : `Delivery ${delivery} is on its way by ${carrier}. ${how}`;
}

/**
 * Writes a note once. WooCommerce sends it to the customer at once and knows no repeat: that it is about to be written is
 * remembered before, and where the answer was lost the notes are read; that there is none is believed only after a time, for
 * the shop may still be at work on it.
 */
export async function writeNoteOnce(api: WooCommerceApi, order: string, { text, isForCustomer, settleMs }: { text: string; isForCustomer: boolean; settleMs: number }, memory: FulfilmentMemory): Promise<Outcome<null>> {
  const { id, begunAtMs } = memory.note;
  if (id !== undefined) return { ok: true, value: null };
  if (begunAtMs !== undefined) {
    const found = await findNote(api, order, text);
    if (!found.ok) return found;
    if (found.value !== null) return kept(found.value);
    const leftMs = begunAtMs + settleMs - Date.now();
    if (leftMs > 0) return { ok: false, error: waiting('Whether the note was written is not to be seen yet: the shop is asked again.', leftMs) };
  }
  await memory.keepNote({ begunAtMs: Date.now() });
  const answer = await api.post(`/orders/${order}/notes`, { note: text, customer_note: isForCustomer });
  if (!answer.ok) {
    // What may stand there all the same counts from the end of the call.
    await memory.keepNote(isRefusal(answer.error) ? {} : { begunAtMs: Date.now() });
    return answer;
  }
  const parsed = note.safeParse(answer.value);
  return parsed.success ? kept(parsed.data.id) : failure('unparseable', 'The shop does not say which note it made.', '');

  async function kept(noteId: string): Promise<Outcome<null>> {
    await memory.keepNote({ id: noteId });
    return { ok: true, value: null };
  }
}

async function findNote(api: WooCommerceApi, order: string, text: string): Promise<Outcome<string | null>> {
  const answer = await api.get(`/orders/${order}/notes`);
  if (!answer.ok) return answer;
  const parsed = z.array(note).safeParse(answer.value);
  if (!parsed.success) return failure('unparseable', 'The shop answered with something that is no list of notes.', '');
  const sought = plain(text);
  return { ok: true, value: parsed.data.find((each) => plain(each.note ?? '') === sought)?.id ?? null };
}

/** WordPress makes links, entities and paragraphs of texts. */
function plain(text: string): string {
  return text.replace(/<[^<>]{0,500}>/g, '').replace(/&amp;|&#0*38;/g, '&').replace(/\s+/g, ' ').trim();
}
