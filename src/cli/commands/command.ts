import type { Services } from '../../main.js';

/**
 * A command that reads or changes data. It runs in the server where one owns the embedded database,
 * and in its own process otherwise; either way it prints the lines that `run` gives.
 */
export interface DataCommand {
  name: string;
  run(services: Services, options: Record<string, unknown>): AsyncIterable<string>;
}
