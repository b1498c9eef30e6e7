import type { CommandKind } from '../../model/commands.js';
import type { Outcome, OutboundCommand, Perform } from '../contract.js';
import { performEdi } from '../kit/edi/performing.js';
import type { Prepared } from '../kit/edi/sending.js';
import { failure } from '../kit/http.js';
import { acknowledge } from './acknowledgement.js';
import { profileOf, type X12Profile } from './profile.js';
import { writers, type SetWriter } from './sets/index.js';
import type { X12Settings } from './settings.js';
import { prepareInterchange } from './writing.js';

export const performX12: Perform<X12Settings> = performEdi<X12Settings, X12Profile>({
  writes: Object.keys(writers) as CommandKind[],
  extension: 'x12',
  contentType: 'application/edi-x12',
  profileOf,
  acknowledge: (profile, { interchange }, nowMs, zone) => prepareInterchange(profile, acknowledge(interchange), nowMs, zone),
  prepare<K extends CommandKind>(profile: X12Profile, { kind, input }: OutboundCommand<K>, nowMs: number, zone: string): Outcome<Prepared> {
    const writer = writers[kind] as SetWriter<K> | undefined;
    if (writer === undefined) return failure('invalid', `No set is written for ${kind}.`, '');
    const set = writer(input, { version: profile.version, nowMs, zone });
    return set.ok ? { ok: true, value: prepareInterchange(profile, { ta1: [], sets: [set.value] }, nowMs, zone) } : set;
  },
});
