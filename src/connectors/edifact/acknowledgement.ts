import type { EdiFault, EdiSet, EdiState, EdiVerdict, InterchangeRecord } from '../../model/edi.js';
import { kept } from '../kit/edi/record.js';
import { rowOf } from '../kit/table.js';
import { faultCodes, part, type Interchange, type Message } from './envelope.js';
import type { OutgoingMessage } from './messages/message.js';

/** Element 0083: 4 rejected with all below, 7 acknowledged and what is below unless it is rejected itself, 8 received. */
const actions: Readonly<Record<string, EdiState>> = { 4: 'REJECTED', 7: 'ACCEPTED', 8: 'ACCEPTED' };

/** Faults of an envelope for which all of it is rejected: a test among what is none, and one that ends too early. */
export const fatalEnvelopeCodes: ReadonlySet<string> = new Set([faultCodes.test, faultCodes.missing]);

const mostNamed = 200;

/** What a partner says of our interchanges. */
export function verdictsOf(interchange: Interchange): EdiVerdict[] {
  return interchange.groups.flatMap((group) => group.messages.filter((message) => message.type === 'CONTRL').map(verdictOf)).filter((verdict) => verdict !== null);
}

/** UCI names the interchange, UCF a group, UCM a message, UCS a segment; null where it does not say how the interchange was taken. */
export function verdictOf(message: Message): EdiVerdict | null {
  const uci = message.segments.find((segment) => segment.tag === 'UCI');
  const control = kept(part(uci, 1), 20).replace(/^0+(?=.)/, '');
  let state = rowOf(actions, part(uci, 4));
  if (control === '' || state === undefined) return null;
  const faults: EdiFault[] = [];
  let name = '';
  let taken = 0;
  let rejected = 0;
  if (part(uci, 5) !== '') faults.push({ level: 'INTERCHANGE', code: kept(part(uci, 5), 10), text: `Interchange ${control}: code ${kept(part(uci, 5), 10)}.` });
  for (const segment of message.segments) {
    if (segment.tag === 'UCM' || segment.tag === 'UCF') {
      const isMessage = segment.tag === 'UCM';
      const [action, code] = isMessage ? [part(segment, 3), part(segment, 4)] : [part(segment, 4), part(segment, 5)];
      name = `${isMessage ? 'Message' : 'Group'} ${kept(part(segment, 1), 20)}`;
      if (action === '4') rejected++;
      else taken++;
      if (action === '4' || code !== '') faults.push({ level: isMessage ? 'SET' : 'GROUP', code: kept(code, 10) || faultCodes.unspecified, text: `${name} was ${action === '4' ? 'rejected' : 'taken'}${code === '' ? '' : `, code ${kept(code, 10)}`}.` });
    } else if (segment.tag === 'UCS') {
      const position = part(segment, 1);
      faults.push({ level: 'SEGMENT', code: kept(part(segment, 2), 10) || faultCodes.unspecified, ...(/^\d{1,6}$/.test(position) ? { position: Number(position) } : {}), text: `${name}: segment at ${kept(position, 10)}, code ${kept(part(segment, 2), 10) || 'none'}.` });
    }
  }
  if (state === 'ACCEPTED' && rejected > 0) state = 'PARTIALLY_ACCEPTED';
  return { kind: 'CONTRL', control, state, faults: faults.slice(0, mostNamed) };
}

/** A group of CONTRL messages is not acknowledged. */
export function isAcknowledgement(message: Pick<Message, 'type'>): boolean {
  return message.type === 'CONTRL';
}

/** CONTRL for an interchange that came: the interchange, then each message that has faults; of messages in groups, each group with faults and its own below it. */
export function controlMessage({ control, sender, receiver, state, faults, groups }: InterchangeRecord): OutgoingMessage {
  const party = (text: string) => {
    const [qualifier = '', ...id] = text.split(':');
    return qualifier === '' ? [id.join(':')] : [id.join(':'), qualifier];
  };
  const fatal = faults.find((fault) => fatalEnvelopeCodes.has(fault.code));
  const isRejected = fatal !== undefined;
  const worst = fatal ?? faults[0];
  const segments: string[][][] = [[['UCI'], [control], party(sender), party(receiver), [isRejected ? '4' : '7'], ...(worst === undefined ? [] : [[worst.code]])]];
  if (isRejected || state === 'ACCEPTED') return { type: 'CONTRL', segments };
  for (const group of groups) {
    const faulty = group.sets.filter((set) => set.faults.length > 0);
    const [fault] = group.faults;
    if (faulty.length === 0 && fault === undefined) continue;
    // Where there is no UNG, messages stand in the interchange itself. The group as such is always taken: 4 would reject all that is in it.
    if (group.control !== '') segments.push([['UCF'], [group.control], [group.sender], [group.receiver], ['7'], ...(fault === undefined ? [] : [[fault.code]])]);
    segments.push(...faulty.flatMap(messageSegments));
  }
  return { type: 'CONTRL', segments };
}

function messageSegments(set: EdiSet): string[][][] {
  const own = set.faults.find((fault) => fault.level === 'SET');
  return [
    [['UCM'], [set.control], set.type.split(':'), [set.state === 'REJECTED' ? '4' : '7'], ...(own === undefined ? [] : [[own.code]])],
    ...set.faults.filter((one) => one.level === 'SEGMENT').map((fault) => [['UCS'], [String(fault.position ?? 1)], [fault.code]]),
  ];
}
