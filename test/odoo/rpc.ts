/** Calls of one user to one database of a running Odoo, by `/jsonrpc`, which 17, 18 and 19 all speak. */
export class OdooRpc {
  readonly #url: string;
  readonly #database: string;
  #uid = 0;

  constructor(url: string, database: string) {
    this.#url = url;
    this.#database = database;
  }

  /** Signs in as the administrator of a fresh database. */
  async signIn(): Promise<void> {
    const uid = await this.#post('common', 'login', [this.#database, 'admin', 'admin']);
    if (typeof uid !== 'number') throw new Error('Odoo does not let admin sign in.');
    this.#uid = uid;
  }

  /** @throws with Odoo's own words where it refuses */
  async call<T = unknown>(model: string, method: string, args: readonly unknown[], named: Readonly<Record<string, unknown>> = {}): Promise<T> {
    return (await this.#post('object', 'execute_kw', [this.#database, this.#uid, 'admin', model, method, args, named])) as T;
  }

  async create(model: string, values: Readonly<Record<string, unknown>>, context: Readonly<Record<string, unknown>> = {}): Promise<number> {
    const [id] = await this.call<number[]>(model, 'create', [[values]], { context });
    return id!;
  }

  write(model: string, ids: readonly number[], values: Readonly<Record<string, unknown>>, context: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.call(model, 'write', [ids, values], { context });
  }

  /** All records that match, archived ones too, whatever their company. */
  search<Row extends { id: number }>(model: string, domain: readonly unknown[], fields: readonly string[], context: Readonly<Record<string, unknown>> = {}): Promise<Row[]> {
    return this.call(model, 'search_read', [domain, fields], { order: 'id', context: { active_test: false, ...context } });
  }

  async fieldsOf(model: string): Promise<ReadonlySet<string>> {
    return new Set(Object.keys(await this.call<object>(model, 'fields_get', [], { attributes: ['type'] })));
  }

  async #post(service: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const response = await fetch(`${this.#url}/jsonrpc`, {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', method: 'call', params: { service, method, args } }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string; data?: { name: string; message: string; debug?: string } } };
    if (answer.error !== undefined) {
      const { message, data } = answer.error;
      throw new Error(`Odoo refuses ${method === 'execute_kw' ? `${args[3]}.${args[4]}` : method}: ${data?.name ?? ''} ${data?.message ?? message}\n${data?.debug?.slice(-1500) ?? ''}`);
    }
    return answer.result;
  }
}
