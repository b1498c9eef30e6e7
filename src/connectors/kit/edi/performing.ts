import type { CommandInputs, CommandKind } from '../../../model/commands.js';
import type { Access, CommandMemory, Outcome, OutboundCommand, Perform, Performed } from '../../contract.js';
import { failure } from '../http.js';
import { sendLaterReply } from '../transports/later.js';
import type { TransportAccess } from '../transports/transport.js';
import { sendInterchange, type Prepared } from './sending.js';

/** How one syntax writes what a command wants. */
export interface EdiWriting<Settings, Profile> {
  /** Kinds of commands that a set or message is written for. */
  writes: readonly CommandKind[];
  extension: string;
  contentType: string;
  profileOf(settings: Settings): Profile | undefined;
  acknowledge(profile: Profile, input: CommandInputs['edi.acknowledge'], nowMs: number, zone: string): Prepared;
  prepare<K extends CommandKind>(profile: Profile, command: OutboundCommand<K>, nowMs: number, zone: string): Outcome<Prepared>;
}

/** Writes what a command wants into an interchange of its own and hands it to the transport. */
export function performEdi<Settings extends TransportAccess & { zone?: string | undefined }, Profile>(writing: EdiWriting<Settings, Profile>): Perform<Settings> {
  const prepared = <K extends CommandKind>(settings: Settings, command: OutboundCommand<K>): Outcome<Prepared> => {
    const profile = writing.profileOf(settings);
    if (profile === undefined) return failure('auth', 'The connection has no profile of the partner. Set who we are and who the partner is.', '');
    const [nowMs, zone] = [Date.now(), settings.zone ?? 'UTC'];
    if (command.kind === 'edi.acknowledge') return { ok: true, value: writing.acknowledge(profile, command.input as CommandInputs['edi.acknowledge'], nowMs, zone) };
    return writing.prepare(profile, command, nowMs, zone);
  };
  return {
    commands: [...writing.writes, 'edi.acknowledge', 'receipt.send'],
    async perform<K extends CommandKind>(access: Access<Settings>, command: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
      if (command.kind === 'receipt.send') return sendLaterReply(access, command.input as CommandInputs['receipt.send'], command.timeoutMs);
      const interchange = prepared(access.settings, command);
      if (!interchange.ok) return interchange;
      return sendInterchange(access, memory, interchange.value, { id: command.id, extension: writing.extension, contentType: writing.contentType }, command.timeoutMs);
    },
  };
}
