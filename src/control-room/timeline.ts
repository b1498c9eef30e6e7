import { byId, h, throttle } from './dom.js';
import { isExpected, whatHappened } from './feed.js';
import { carrierName, exceptionTitle, place, statusBadge, timeElement } from './format.js';
import { RequestFailure, type GraphqlClient } from './graphql.js';
import { shipmentQuery, type Milestone, type ShipmentAnswer, type ShipmentDetail } from './queries.js';

/** Pages of 100 milestones that are read of one shipment. */
const maxPages = 10;

/** The panel with one shipment's timeline. */
export class TimelinePanel {
  readonly #panel = byId('panel');
  readonly #title = byId('panel-title');
  readonly #body = byId('panel-body');
  #id: string | null = null;
  readonly #reload: () => void;

  constructor(private readonly client: GraphqlClient, private readonly onFailure: (failure: RequestFailure) => void) {
    this.#reload = throttle(500, () => {
      if (this.#id !== null) void this.#load(this.#id);
    });
  }

  get shown(): string | null {
    return this.#id;
  }

  open(id: string): void {
    this.#id = id;
    this.#title.textContent = 'Shipment';
    this.#body.replaceChildren(h('p', { class: 'state', role: 'status' }, 'Loading the timeline…'));
    this.#panel.hidden = false;
    this.#title.focus();
    void this.#load(id);
  }

  close(): void {
    this.#id = null;
    this.#panel.hidden = true;
    this.#body.replaceChildren();
  }

  /** Something happened to this shipment: reads it again where it is the one shown. */
  touch(id: string): void {
    if (id === this.#id) this.#reload();
  }

  async #load(id: string): Promise<void> {
    try {
      const found = await this.#read(id);
      if (id !== this.#id) return;
      if (found === null) this.#fail('There is no such shipment, or your token may not see it. Close this panel and choose one from the list.');
      else this.#show(found.shipment, found.milestones, found.complete);
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      if (id !== this.#id) return;
      const retry = h('button', { type: 'button', click: () => void this.#load(id) }, 'Try again');
      this.#fail(`The timeline could not be loaded. ${error.message}`, retry);
      if (error.kind === 'sign_in') this.onFailure(error);
    }
  }

  async #read(id: string): Promise<{ shipment: ShipmentDetail; milestones: Milestone[]; complete: boolean } | null> {
    const milestones: Milestone[] = [];
    let after: string | null = null;
    for (let page = 1; ; page++) {
      const answer: ShipmentAnswer = await this.client.request(shipmentQuery, { id, after });
      if (answer.shipment === null) return null;
      const { nodes, pageInfo } = answer.shipment.milestones;
      milestones.push(...nodes);
      if (!pageInfo.hasNextPage || page === maxPages) return { shipment: answer.shipment, milestones, complete: !pageInfo.hasNextPage };
      after = pageInfo.endCursor;
    }
  }

  #fail(text: string, action?: HTMLElement): void {
    this.#body.replaceChildren(h('p', { class: 'state', role: 'alert' }, text), action ?? '');
  }

  #show(shipment: ShipmentDetail, milestones: Milestone[], complete: boolean): void {
    this.#title.textContent = shipment.reference ?? shipment.trackingNumbers[0] ?? 'Shipment without reference';
    const withdrawn = new Set(milestones.map((milestone) => milestone.retracts).filter((id) => id !== null));
    const several = shipment.packages.length > 1;
    const entries = milestones.map((milestone) => entry(milestone, withdrawn.has(milestone.id), several));
    this.#body.replaceChildren(
      facts(shipment),
      openMatters(shipment),
      h('h3', {}, 'Timeline'),
      entries.length === 0 ? h('p', { class: 'state' }, 'Nothing is reported of this shipment yet. Its first milestone appears here by itself.') : '',
      complete ? '' : h('p', { class: 'state' }, `Only the first ${milestones.length} milestones are shown. Read the rest with the query shipment.milestones(after:) in GraphiQL.`),
      h('ol', { class: 'timeline' }, ...entries.reverse()),
    );
  }
}

function facts(shipment: ShipmentDetail): HTMLElement {
  const rows: Array<[string, Node | string | null]> = [
    ['Status', statusBadge(shipment.status)],
    ['Order', shipment.order?.reference ?? null],
    ['Carrier', shipment.carrier === null ? null : carrierName(shipment.carrier)],
    ['Tracking', shipment.packages.length === 0 ? null : h('span', {}, ...shipment.packages.map((each) => h('span', { class: 'package' }, h('code', {}, each.trackingNumber), shipment.packages.length > 1 ? statusBadge(each.status) : null)))],
    ['Promised', instant(shipment.promisedAt)],
    ['Planned', instant(shipment.plannedAt)],
    ['ETA', instant(shipment.estimatedAt)],
    ['Delivered', instant(shipment.deliveredAt)],
  ];
  return h('dl', { class: 'facts' }, ...rows.filter(([, value]) => value !== null && value !== '').map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))));
}

function instant(at: string | null): HTMLElement | null {
  return at === null ? null : timeElement(at);
}

function openMatters(shipment: ShipmentDetail): Node | string {
  const open = (shipment.exceptions?.nodes ?? []).filter((exception) => exception.state !== 'RESOLVED');
  if (open.length === 0) return '';
  return h('ul', { class: 'matters' }, ...open.map((exception) => h('li', {}, `${exceptionTitle(exception.title)} (`, timeElement(exception.openedAt), ')')));
}

function entry(milestone: Milestone, withdrawn: boolean, several: boolean): HTMLElement {
  const where = place(milestone.location);
  const text = milestone.source?.rawText;
  const what = milestone.retracts === null ? whatHappened(milestone) : `Withdrawal of an earlier report`;
  return h('li', { 'data-classifier': milestone.classifier, class: milestone.exceptionClass === null ? undefined : 'trouble' },
    withdrawn ? h('del', { class: 'what' }, what) : h('span', { class: 'what' }, what),
    withdrawn ? h('span', { class: 'tag' }, 'withdrawn') : null,
    h('span', { class: 'detail' }, isExpected(milestone) ? 'expected ' : null, timeElement(milestone.occurredAt, milestone.zone), where === '' ? null : ` · ${where}`, several && milestone.package !== null ? ` · ${milestone.package}` : null),
    text ? h('q', { class: 'said' }, text) : null,
    milestone.source === null ? null : h('span', { class: 'detail source' }, `${milestone.source.connection}${milestone.source.rawCode === null ? '' : ` · ${milestone.source.rawCode}`}`),
  );
}
