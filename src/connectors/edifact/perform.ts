import type { CommandKind } from '../../model/commands.js';
import type { Outcome, OutboundCommand, Perform } from '../contract.js';
import { performEdi } from '../kit/edi/performing.js';
import type { Prepared } from '../kit/edi/sending.js';
import { failure } from '../kit/http.js';
import { controlMessage } from './acknowledgement.js';
import { writers, type MessageWriter } from './messages/index.js';
import { profileOf, type EdifactProfile } from './profile.js';
import type { EdifactSettings } from './settings.js';
import { prepareInterchange } from './writing.js';

export const performEdifact: Perform<EdifactSettings> = performEdi<EdifactSettings, EdifactProfile>({
  writes: Object.keys(writers) as CommandKind[],
  extension: 'edi',
  contentType: 'application/edifact',
  profileOf,
  acknowledge: (profile, { interchange }, nowMs, zone) => prepareInterchange(profile, controlMessage(interchange), nowMs, zone),
  prepare<K extends CommandKind>(profile: EdifactProfile, { id, kind, input }: OutboundCommand<K>, nowMs: number, zone: string): Outcome<Prepared> {
    const writer = writers[kind] as MessageWriter<K> | undefined;
    if (writer === undefined) return failure('invalid', `No message is written for ${kind}.`, '');
    const message = writer(input, { id, nowMs, profile });
    return message.ok ? { ok: true, value: prepareInterchange(profile, message.value, nowMs, zone) } : message;
  },
});
