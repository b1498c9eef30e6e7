import { GatehouseError } from '../../lib/errors.js';
import type { NewConnector } from './plan.js';

/**
 * The text of connectors/registry.ts with one connector more.
 * @throws GatehouseError CONFLICT where it has one of this name, or is not of the form that is known
 */
export function withRegistryLine(text: string, { id, name }: NewConnector): string {
  if (text.includes(`from './${id}/index.js'`)) throw new GatehouseError('CONFLICT', `There is a connector ${id} already.`);
  const imports = [...text.matchAll(/^import \{ \w+ \} from '\.\/([\w-]+)\/index\.js';\n/gm)];
  const end = /^\]\);$/m.exec(text);
  if (imports.length === 0 || end === null) throw new GatehouseError('CONFLICT', 'connectors/registry.ts has another form than this knows. Add the connector to its map by hand.');
  const before = imports.find((line) => line[1]! > id);
  const importAt = before?.index ?? imports.at(-1)!.index + imports.at(-1)![0].length;
  return `${text.slice(0, importAt)}import { ${name} } from './${id}/index.js';\n${text.slice(importAt, end.index)}  [${name}.id, ${name}],\n${text.slice(end.index)}`;
}
