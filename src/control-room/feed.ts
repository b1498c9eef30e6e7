import { byId, h } from './dom.js';
import { carrierName, place, timeElement, words } from './format.js';
import type { LiveMilestone } from './queries.js';
import { shipmentHash } from './shipments.js';

const maxItems = 200;

/** The newest milestones, newest on top, at most 200 of them. */
export class Feed {
  readonly #list = byId('feed-list');
  readonly #state = byId('feed-state');
  readonly #pause = byId<HTMLButtonElement>('pause');
  #known = new Set<string>();
  /** Held back while paused, oldest first. */
  #held: LiveMilestone[] = [];
  #paused = false;

  constructor() {
    this.#pause.addEventListener('click', () => this.#setPaused(!this.#paused));
  }

  add(milestone: LiveMilestone): void {
    if (this.#known.has(milestone.id)) return;
    this.#known.add(milestone.id);
    if (this.#paused) {
      this.#held.push(milestone);
      if (this.#held.length > maxItems) this.#known.delete(this.#held.shift()!.id);
      this.#describe();
      return;
    }
    this.#show(milestone, true);
  }

  /** Fills the list with what was known when the page opened, oldest first. It is not announced. */
  begin(milestones: readonly LiveMilestone[]): void {
    this.#list.setAttribute('aria-live', 'off');
    for (const milestone of milestones) {
      if (this.#known.has(milestone.id)) continue;
      this.#known.add(milestone.id);
      this.#show(milestone, false);
    }
    // Screen readers take additions of this turn as announced under the earlier setting.
    setTimeout(() => this.#list.setAttribute('aria-live', 'polite'), 500);
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#known.clear();
    this.#held = [];
    this.#state.hidden = false;
    this.#describe();
  }

  #show(milestone: LiveMilestone, isNew: boolean): void {
    this.#state.hidden = true;
    this.#list.prepend(item(milestone, isNew));
    while (this.#list.children.length > maxItems) {
      const last = this.#list.lastElementChild as HTMLElement;
      this.#known.delete(last.dataset['id']!);
      last.remove();
    }
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#pause.setAttribute('aria-pressed', String(paused));
    if (!paused) {
      for (const milestone of this.#held) this.#show(milestone, true);
      this.#held = [];
    }
    this.#describe();
  }

  #describe(): void {
    this.#pause.textContent = !this.#paused ? 'Pause' : this.#held.length === 0 ? 'Resume' : `Resume (${this.#held.length}${this.#held.length === maxItems ? '+' : ''} new)`;
  }
}

function item(milestone: LiveMilestone, isNew: boolean): HTMLElement {
  const shipment = milestone.shipment;
  const where = place(milestone.location);
  const origin = milestone.source === null ? undefined : `Reported by ${milestone.source.connection}${milestone.source.rawCode === null ? '' : ` as ${milestone.source.rawCode}`}`;
  return h('li', { 'data-id': milestone.id, class: isNew ? 'changed' : undefined, title: origin },
    h('span', { class: 'what' }, milestone.retracts === null ? whatHappened(milestone) : `Withdrawn: ${words(milestone.code)}`),
    shipment === null ? null : h('a', { href: shipmentHash(shipment.id) }, shipment.reference ?? shipment.trackingNumbers[0] ?? 'Shipment'),
    h('span', { class: 'detail' }, isExpected(milestone) ? 'expected ' : null, timeElement(milestone.occurredAt, milestone.zone), where === '' ? null : ` · ${where}`, shipment?.carrier ? ` · ${carrierName(shipment.carrier)}` : null),
  );
}

/** Whether its time lies ahead by what it says: an estimate, not when it was made. */
export function isExpected(milestone: { classifier: string }): boolean {
  return milestone.classifier === 'ESTIMATED';
}

/** The code in words, and whether it is a fact, a plan or a forecast. */
export function whatHappened(milestone: { code: string; classifier: string }): string {
  const text = words(milestone.code);
  return milestone.classifier === 'ACTUAL' || milestone.code === 'ETA_UPDATED' ? text : `${text} (${milestone.classifier.toLowerCase()})`;
}
