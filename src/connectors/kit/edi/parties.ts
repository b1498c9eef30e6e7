import type { EdiFault } from '../../../model/edi.js';
import type { Anomaly } from '../../../model/facts.js';
import { clip } from '../text.js';

/** How a party is known in an envelope. */
interface Party {
  /** Empty where none was agreed: then any is taken. */
  qualifier: string;
  id: string;
}

interface Parties {
  sender: Party;
  receiver: Party;
}

/** Faults of an interchange that came from another sender, or for another receiver, than was agreed. `codes`: of each in the syntax' own table. */
export function partyFaults(found: Parties, agreed: { us: Party; partner: Party }, codes: { sender: string; receiver: string }): EdiFault[] {
  const faults: EdiFault[] = [];
  if (!isSame(found.sender, agreed.partner)) faults.push({ level: 'INTERCHANGE', code: codes.sender, text: `Its sender is ${nameOf(found.sender)}; the partner of this connection is ${nameOf(agreed.partner)}.` });
  if (!isSame(found.receiver, agreed.us)) faults.push({ level: 'INTERCHANGE', code: codes.receiver, text: `Its receiver is ${nameOf(found.receiver)}; on this connection we are ${nameOf(agreed.us)}.` });
  return faults;
}

/** Tells people of such an interchange: it is read, for its facts are authentic all the same, but an answer would go to the wrong partner. */
export function noteParties(control: string, faults: readonly EdiFault[], senderCode: string, anomalies: Anomaly[]): void {
  if (faults.length === 0) return;
  const answer = faults.some(({ code }) => code === senderCode) ? ' It is not acknowledged, for the answer would go to the partner of this connection.' : '';
  anomalies.push({ kind: 'SENDER_UNEXPECTED', message: `Interchange ${clip(control, 20)}: ${faults.map(({ text }) => text).join(' ')}${answer} Give each partner a connection of its own, or mend the profile.`, severity: 'MEDIUM', rawCode: faults[0]!.code });
}

function isSame(found: Party, agreed: Party): boolean {
  const plain = (text: string) => text.trim().toUpperCase();
  return plain(found.id) === plain(agreed.id) && (agreed.qualifier === '' || plain(found.qualifier) === plain(agreed.qualifier));
}

function nameOf({ qualifier, id }: Party): string {
  return `${qualifier === '' ? '' : `${clip(qualifier.trim(), 4)}:`}${clip(id.trim(), 40) || 'nobody'}`;
}
