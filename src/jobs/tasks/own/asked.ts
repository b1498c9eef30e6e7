import type { PersonalVault } from '../../../auth/personal-vault.js';
import { canonicalJson, type Json } from '../../../lib/json.js';

/**
 * What is asked for, as it is compared with what was asked for before under the same key. Who drives is in it by a keyed hash: from one
 * without a key a name or a telephone number can be worked out.
 */
export function comparable(people: PersonalVault, asked: object): Json {
  return JSON.parse(JSON.stringify(asked, (name, value: unknown) => (name === 'driver' && typeof value === 'object' && value !== null ? people.fingerprint(`driver ${canonicalJson(value)}`).toString('hex') : value))) as Json;
}
