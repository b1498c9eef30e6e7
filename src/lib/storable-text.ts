/** The text as PostgreSQL takes it: NUL and halves of pairs, which it refuses, become U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

/** A text for people that may hold what others wrote, storable and of bounded length: a title of at most 200 characters unless told. */
export function titleText(text: string, limit = 200): string {
  return storableText(text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`);
}
