import { sha256 } from '../../lib/ids.js';

/** Cuts a text for people to `limit` UTF-16 units, never through a surrogate pair. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(limit - 2)) ? limit - 2 : limit - 1;
  return `${text.slice(0, end)}…`;
}

/** The text without blanks around it; undefined where nothing is left. */
export function filled(value: string | null | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === undefined || trimmed === '' ? undefined : trimmed;
}

/** Longest key that is kept as text: keys are indexed, and an index refuses entries of some kilobytes. */
const maxKeyLength = 300;

const marked = /[|\\]/;

/** Names one fact of a subject: its parts joined by `|`. A very long key becomes its hash. */
export function factKeyOf(...parts: readonly string[]): string {
  let key = '';
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    const plain = marked.test(part) ? part.replace(/[|\\]/g, '\\$&') : part;
    key = at === 0 ? plain : `${key}|${plain}`;
  }
  return key.length <= maxKeyLength ? key : `sha256:${sha256(key)}`;
}

/** Longest name of a shipment or record that is taken; what is longer is no number of anybody's. */
export const maxReferenceLength = 120;

/** A sender's id of a delivery as it is; null where there is none or it is no id of sane length. */
export function storableDeliveryId(id: string | undefined): string | null {
  return id === undefined || id === '' || id.length > 200 ? null : id;
}
