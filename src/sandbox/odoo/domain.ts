/** Odoo's search domains in prefix notation: '&', '|', '!' and [field, operator, value]; '&' is implied. */
export type Domain = ReadonlyArray<string | readonly [string, string, unknown]>;

/** Whether a row, as the RPC gives it, fits the domain. */
export function matches(row: Record<string, unknown>, domain: Domain): boolean {
  const rest = [...domain];
  let result = true;
  while (rest.length > 0) result = evaluate(row, rest) && result;
  return result;
}

/** Takes one whole term off the front. Both sides of an operator are always taken. */
function evaluate(row: Record<string, unknown>, rest: Array<Domain[number]>): boolean {
  const term = rest.shift();
  if (term === undefined) return true;
  if (term === '!') return !evaluate(row, rest);
  if (term === '&' || term === '|') {
    const [left, right] = [evaluate(row, rest), evaluate(row, rest)];
    return term === '&' ? left && right : left || right;
  }
  const [field, operator, value] = term as readonly [string, string, unknown];
  return compare(plain(row[field]), operator, value);
}

/** A many2one is compared by its id. */
function plain(value: unknown): unknown {
  return Array.isArray(value) && typeof value[1] === 'string' ? value[0] : value;
}

function compare(value: unknown, operator: string, wanted: unknown): boolean {
  switch (operator) {
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case 'in':
      return Array.isArray(wanted) && wanted.includes(value);
    case 'not in':
      return Array.isArray(wanted) && !wanted.includes(value);
    case '>':
      return value !== false && (value as number | string) > (wanted as number | string);
    case '>=':
      return value !== false && (value as number | string) >= (wanted as number | string);
    case '<':
      return value !== false && (value as number | string) < (wanted as number | string);
    case '<=':
      return value !== false && (value as number | string) <= (wanted as number | string);
    case 'like':
      return String(value).includes(String(wanted));
    case 'ilike':
      return String(value).toLowerCase().includes(String(wanted).toLowerCase());
    default:
      return false;
  }
}
