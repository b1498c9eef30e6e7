import { DateTime } from 'luxon';
import { encodeText } from '../kit/edi/bytes.js';
import type { Prepared } from '../kit/edi/sending.js';
import type { OutgoingMessage } from './messages/message.js';
import type { EdifactProfile } from './profile.js';
import { charsetOf, defaultMarks, writeSegment } from './segments.js';

const most = 99_999_999;
/** Levels A and B are ASCII, and A has no lower case. */
const ascii: ReadonlySet<string> = new Set(['UNOA', 'UNOB']);

/** An interchange of one message: UNA where agreed, UNB, UNH, what is said, UNT, UNZ. */
export function prepareInterchange(profile: EdifactProfile, message: OutgoingMessage, nowMs: number, zone: string): Prepared {
  const marks = { ...defaultMarks, repetition: profile.syntaxVersion === '4' ? '*' : ' ' };
  return {
    series: [{ name: 'UNB', first: profile.firstNumbers.UNB, most }, { name: 'UNH', first: profile.firstNumbers.UNH, most }],
    write([interchange, number]) {
      const control = String(interchange);
      const segments = [header(profile, control, message.type === 'CONTRL', nowMs, zone), [['UNH'], [String(number)], identifier(profile, message.type)], ...message.segments, [['UNT'], [String(message.segments.length + 2)], [String(number)]], [['UNZ'], ['1'], [control]]];
      const end = marks.segment + (profile.lines ? '\n' : '');
      const text = segments.map((elements) => writeSegment({ tag: elements[0]![0]!, elements: elements.map((element) => trimmed(element.map((data) => clean(data, profile.syntax)))) }, marks) + end).join('');
      const advice = profile.advice ? `UNA${marks.component}${marks.element}${marks.decimal}${marks.release}${marks.repetition}${end}` : '';
      return { control, bytes: encodeText(advice + text, charsetOf(profile.syntax) ?? 'latin1') };
    },
  };
}

function header({ us, partner, syntax, syntaxVersion, usage, expect }: EdifactProfile, control: string, isAnswer: boolean, nowMs: number, zone: string): string[][] {
  const now = DateTime.fromMillis(nowMs, { zone });
  const party = ({ id, qualifier }: { id: string; qualifier: string }) => (qualifier === '' ? [id] : [id, qualifier]);
  const tail: string[][] = [[], [], [], [expect && !isAnswer ? '1' : ''], [], [usage === 'TEST' ? '1' : '']];
  while (tail.at(-1)?.join('') === '') tail.pop();
  return [['UNB'], [syntax, syntaxVersion], party(us), party(partner), [now.toFormat(syntaxVersion === '4' ? 'yyyyMMdd' : 'yyMMdd'), now.toFormat('HHmm')], [control], ...tail.map((element) => (element.length === 0 ? [''] : element))];
}

/** CONTRL belongs to the syntax and not to a directory. */
function identifier({ directory, syntaxVersion }: EdifactProfile, type: string): string[] {
  if (type === 'CONTRL') return syntaxVersion === '4' ? [type, '4', '1', 'UN'] : [type, 'D', '3', 'UN'];
  return [type, 'D', directory, 'UN'];
}

/** What the character set does not have becomes a question mark behind a release character, so that its loss is seen. */
function clean(data: string, syntax: string): string {
  const plain = data.replace(/[\u0000-\u001f\u007f]/g, ' ');
  const cased = syntax === 'UNOA' ? plain.toUpperCase() : plain;
  if (ascii.has(syntax)) return cased.replace(/[^\u0020-\u007e]/gu, '?');
  const charset = charsetOf(syntax) ?? 'latin1';
  return charset === 'utf-8' ? cased : Array.from(cased, (character) => (has(character, charset) ? character : '?')).join('');
}

function has(character: string, charset: NonNullable<ReturnType<typeof charsetOf>>): boolean {
  try {
    encodeText(character, charset);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function trimmed(components: readonly string[]): readonly string[] {
  const last = components.findLastIndex((component) => component !== '');
  return components.slice(0, Math.max(1, last + 1));
}
