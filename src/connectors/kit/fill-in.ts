/** Thrown by what `npm run new:connector` wrote and nobody has written yet. */
export class NotFilledIn extends Error {
  override readonly name = 'NotFilledIn';
}

/**
 * Stands where a new connector still has nothing: it says what to write there, and nothing works until it is written.
 * @param file path from the project's root
 * @throws NotFilledIn always
 */
export function fillIn(file: string, what: string): never {
  throw new NotFilledIn(`Fill in ${file}: ${what}`);
}
