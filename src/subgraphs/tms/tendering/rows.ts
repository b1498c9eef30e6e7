import type { Selectable } from 'kysely';
import type { TenderOfferTable } from '../../../db/schema.js';
import { globalId } from '../../../lib/ids.js';
import type { OfferState, TenderAnswer, TenderChannel } from '../../../model/transport/tender-plan.js';
import type { TenderOffer } from './types.js';

export function offerOf(row: Selectable<TenderOfferTable>): TenderOffer {
  return {
    id: globalId('TenderOffer', row.id), state: row.state as OfferState, carrier: row.carrier, channel: row.channel as TenderChannel, loadReference: row.load_reference, revision: row.revision, acceptedRevision: row.accepted_revision,
    offeredAt: row.offered_at, deadlineAt: row.deadline_at, endedAt: row.ended_at, loadUuid: row.load_id,
    answers: (row.answers as unknown as Array<Omit<TenderAnswer, 'key'>>).map(({ said, via, at, revision, reason, effect }) => ({ said, via, at, revision, reason: reason ?? null, effect })),
  };
}
