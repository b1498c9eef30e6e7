import { byId, debounce, h, say } from './dom.js';
import { carrierName, place, statusBadge, timeElement, words } from './format.js';
import { RequestFailure, type GraphqlClient } from './graphql.js';
import { finishedStatuses, shipmentsQuery, shipmentStatuses, type ShipmentRow, type ShipmentsAnswer } from './queries.js';

const pageSize = 25;
/** Rows that live events may grow the table to; beyond it the last rows go and Load more brings them back. */
const maxLiveRows = 500;

interface Shown {
  row: ShipmentRow;
  element: HTMLTableRowElement;
  /** The cursor of its page; null where a live event brought it. */
  cursor: string | null;
}

/** The table of shipments, newest first. */
export class ShipmentTable {
  #shown = new Map<string, Shown>();
  #after: string | null = null;
  #hasNext = false;
  #selected: string | null = null;
  /** Answers of an earlier filter that arrive late are dropped. */
  #generation = 0;
  readonly #body = byId('shipment-rows');
  readonly #state = byId('shipments-state');
  readonly #more = byId<HTMLButtonElement>('load-more');
  readonly #search = byId<HTMLInputElement>('search');
  readonly #status = byId<HTMLSelectElement>('status');

  constructor(private readonly client: GraphqlClient, private readonly onFailure: (failure: RequestFailure) => void) {
    this.#status.append(
      h('option', { value: '' }, 'All statuses'),
      h('option', { value: 'open' }, 'Not finished'),
      ...shipmentStatuses.map((status) => h('option', { value: status }, words(status))),
    );
    const reload = () => void this.load();
    this.#search.addEventListener('input', debounce(250, reload));
    this.#status.addEventListener('change', reload);
    byId('filter').addEventListener('submit', (event) => {
      event.preventDefault();
      reload();
    });
    this.#more.addEventListener('click', () => void this.#loadMore());
  }

  /** Reads the first page afresh. */
  async load(): Promise<void> {
    const generation = ++this.#generation;
    if (this.#shown.size === 0) say(this.#state, 'Loading shipments…');
    const answer = await this.#read(null, pageSize, generation);
    if (answer === null) return;
    this.#shown.clear();
    this.#body.replaceChildren();
    this.#addPage(answer);
  }

  /** Another token may see others. */
  clear(): void {
    this.#generation++;
    this.#shown.clear();
    this.#body.replaceChildren();
    this.#more.hidden = true;
  }

  /** Brings what is shown up to date without moving it, as far as one page reaches. */
  async refresh(): Promise<void> {
    if (this.#shown.size > 100) return;
    const generation = this.#generation;
    const answer = await this.#read(null, Math.max(pageSize, this.#shown.size), generation);
    if (answer === null) return;
    const fresh = new Map(answer.shipments.edges.map((edge) => [edge.node.id, edge]));
    for (const [id, shown] of this.#shown) {
      if (fresh.has(id)) continue;
      shown.element.remove();
      this.#shown.delete(id);
    }
    // A row that is moved loses the focus.
    const focused = this.#body.contains(document.activeElement) ? document.activeElement!.closest('tr')?.dataset['id'] : undefined;
    let previous: Element | null = null;
    for (const { node, cursor } of fresh.values()) {
      const shown = this.#put(node, cursor, false);
      const before: Element | null = previous === null ? this.#body.firstElementChild : previous.nextElementSibling;
      if (before !== shown.element) this.#body.insertBefore(shown.element, before);
      previous = shown.element;
    }
    if (focused !== undefined && !this.#body.contains(document.activeElement)) this.focus(focused);
    this.#setPage(answer);
  }

  async #loadMore(): Promise<void> {
    this.#more.disabled = true;
    const first = this.#shown.size;
    const answer = await this.#read(this.#after, pageSize, this.#generation);
    this.#more.disabled = false;
    if (answer === null) return;
    this.#addPage(answer);
    const added = [...this.#shown.values()][first]?.element;
    // Keyboard users go on where the new rows begin.
    if (this.#more.hidden) added?.querySelector('a')?.focus();
  }

  /** A live event brought the newest state of this shipment. */
  update(row: ShipmentRow): void {
    const known = this.#shown.has(row.id);
    if (!known && (this.#filtered() || !this.#isNewest(row))) return;
    const { element } = this.#put(row, null, true);
    if (!known) this.#body.prepend(element);
    this.#dropBeyondLimit();
    this.#describe();
  }

  select(id: string | null): void {
    if (this.#selected !== null) this.#shown.get(this.#selected)?.element.removeAttribute('aria-current');
    this.#selected = id;
    if (id !== null) this.#shown.get(id)?.element.setAttribute('aria-current', 'true');
  }

  focus(id: string): void {
    this.#shown.get(id)?.element.querySelector('a')?.focus();
  }

  /** Last milestones of the rows shown, oldest first: what the feed begins with. */
  lastMilestones(): ShipmentRow[] {
    return [...this.#shown.values()].map((shown) => shown.row).filter((row) => row.lastMilestone !== null);
  }

  async #read(after: string | null, first: number, generation: number): Promise<ShipmentsAnswer | null> {
    try {
      const answer = await this.client.request<ShipmentsAnswer>(shipmentsQuery, { first, after, filter: this.#filter() });
      return generation === this.#generation ? answer : null;
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      if (generation !== this.#generation) return null;
      if (this.#shown.size === 0) say(this.#state, 'The shipments could not be loaded.');
      this.onFailure(error);
      return null;
    }
  }

  #filter(): { status?: string[]; search?: string } {
    const search = this.#search.value.trim();
    const status = this.#status.value;
    const wanted = status === 'open' ? shipmentStatuses.filter((each) => !finishedStatuses.has(each)) : [status];
    return { ...(status === '' ? {} : { status: wanted }), ...(search === '' ? {} : { search }) };
  }

  #filtered(): boolean {
    return this.#search.value.trim() !== '' || this.#status.value !== '';
  }

  #isNewest(row: ShipmentRow): boolean {
    const first = this.#shown.get((this.#body.firstElementChild as HTMLElement | null)?.dataset['id'] ?? '');
    return first === undefined || row.createdAt >= first.row.createdAt;
  }

  #addPage(answer: ShipmentsAnswer): void {
    for (const { node, cursor } of answer.shipments.edges) this.#body.append(this.#put(node, cursor, false).element);
    this.#setPage(answer);
  }

  #setPage({ shipments: { pageInfo } }: ShipmentsAnswer): void {
    this.#after = pageInfo.endCursor;
    this.#hasNext = pageInfo.hasNextPage;
    this.#describe();
  }

  #put(row: ShipmentRow, cursor: string | null, live: boolean): Shown {
    const shown = this.#shown.get(row.id) ?? { row, cursor, element: emptyRow(row.id) };
    const hadFocus = shown.element.contains(document.activeElement);
    shown.element.replaceChildren(...cells(row));
    if (hadFocus) shown.element.querySelector('a')?.focus();
    shown.row = row;
    shown.cursor = cursor ?? shown.cursor;
    if (row.id === this.#selected) shown.element.setAttribute('aria-current', 'true');
    if (live) highlight(shown.element);
    this.#shown.set(row.id, shown);
    return shown;
  }

  #dropBeyondLimit(): void {
    while (this.#shown.size > maxLiveRows) {
      const last = this.#body.lastElementChild as HTMLElement;
      this.#shown.delete(last.dataset['id']!);
      last.remove();
      this.#after = this.#shown.get((this.#body.lastElementChild as HTMLElement).dataset['id']!)?.cursor ?? null;
      this.#hasNext = true;
    }
  }

  #describe(): void {
    const none = this.#filtered()
      ? 'No shipment matches. Change the search or choose “All statuses”.'
      : 'No shipments yet. They appear as soon as Odoo confirms a delivery or a carrier reports one; add a connection with: gatehouse connection add.';
    say(this.#state, this.#shown.size === 0 ? none : '');
    this.#more.hidden = !this.#hasNext;
  }
}

function emptyRow(id: string): HTMLTableRowElement {
  const open = (event: Event) => {
    // A link inside the row acts for itself; text that is being selected is no click.
    if ((event.target as Element).closest('a') === null && getSelection()?.isCollapsed !== false) location.hash = shipmentHash(id);
  };
  return h('tr', { role: 'row', 'data-id': id, click: open });
}

export function shipmentHash(id: string): string {
  return `#shipment/${encodeURIComponent(id)}`;
}

function cells(row: ShipmentRow): HTMLElement[] {
  const name = row.reference ?? row.trackingNumbers[0] ?? 'No reference';
  const last = row.lastMilestone;
  return [
    h('th', { role: 'rowheader', scope: 'row', class: 'reference' },
      h('a', { href: shipmentHash(row.id) }, name),
      row.provisional ? h('span', { class: 'tag', title: 'No order or delivery of Odoo is known for it yet.' }, 'provisional') : null),
    cell('Order', row.order?.reference),
    cell('Carrier', row.carrier === null ? null : carrierName(row.carrier)),
    cell('Status', statusBadge(row.status)),
    cell('Last milestone', last === null ? null : h('span', {}, words(last.code), h('span', { class: 'detail parts' }, timeElement(last.occurredAt, last.zone), h('span', {}, place(last.location))))),
    cell('Promised', row.promisedAt === null ? null : timeElement(row.promisedAt)),
    cell('ETA', arrival(row)),
  ];
}

function cell(label: string, content: string | Node | null | undefined): HTMLElement {
  const unknown = () => h('span', { class: 'unknown', 'aria-label': 'not known' }, '–');
  return h('td', { role: 'cell', 'data-label': label }, content === null || content === undefined || content === '' ? unknown() : content);
}

function arrival(row: ShipmentRow): HTMLElement | null {
  const at = row.deliveredAt ?? row.estimatedAt;
  if (at === null) return null;
  const late = row.promisedAt !== null && Date.parse(at) > Date.parse(row.promisedAt);
  const note = row.deliveredAt !== null ? (late ? 'delivered late' : 'delivered') : late ? 'late' : null;
  return h('span', {}, timeElement(at), note === null ? null : h('span', { class: late ? 'detail late' : 'detail' }, note));
}

/** Restarts the animation where one still runs; style.css leaves it out for those who want less motion. */
function highlight(element: HTMLElement): void {
  element.classList.remove('changed');
  void element.offsetWidth;
  element.classList.add('changed');
}
