import { BoundedCache } from '../lib/bounded-cache.js';
import { canonicalJson } from '../lib/json.js';
import type { Principal } from './principal.js';

/** Equal keys as one text: every open socket holds one. */
const known = new BoundedCache<string, string>({ maxEntries: 1000, maxWeight: 1024 * 1024, weightOf: (key) => key.length });

/**
 * Everything of a principal that can change what it is answered, but its name: those who are equal in it may be
 * sent the same results. What is left out is named, so that anything added to a principal keeps people apart
 * until somebody decides otherwise.
 */
export function sharingKey(principal: Principal): string {
  const { subject: _subject, expiresMs: _expiresMs, token: _token, ...rights } = principal;
  const sorted = (texts: Iterable<string>) => [...texts].sort();
  const key = canonicalJson({
    ...rights,
    scopes: sorted(rights.scopes),
    keys: sorted(rights.keys),
    companies: typeof rights.companies === 'string' ? rights.companies : sorted(rights.companies),
  });
  const same = known.get(key);
  if (same === undefined) known.set(key, key);
  return same ?? key;
}
