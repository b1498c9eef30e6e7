import type { Anomaly } from '../../model/facts.js';
import { UnreadableMessage } from '../contract.js';

export interface JsonLimits {
  /** Objects and arrays within one another. */
  depth: number;
  /** Values in the whole message. */
  nodes: number;
}

const defaultLimits: JsonLimits = { depth: 64, nodes: 500_000 };

/**
 * Reads raw bytes as JSON. PostgreSQL stores neither NUL nor half a surrogate pair in text, so both
 * become U+FFFD and are reported. Keys named `__proto__` are left out: copied onto another object
 * they would set its prototype.
 * @throws UnreadableMessage where it is not UTF-8, not JSON, or beyond the limits
 */
export function parseJson(body: Uint8Array, limits: JsonLimits = defaultLimits): { value: unknown; anomalies: Anomaly[] } {
  const text = decodeUtf8(body);
  checkSize(text, limits);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnreadableMessage(`The body is not JSON: ${(error as Error).message}`);
  }
  // Only an escape can bring any of the three in: raw NUL is no JSON, raw half pairs are no UTF-8.
  if (!text.includes('\\u') && !text.includes('__proto__')) return { value, anomalies: [] };
  const replaced = { count: 0 };
  const clean = sanitize(value, replaced);
  if (replaced.count === 0) return { value: clean, anomalies: [] };
  const message = `${replaced.count} text(s) held a NUL character or half a surrogate pair; these characters were replaced by U+FFFD.`;
  return { value: clean, anomalies: [{ kind: 'TEXT_REPAIRED', message, severity: 'LOW' }] };
}

function decodeUtf8(body: Uint8Array): string {
  if (body.length === 0) throw new UnreadableMessage('The body is empty.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new UnreadableMessage('The body is not valid UTF-8. Send JSON in UTF-8.');
  }
}

/** Counts depth and values before anything is built from them. */
function checkSize(text: string, limits: JsonLimits): void {
  let depth = 0;
  let nodes = 1;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) {
      inString = true;
    } else if (char === 0x7b || char === 0x5b) {
      nodes++;
      if (++depth > limits.depth) throw new UnreadableMessage(`The JSON is nested deeper than ${limits.depth} levels.`);
    } else if (char === 0x7d || char === 0x5d) {
      depth--;
    } else if (char === 0x2c) {
      nodes++;
    }
    if (nodes > limits.nodes) throw new UnreadableMessage(`The JSON holds more than ${limits.nodes} values. Send smaller batches.`);
  }
}

function sanitize(value: unknown, replaced: { count: number }): unknown {
  if (typeof value === 'string') return sanitizeText(value, replaced);
  if (Array.isArray(value)) return value.map((item) => sanitize(item, replaced));
  if (value === null || typeof value !== 'object') return value;
  const clean: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const name = sanitizeText(key, replaced);
    if (name !== '__proto__') clean[name] = sanitize(item, replaced);
  }
  return clean;
}

function sanitizeText(text: string, replaced: { count: number }): string {
  const clean = storableText(text);
  if (clean !== text) replaced.count++;
  return clean;
}

const unstorable = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** The text with every NUL and every half of a surrogate pair replaced by U+FFFD. */
export function storableText(text: string): string {
  return text.replace(unstorable, '\uFFFD');
}
