import type { CommandKind } from '../../model/commands.js';
import type { Access, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
import { sendLaterReply } from '../kit/transports/later.js';
import { deliver } from '../kit/transports/transport.js';
import type { FilesSettings } from './settings.js';

/** Results files go to the partner; the command is the name of the file, so that a repeat is the same file. */
export const perform: Perform<FilesSettings> = {
  commands: ['file.results', 'receipt.send'],
  async perform<K extends CommandKind>(access: Access<FilesSettings>, given: OutboundCommand<K>): Promise<Outcome<Performed>> {
    const command = given as unknown as OutboundCommand<'file.results'> | OutboundCommand<'receipt.send'>;
    if (command.kind === 'receipt.send') return sendLaterReply(access, command.input, command.timeoutMs);
    if (command.kind !== 'file.results') return failure('invalid', `A connection of files does not do ${given.kind}.`, '');
    const { name, content } = command.input;
    const outcome = await deliver(access, { name, contentType: 'text/csv', bytes: Buffer.from(content), id: command.id }, command.timeoutMs);
    if (!outcome.ok) return outcome;
    return { ok: true, value: { state: 'DONE', result: { file: name, ...(outcome.value.receipt === undefined ? {} : { receipt: outcome.value.receipt }) }, answers: [], files: [] } };
  },
};
