import type { Anomaly, Decoded, Fact, LineResult } from '../../model/facts.js';
import { UnreadableMessage, type RawMessage } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { FactSet } from '../kit/fact-set.js';
import { clip } from '../kit/text.js';
import { levelOf } from './inventory.js';
import { takeApart, type Line } from './lines.js';
import { milestoneOf } from './milestones.js';
import type { FilesSettings } from './settings.js';
import { RefusedLine } from './values.js';

/**
 * Reads a file by the mapping of its connection: each line gives a fact, or an anomaly that says which line and why.
 * @throws UnreadableMessage where no line of it can be read
 */
export function decodeFile(message: RawMessage, { mapping, zone, results }: FilesSettings): Decoded {
  const { lines, bad } = takeApart(message.body, mapping);
  const facts = new FactSet();
  const anomalies: Anomaly[] = [];
  const outcomes: LineResult[] = bad.map(({ number, reason }) => ({ line: number, accepted: false, reason }));
  const context = { connection: message.connection, zone: zone ?? message.zone, receivedAt: message.receivedAt };
  const levels = new Map<string, number>();
  const read = (line: Line): Fact => (mapping.records === 'milestones' ? milestoneOf(line, mapping, context, anomalies) : levelOf(line, mapping, context, levels));
  for (const line of lines) {
    try {
      facts.add(read(line));
      outcomes.push({ line: line.number, accepted: true });
    } catch (error) {
      if (!(error instanceof RefusedLine)) throw error;
      outcomes.push({ line: line.number, accepted: false, reason: error.message });
    }
  }
  const refused = outcomes.filter((outcome) => !outcome.accepted).sort((a, b) => a.line - b.line);
  if (refused.length > 0 && refused.length === outcomes.length) throw new UnreadableMessage(`None of ${outcomes.length} lines can be read. Line ${refused[0]!.line}: ${refused[0]!.reason}.`, results === 'none' ? undefined : refused);
  const told = refused.map(({ line, reason }): Anomaly => ({ kind: 'LINE_REJECTED', message: `Line ${line}: ${clip(reason!, 300)}. It was left out.`, severity: 'MEDIUM' }));
  const named = results === 'all' ? outcomes.sort((a, b) => a.line - b.line) : refused;
  return { facts: facts.list(), anomalies: boundAnomalies([...told, ...anomalies, ...facts.anomalies]), ...(results === 'none' ? {} : { lineResults: named }) };
}
