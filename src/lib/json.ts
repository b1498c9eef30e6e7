export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** JSON with the keys of every object in order, so that equal values give equal text (for hashes). */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(record).sort()) {
    if (record[key] === undefined) continue;
    text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:${canonicalJson(record[key])}`;
  }
  return text === '' ? '{}' : `${text}}`;
}
