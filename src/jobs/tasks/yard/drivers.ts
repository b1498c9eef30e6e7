import type { PersonalVault } from '../../../auth/personal-vault.js';
import { keepPersonalData } from '../../../events/personal-data.js';
import { uuidOfName } from '../../../lib/ids.js';
import { canonicalJson } from '../../../lib/json.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordSubject } from '../../../model/record-ids.js';
import type { Driver } from '../../../model/yard/visit-desk.js';
import type { Transaction } from '../../engine.js';

/**
 * Keeps who drives, sealed and apart from the log.
 * @param visit own id of the visit
 * @returns by what the visit refers to it
 */
export async function keepDriver(tx: Transaction, people: PersonalVault, visit: string, { name, phone, licence }: Driver): Promise<string> {
  const subject = recordSubject('visit', ourConnection, visit);
  const id = uuidOfName(`personal:${people.fingerprint(`${subject} ${canonicalJson({ name, phone, licence } as never)}`).toString('hex')}`);
  await keepPersonalData(tx, [{ id, subject, data: {}, sealed: people.seal(id, { name, phone, licence }), index: people.index({ phone }) }]);
  return id;
}
