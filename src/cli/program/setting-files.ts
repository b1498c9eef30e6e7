import { readFile } from 'node:fs/promises';
import { GatehouseError } from '../../lib/errors.js';

/** The option by which a setting is read from a file: a table, a certificate. */
export const settingFile = ['--file <key=path>', 'a setting that is the content of a file; may be repeated'] as const;

/**
 * Settings that were given as files, behind those that were given as text.
 * @throws GatehouseError BAD_INPUT where a file cannot be read
 */
export async function withFiles({ set = [], file = [], ...options }: Record<string, unknown> & { set?: readonly string[]; file?: readonly string[] }): Promise<Record<string, unknown>> {
  const read = await Promise.all(file.map(async (pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new GatehouseError('BAD_INPUT', `--file takes key=path; this is "${pair}".`);
    try {
      return `${pair.slice(0, at)}=${await readFile(pair.slice(at + 1), 'utf8')}`;
    } catch (error) {
      throw new GatehouseError('BAD_INPUT', `${pair.slice(0, at)}: the file cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }));
  return { ...options, set: [...set, ...read] };
}
