import { readConfig } from '../../lib/config.js';
import { createLog } from '../../lib/log.js';
import { runDataCommand } from '../dispatch-data-command.js';

/** Help text with examples, each without the program's name. */
export const example = (...lines: string[]) => `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  gatehouse ${line}`).join('\n')}`;

/** An option that may be repeated. */
export const many = (value: string, before: string[] = []) => [...before, value];

export const whyTwo = ['--reason <text>', 'why, where GATEHOUSE_FOUR_EYES has a second person approve it'] as const;

/** @throws ConfigError */
export function environment() {
  const config = readConfig();
  return { config, log: createLog(config.logLevel) };
}

/** An action that reads or changes data: what needs the graph or the database is loaded when it runs, so that a help text comes at once. */
export const data = (name: string) => async (options: Record<string, unknown>) => {
  const { config, log } = environment();
  await runDataCommand(config, log, name, options);
};
