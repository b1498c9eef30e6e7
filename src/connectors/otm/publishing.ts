import type { CommandKind } from '../../model/commands.js';
import { ourConnection } from '../../model/our-connection.js';
import type { LoadPublicationPolicy } from '../../model/transport/publication.js';
import { loadStates } from '../../model/transport/records.js';
import type { Access, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
import { putTrip } from './api.js';
import type { OtmSettings } from './settings.js';
import { tripOf } from './writing.js';

/** A partner is told of loads from their draft to their end, with all times. */
export function publicationPolicy({ publish, publishFrom }: OtmSettings): LoadPublicationPolicy | null {
  if (publish !== 'loads') return null;
  const from = (publishFrom ?? ourConnection).split(',').map((each) => each.trim()).filter((each) => each !== '');
  return { from, states: new Set(loadStates), endsWithoutCarrier: false, times: true, lacks: () => null };
}

/** What is told is the whole trip under ids of its own: told again, after an answer that was lost, it changes nothing. */
export const perform: Perform<OtmSettings> = {
  commands: ['load.publish'],
  async perform<K extends CommandKind>(access: Access<OtmSettings>, given: OutboundCommand<K>): Promise<Outcome<Performed>> {
    if (given.kind !== 'load.publish') return failure('invalid', `Open Trip Model does not do ${given.kind}.`, '');
    const { input, timeoutMs } = given as unknown as OutboundCommand<'load.publish'>;
    const told = await putTrip(access, tripOf(input), timeoutMs);
    return told.ok ? { ok: true, value: { state: 'DONE', result: { trip: input.load, revision: input.revision }, answers: [], files: [] } } : told;
  },
};
