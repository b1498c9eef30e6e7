import type { CommandInputs, CommandKind } from '../../../model/commands.js';
import type { Outcome } from '../../contract.js';
import { set204, write204 } from './204.js';
import { write214 } from './214-write.js';
import { set214 } from './214.js';
import { set846 } from './846.js';
import { write856 } from './856-write.js';
import { set856 } from './856.js';
import { set940, write940 } from './940.js';
import { set943, write943 } from './943.js';
import { set944 } from './944.js';
import { set945 } from './945.js';
import { set947 } from './947.js';
import { set990, write990 } from './990.js';
import type { OutgoingSet, SetReader, WritingContext } from './set.js';

/** Every set that is read, by ST01. */
export const readers: ReadonlyMap<string, SetReader> = new Map([set204, set214, set846, set856, set940, set943, set944, set945, set947, set990].map((reader) => [reader.type, reader]));

/** What a command writes: pure; `invalid` where its input lacks what the set needs, and then no number is drawn. */
export type SetWriter<K extends CommandKind> = (input: CommandInputs[K], context: WritingContext) => Outcome<OutgoingSet>;

/** Which set each command sends, by its kind. */
export const writers: { readonly [K in CommandKind]?: SetWriter<K> } = {
  'tender.send': write204,
  'tender.answer': write990,
  'status.send': write214,
  'notice.send': write856,
  'warehouse.release': write940,
  'warehouse.announce': write943,
};
