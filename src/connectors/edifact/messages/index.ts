import type { CommandInputs, CommandKind } from '../../../model/commands.js';
import type { Outcome } from '../../contract.js';
import { writeDesadv } from './desadv-write.js';
import { desadv } from './desadv.js';
import { writeIftmin } from './iftmin-write.js';
import { iftmin } from './iftmin.js';
import { iftsta, writeIftsta } from './iftsta.js';
import type { MessageReader, OutgoingMessage, WritingContext } from './message.js';

/** Every message that is read, by its type. */
export const readers: ReadonlyMap<string, MessageReader> = new Map([desadv, iftmin, iftsta].map((reader) => [reader.type, reader]));

/** What a command writes: pure; `invalid` where its input lacks what the message needs, and then no number is drawn. */
export type MessageWriter<K extends CommandKind> = (input: CommandInputs[K], context: WritingContext) => Outcome<OutgoingMessage>;

/** Which message each command sends, by its kind. */
export const writers: { readonly [K in CommandKind]?: MessageWriter<K> } = {
  'tender.send': writeIftmin,
  'status.send': writeIftsta,
  'notice.send': writeDesadv,
};
