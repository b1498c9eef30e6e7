/**
 * The one table of errors. Every refusal that leaves the process is one of these rows: on REST as
 * RFC 9457 problem details, on GraphQL as `extensions.code`.
 */

/** Whether and when the caller may try the same request again. */
export type Retry = 'never' | 'backoff' | 'after';

interface ErrorRow {
  /** HTTP status on REST routes. */
  status: number;
  /** Safe to show to anybody; says what to do next where there is something to do. */
  message: string;
  retry: Retry;
}

export const errorTable = {
  UNAUTHENTICATED: { status: 401, message: 'Send a valid token: Authorization: Bearer <token>.', retry: 'never' },
  SIGNATURE_INVALID: { status: 401, message: 'The signature or token of this message is missing, wrong or too old.', retry: 'never' },
  FORBIDDEN: { status: 403, message: 'This token does not carry the scope that this action needs.', retry: 'never' },
  NOT_FOUND: { status: 404, message: 'There is no such record, or this token may not see it.', retry: 'never' },
  UNKNOWN_CONNECTION: { status: 404, message: 'No connection of this name takes messages. List them with: gatehouse connection list.', retry: 'never' },
  CONFLICT: { status: 409, message: 'The record changed meanwhile. Read it again and repeat the action.', retry: 'never' },
  ALREADY_BOOKED: { status: 409, message: 'This shipment is booked already, or is about to be. If one more booking is meant, ask for it with again: true.', retry: 'never' },
  SLOT_TAKEN: { status: 409, message: 'This time is given away or not given out. Take one of the alternatives, or ask again for what is free.', retry: 'never' },
  QUOTE_EXPIRED: { status: 409, message: 'This quote is older than a day. Ask for a new one.', retry: 'never' },
  QUOTE_DIFFERS: { status: 409, message: 'This quote was given for other freight. Ask for a new one.', retry: 'never' },
  CURSOR_EXPIRED: { status: 410, message: 'This cursor is not of this log, or older than what is kept. Ask for latestCursor, then for what you show, and subscribe after that cursor.', retry: 'never' },
  TOO_LARGE: { status: 413, message: 'The body is larger than this server takes.', retry: 'never' },
  UNSUPPORTED_TYPE: { status: 415, message: 'The connection does not take this content type.', retry: 'never' },
  TOO_COSTLY: { status: 400, message: 'This asks for more than one operation may cost. Ask for smaller pages, or for fewer lists in one another.', retry: 'never' },
  UNTRUSTED_DOCUMENT: { status: 403, message: 'Only documents of the manifest run here. Send the id or the SHA-256 of one of them.', retry: 'never' },
  BAD_INPUT: { status: 400, message: 'The request is not valid.', retry: 'never' },
  RATE_LIMITED: { status: 429, message: 'Too many requests. Wait as Retry-After says.', retry: 'after' },
  UNAVAILABLE: { status: 503, message: 'The request could not be made durable now. Send it again.', retry: 'after' },
  SUBGRAPH_UNAVAILABLE: { status: 502, message: 'Another service that this comes from did not answer, or not in time.', retry: 'backoff' },
  SUBGRAPH_FAILED: { status: 502, message: 'Another service that this comes from answered with an error.', retry: 'never' },
  READ_TIMEOUT: { status: 503, message: 'Reading this took too long and was stopped. Ask for less: smaller pages, a narrower filter, fewer lists in one another.', retry: 'backoff' },
  INTERNAL: { status: 500, message: 'Something failed on our side. The correlation id names it in our log.', retry: 'backoff' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** An error that is meant for the caller. Anything else that is thrown is INTERNAL to them. */
export class GatehouseError extends Error {
  readonly code: ErrorCode;
  /** The field of the input that is wrong, where there is one. */
  readonly field?: string;
  /** Seconds, sent as Retry-After where the code's retry is `after`. */
  readonly retryAfter?: number;
  /** Figures that belong to the error, shown with it. */
  readonly figures?: Readonly<Record<string, number>>;

  constructor(code: ErrorCode, message: string = errorTable[code].message, options: { field?: string; retryAfter?: number; figures?: Readonly<Record<string, number>>; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'GatehouseError';
    this.code = code;
    if (options.field !== undefined) this.field = options.field;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
    if (options.figures !== undefined) this.figures = options.figures;
  }
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  retry: Retry;
  correlationId?: string;
}

/** RFC 9457 problem details for any thrown value; nothing internal is in it. */
export function toProblem(error: unknown, correlationId?: string): Problem {
  const known = error instanceof GatehouseError ? error : undefined;
  const code: ErrorCode = known?.code ?? 'INTERNAL';
  const row = errorTable[code];
  return {
    type: `urn:gatehouse:error:${code.toLowerCase()}`,
    title: row.message,
    status: row.status,
    detail: known?.message ?? row.message,
    code,
    retry: row.retry,
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}
