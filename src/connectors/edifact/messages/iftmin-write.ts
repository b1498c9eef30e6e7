import type { TenderInput, TenderPurpose } from '../../../model/edi.js';
import type { Outcome } from '../../contract.js';
import { failure } from '../../kit/http.js';
import { clip } from '../../kit/text.js';
import { writeTime } from '../times.js';
import type { OutgoingMessage } from './message.js';
import { carriageSegment, carrierParty, placeSegment, referenceSegments, type OutgoingSegment } from './writing-parts.js';

/** Element 1225. */
const functionOf: Readonly<Record<TenderPurpose, string>> = { ORIGINAL: '9', CANCEL: '1', CHANGE: '4', REPLACE: '5' };
/** Element 2005: collection and delivery, not before and not after. */
const windows = { PICKUP: { from: '234', to: '235' }, DELIVERY: { from: '64', to: '63' } } as const;

/** IFTMIN: one consignment from a place to another, in UTC. It knows no time for an answer; what a carrier says comes as IFTSTA or by its word. */
export function writeIftmin({ load, purpose, carrier, respondBy, equipment, weightKg, references, stops }: TenderInput, { nowMs }: { nowMs: number }): Outcome<OutgoingMessage> {
  if (load.trim() === '' || load.length > 35) return failure('invalid', 'A number of the instruction of 1 to 35 characters is needed.', '');
  if (carrier.trim() === '') return failure('invalid', 'The carrier that is instructed is needed.', '');
  if (respondBy !== undefined) return failure('invalid', 'An IFTMIN instructs and asks for no answer: leave out until when one is wanted.', '');
  const [pickup, delivery] = (['PICKUP', 'DELIVERY'] as const).map((kind) => stops.find((stop) => stop.kind === kind));
  if (purpose !== 'CANCEL' && (stops.length !== 2 || pickup === undefined || delivery === undefined)) return failure('invalid', `An IFTMIN is of one pickup and one delivery; this load has ${stops.length} stops. Send one for each consignment.`, '');
  const given = [pickup, delivery].filter((stop) => stop !== undefined);
  const times = given.flatMap(({ kind, window }): OutgoingSegment[] => {
    const { from, to } = windows[kind as 'PICKUP' | 'DELIVERY'];
    return [...(window?.from === undefined ? [] : [[['DTM'], [from, ...writeTime(window.from.instant)]]]), ...(window?.to === undefined ? [] : [[['DTM'], [to, ...writeTime(window.to.instant)]]])];
  });
  const named = new Map([...references, ...given.flatMap((stop) => stop.references)].map((each) => [`${each.kind}:${each.value}`, each]));
  return {
    ok: true,
    value: {
      type: 'IFTMIN',
      segments: [
        [['BGM'], ['610'], [load], [functionOf[purpose]]], [['DTM'], ['137', ...writeTime(new Date(nowMs).toISOString())]], ...times, ...(weightKg === undefined ? [] : [[['CNT'], ['7', weightKg, 'KGM']]]),
        ...referenceSegments([...named.values()]), carriageSegment(carrier), carrierParty(carrier),
        ...(pickup === undefined ? [] : [placeSegment('CZ', pickup.place)]), ...(delivery === undefined ? [] : [placeSegment('CN', delivery.place)]),
        ...(equipment === undefined ? [] : [[['EQD'], ['TE'], [clip(equipment, 17)]]]),
      ],
    },
  };
}
