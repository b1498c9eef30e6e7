import { GatehouseError } from '../../lib/errors.js';
import type { FieldsRead } from '../../lib/fields-read.js';
import { uuidFromGlobalId } from '../../lib/ids.js';

/** @throws GatehouseError BAD_INPUT unless exactly one of the arguments has a value */
export function checkExactlyOne(given: Record<string, unknown>): void {
  if (Object.values(given).filter((value) => value != null).length === 1) return;
  const names = Object.keys(given);
  throw new GatehouseError('BAD_INPUT', `Give exactly one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}.`);
}

/** The record of a global id; null where that is an id of something else, or of nothing that is visible. */
export async function loadById<Item>(loader: { load(uuid: string, fields?: FieldsRead): Promise<Item | null> }, type: string, id: string, fields?: FieldsRead): Promise<Item | null> {
  const uuid = uuidFromGlobalId(type, id);
  return uuid === null ? null : loader.load(uuid, fields);
}

/**
 * The UUID of a record that another subgraph names by its global id.
 * @throws GatehouseError BAD_INPUT when it is no id of this type
 */
export function uuidOf(type: string, id: string): string {
  const uuid = uuidFromGlobalId(type, id);
  if (uuid === null) throw new GatehouseError('BAD_INPUT', `${id.slice(0, 100)} is no id of a ${type}.`);
  return uuid;
}

/**
 * The UUID that a filter names by a global id; null where it names none.
 * @throws GatehouseError BAD_INPUT when it is no id of this type
 */
export function uuidOfFilter(type: string, field: string, id: string | null | undefined): string | null {
  if (id == null) return null;
  const uuid = uuidFromGlobalId(type, id);
  if (uuid === null) throw new GatehouseError('BAD_INPUT', `filter.${field} is no ${type.toLowerCase()} id.`, { field: `filter.${field}` });
  return uuid;
}
