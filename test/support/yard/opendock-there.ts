import { randomUUID } from 'node:crypto';
import { AnsweringServer, type Asked, type Scripted } from '../../connectors/answering-server.js';

export const dockUser = { email: 'dispatch@shipper.example', password: 'correct horse battery' } as const;

interface Kept {
  id: string;
  status: string;
  start: string;
  end: string;
  dockId: string;
  tags: string[];
  refNumbers: string[];
  isActive: boolean;
  lastChangedDateTime: string;
  [name: string]: unknown;
}

/** What goes wrong with the next request that changes something there: answered so, or done without an answer, or never arrived. */
export type Trouble = 429 | 503 | 'done, answer lost' | 'lost on the way';

/** An Opendock that keeps its appointments: a dock holds one at a time, and tokens end. */
export class OpendockThere {
  readonly appointments: Kept[] = [];
  readonly warehouses: Array<Record<string, unknown>> = [];
  readonly server = new AnsweringServer();
  /** Of the requests that change something, in their order. */
  troubles: Trouble[] = [];
  logins = 0;
  refreshes = 0;
  /** Seconds that a token is said to live. */
  tokenSeconds = 3600;
  #token = '';
  #changes = 0;
  url = '';

  async listen(): Promise<string> {
    this.server.answer = (asked) => this.#answer(asked);
    this.url = await this.server.listen();
    return this.url;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** Requests that change something there. */
  changesAsked(): string[] {
    return this.server.asked.filter(({ method, path }) => method !== 'GET' && !path.startsWith('/auth/')).map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  }

  endToken(): void {
    this.#token = 'ended';
  }

  /** Somebody there does it. */
  change(id: string, over: Partial<Kept>): Kept {
    const one = this.appointments.find((each) => each.id === id)!;
    return Object.assign(one, over, { lastChangedDateTime: this.#now() });
  }

  make(over: Partial<Kept>): Kept {
    const kept: Kept = {
      id: randomUUID(), createDateTime: this.#now(), lastChangedDateTime: this.#now(), isActive: true, type: 'Standard', status: 'Scheduled', tags: [], refNumbers: [], notes: '', loadTypeId: 'lt1', dockId: 'd1', confirmationNumber: String(1000 + this.appointments.length),
      start: '2026-03-06T14:00:00.000Z', end: '2026-03-06T15:00:00.000Z', ...over,
    };
    this.appointments.push(kept);
    return kept;
  }

  #answer({ method, path, body, headers }: Asked): Scripted {
    const url = new URL(path, 'http://there');
    if (url.pathname === '/auth/login') {
      const { email, password } = JSON.parse(body) as { email?: string; password?: string };
      if (email !== dockUser.email || password !== dockUser.password) return refusal(401, 'Unauthorized');
      this.logins++;
      return this.#freshToken(201);
    }
    if (headers.authorization !== `Bearer ${this.#token}`) return refusal(401, 'Unauthorized');
    if (url.pathname === '/auth/refresh') {
      this.refreshes++;
      return this.#freshToken(200);
    }
    if (method === 'GET') return this.#read(url);
    const trouble = this.troubles.shift();
    if (trouble === 429) return { ...refusal(429, 'ThrottlerException: Too Many Requests'), headers: { 'retry-after': '1' } };
    if (trouble === 503) return refusal(503, 'Service Unavailable');
    if (trouble === 'lost on the way') return { cut: true };
    const done = this.#change(method, url, JSON.parse(body) as Partial<Kept>);
    return trouble === 'done, answer lost' ? { cut: true } : done;
  }

  #freshToken(status: number): Scripted {
    this.#token = randomUUID();
    return { status, body: JSON.stringify({ access_token: this.#token, expires_in: this.tokenSeconds }) };
  }

  #read(url: URL): Scripted {
    const [, kind, id] = url.pathname.split('/');
    const hasJoins = url.searchParams.has('join');
    if (kind === 'appointment' && id !== undefined) {
      const one = this.appointments.find((each) => each.id === id);
      return one === undefined ? refusal(404, 'Appointment not found') : json({ action: 'read', entity: 'Appointment', data: shown(one, hasJoins) });
    }
    const search = JSON.parse(url.searchParams.get('s') ?? '{}') as Search;
    const [limit, page] = [Number(url.searchParams.get('limit') ?? 100), Number(url.searchParams.get('page') ?? 1)];
    const all = kind === 'appointment' ? this.appointments.filter((each) => matches(each, search)) : kind === 'warehouse' ? this.warehouses.filter((each) => matches(each as Kept, search)) : [];
    const sorted = [...all].sort((a, b) => String(a['lastChangedDateTime']).localeCompare(String(b['lastChangedDateTime'])) || String(a['id']).localeCompare(String(b['id'])));
    const data = sorted.slice((page - 1) * limit, page * limit).map((each) => (kind === 'appointment' ? shown(each as Kept, hasJoins) : each));
    return json({ count: data.length, total: all.length, page, pageCount: Math.ceil(all.length / limit), entity: kind, data });
  }

  #change(method: string, url: URL, body: Partial<Kept>): Scripted {
    const id = url.pathname.split('/')[2];
    const before = this.appointments.find((each) => each.id === id);
    if (method === 'PATCH' && before === undefined) return refusal(404, 'Appointment not found');
    const wanted = { ...before, ...body } as Kept;
    wanted.end ??= new Date(Date.parse(wanted.start) + 3_600_000).toISOString();
    const taken = this.appointments.some((each) => each.id !== before?.id && each.status !== 'Cancelled' && each.dockId === wanted.dockId && each.start < wanted.end && wanted.start < each.end);
    if (taken && wanted.status !== 'Cancelled') return refusal(400, 'Appointment does not fit into combined Dock and Warehouse availability');
    const after = before === undefined ? this.make({ ...body, end: wanted.end, status: 'Requested' }) : this.change(before.id, body);
    return json({ action: before === undefined ? 'create' : 'update', entity: 'Appointment', data: shown(after, false) }, before === undefined ? 201 : 200);
  }

  /** Later each time: changes have an order. */
  #now(): string {
    return new Date(Date.now() - 3_600_000 + ++this.#changes * 1000).toISOString();
  }
}

type Search = { [name: string]: unknown };

/** As far as it is asked for. Records that are no longer active are shown only to who asks for them. */
function matches(kept: Kept, search: Search): boolean {
  const asksForGone = JSON.stringify(search).includes('"isActive":false');
  return kept.isActive !== asksForGone && fits(kept, search);
}

function fits(kept: Kept, search: Search): boolean {
  return Object.entries(search).every(([name, wanted]) => {
    if (name === '$and') return (wanted as Search[]).every((each) => fits(kept, each));
    if (name === '$or') return (wanted as Search[]).some((each) => fits(kept, each));
    const value = kept[name];
    if (typeof wanted !== 'object' || wanted === null) return value === wanted;
    const { $gte, $contL, $cont } = wanted as { $gte?: string; $contL?: string; $cont?: string };
    if ($gte !== undefined) return String(value) >= $gte;
    return String(value).toLowerCase().includes(($contL ?? $cont ?? '').toLowerCase());
  });
}

function shown(kept: Kept, hasJoins: boolean): object {
  return hasJoins ? { ...kept, dock: { id: kept.dockId, name: 'Door 4', doorNumber: '4', warehouseId: 'w1' }, loadType: { id: 'lt1', direction: 'Inbound', operation: 'Live' }, user: { id: 'u1', company: { id: 'c1', name: 'DELTA' } } } : kept;
}

const json = (body: object, status = 200): Scripted => ({ status, body: JSON.stringify(body) });
const refusal = (status: number, message: string): Scripted => json({ statusCode: status, message, error: message }, status);
