import { GatehouseError } from '../../lib/errors.js';

/** No name of anything is longer, and the parts of a text grow with it. */
const maxLength = 200;

/**
 * What somebody looks for, as it is compared: small letters, no blanks around it.
 * @throws GatehouseError BAD_INPUT when it is longer than 200 characters
 */
export function searchText(search: string | null | undefined): string {
  const text = search?.trim().toLowerCase() ?? '';
  if (text.length > maxLength) throw new GatehouseError('BAD_INPUT', `Search for ${maxLength} characters at most.`, { field: 'search' });
  return text;
}
