/** An exception of Odoo: the name that it carries in an answer, and the status under which JSON-2 answers it. */
export class OdooError extends Error {
  constructor(readonly exception: string, message: string, readonly status: number) {
    super(message);
  }

  /** What Odoo tells of it: all of an answer of JSON-2, `error.data` of /jsonrpc. */
  toData(): Record<string, unknown> {
    const debug = `Traceback (most recent call last):\n${this.exception}: ${this.message}\n`;
    // werkzeug's carry their status as second argument.
    const args = this.exception.startsWith('werkzeug.') ? [this.message, this.status] : [this.message];
    return { name: this.exception, message: this.message, arguments: args, context: {}, debug };
  }
}

export const errors = {
  denied: () => new OdooError('odoo.exceptions.AccessDenied', 'Access Denied', 403),
  access: (message: string) => new OdooError('odoo.exceptions.AccessError', message, 403),
  user: (message: string) => new OdooError('odoo.exceptions.UserError', message, 422),
  value: (message: string) => new OdooError('builtins.ValueError', message, 500),
  http: (status: number, name: string, message: string) => new OdooError(`werkzeug.exceptions.${name}`, message, status),
};
