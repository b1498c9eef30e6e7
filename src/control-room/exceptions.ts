import { byId, h, say, throttle } from './dom.js';
import { age, exceptionTitle, words } from './format.js';
import { RequestFailure, type GraphqlClient } from './graphql.js';
import { assignMutation, exceptionsQuery, resolveMutation, type ChangeAnswer, type ExceptionsAnswer, type OpenException } from './queries.js';
import { shipmentHash } from './shipments.js';

const pageSize = 20;

/** Open exceptions, with the buttons that assign and resolve them. */
export class ExceptionList {
  readonly #list = byId('exception-list');
  readonly #state = byId('exceptions-state');
  readonly #count = byId('exception-count');
  readonly #more = byId<HTMLButtonElement>('more-exceptions');
  readonly #dialog = new AskDialog();
  #shown: OpenException[] = [];
  #after: string | null = null;
  #hasNext = false;
  #generation = 0;
  /** Who matters are assigned to unless another name is typed. */
  viewerName = '';
  /** Something may have opened or closed one. */
  readonly touch: () => void;

  constructor(private readonly client: GraphqlClient, private readonly onFailure: (failure: RequestFailure) => void) {
    this.touch = throttle(3000, () => void this.load());
    this.#more.addEventListener('click', () => void this.#loadMore());
  }

  async load(): Promise<void> {
    const generation = ++this.#generation;
    const answer = await this.#read(null, Math.min(100, Math.max(pageSize, this.#shown.length)));
    if (answer === null || generation !== this.#generation) return;
    this.#shown = [];
    this.#addPage(answer);
  }

  async #loadMore(): Promise<void> {
    const generation = this.#generation;
    const answer = await this.#read(this.#after, pageSize);
    if (answer !== null && generation === this.#generation) this.#addPage(answer);
  }

  /** Another token may see others, or none. */
  clear(): void {
    this.#generation++;
    this.#dialog.close();
    this.#shown = [];
    this.#addPage({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
    say(this.#state, 'Loading exceptions…');
  }

  async #read(after: string | null, first: number): Promise<ExceptionsAnswer['exceptions'] | null> {
    try {
      const { exceptions } = await this.client.request<ExceptionsAnswer>(exceptionsQuery, { first, after });
      if (exceptions === null) {
        this.clear();
        say(this.#state, 'This token may not see exceptions.');
      }
      return exceptions;
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      if (this.#shown.length === 0) say(this.#state, 'The exceptions could not be loaded.');
      this.onFailure(error);
      return null;
    }
  }

  #addPage({ nodes, pageInfo }: NonNullable<ExceptionsAnswer['exceptions']>): void {
    this.#shown.push(...nodes);
    this.#after = pageInfo.endCursor;
    this.#hasNext = pageInfo.hasNextPage;
    this.#draw();
  }

  #draw(): void {
    const focused = document.activeElement?.getAttribute('data-focus-key');
    this.#list.replaceChildren(...this.#shown.map((exception) => this.#item(exception)));
    if (focused !== null && focused !== undefined) this.#list.querySelector<HTMLElement>(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus();
    const count = this.#shown.length;
    say(this.#count, count === 0 ? '' : `${count}${this.#hasNext ? '+' : ''}`);
    say(this.#state, count === 0 ? 'Nothing is open. Delays, refused deliveries and messages that cannot be read appear here.' : '');
    this.#more.hidden = !this.#hasNext;
  }

  #item(exception: OpenException): HTMLElement {
    const { id, shipment, assignee } = exception;
    return h('li', { 'data-severity': exception.severity },
      h('span', { class: 'what' }, exceptionTitle(exception.title)),
      exception.detail ? h('span', { class: 'said' }, exception.detail) : null,
      h('span', { class: 'detail' },
        `${words(exception.severity)} · ${words(exception.class)} · `, h('time', { datetime: exception.openedAt }, age(exception.openedAt)),
        shipment === null ? null : ' · ', shipment === null ? null : h('a', { href: shipmentHash(shipment.id), 'data-focus-key': `shipment ${id}` }, shipment.reference ?? 'shipment'),
        assignee === null ? null : ` · ${assignee}`),
      h('span', { class: 'buttons' },
        h('button', { type: 'button', 'data-focus-key': `assign ${id}`, 'aria-label': `${assignee === null ? 'Assign' : 'Reassign'}: ${exceptionTitle(exception.title)}, ${shipment?.reference ?? 'no shipment'}`, click: () => this.#assign(exception) }, assignee === null ? 'Assign' : 'Reassign'),
        h('button', { type: 'button', 'data-focus-key': `resolve ${id}`, 'aria-label': `Resolve: ${exceptionTitle(exception.title)}, ${shipment?.reference ?? 'no shipment'}`, click: () => this.#resolve(exception) }, 'Resolve')),
    );
  }

  #assign(exception: OpenException): void {
    this.#dialog.ask({ title: 'Assign exception', subject: subjectOf(exception), label: 'To whom', value: exception.assignee ?? this.viewerName, submit: 'Assign', closed: () => this.#focus(`assign ${exception.id}`) }, (value) => this.#change(assignMutation, exception.id, value));
  }

  #resolve(exception: OpenException): void {
    this.#dialog.ask({ title: 'Resolve exception', subject: subjectOf(exception), label: 'What was done', value: '', submit: 'Resolve', closed: () => this.#focus(`resolve ${exception.id}`) }, (value) => this.#change(resolveMutation, exception.id, value));
  }

  /** The list was drawn anew while the dialog was open: the button that opened it is another element now, or gone. */
  #focus(key: string): void {
    const again = this.#list.querySelector<HTMLElement>(`[data-focus-key="${CSS.escape(key)}"]`) ?? this.#list.querySelector<HTMLElement>('button');
    (again ?? byId('exceptions')).focus();
  }

  /** Empty where it was done, else why not. */
  async #change(mutation: string, id: string, value: string): Promise<string> {
    try {
      const { change } = await this.client.request<ChangeAnswer>(mutation, { id, value });
      const [refused] = change.userErrors;
      if (refused !== undefined) return refused.message;
      await this.load();
      return '';
    } catch (error) {
      if (error instanceof RequestFailure) return error.message || 'Sign in first.';
      throw error;
    }
  }
}

function subjectOf({ title, shipment }: OpenException): string {
  return shipment?.reference ? `${exceptionTitle(title)}: ${shipment.reference}` : exceptionTitle(title);
}

interface Question {
  title: string;
  subject: string;
  label: string;
  value: string;
  submit: string;
  /** Called when the dialog has been closed, for whatever reason. */
  closed: () => void;
}

/** Asks for one line of text and stays open, saying why, until it is accepted or cancelled. */
class AskDialog {
  readonly #dialog = byId<HTMLDialogElement>('ask');
  readonly #value = byId<HTMLInputElement>('ask-value');
  readonly #error = byId('ask-error');
  readonly #submit = byId<HTMLButtonElement>('ask-submit');
  #accept: (value: string) => Promise<string> = async () => '';
  #closed: () => void = () => {};

  constructor() {
    this.#dialog.addEventListener('close', () => this.#closed());
    byId('ask-cancel').addEventListener('click', () => this.#dialog.close());
    byId('ask-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
  }

  close(): void {
    this.#dialog.close();
  }

  ask(question: Question, accept: (value: string) => Promise<string>): void {
    byId('ask-title').textContent = question.title;
    byId('ask-subject').textContent = question.subject;
    byId('ask-label').textContent = question.label;
    this.#submit.textContent = question.submit;
    this.#value.value = question.value;
    this.#error.textContent = '';
    this.#accept = accept;
    this.#closed = question.closed;
    this.#dialog.showModal();
    this.#value.select();
  }

  async #send(): Promise<void> {
    const value = this.#value.value.trim();
    if (value === '') {
      this.#error.textContent = 'Write something first.';
      return;
    }
    this.#submit.disabled = true;
    try {
      const refused = await this.#accept(value);
      if (refused === '') this.#dialog.close();
      else this.#error.textContent = refused;
    } finally {
      this.#submit.disabled = false;
    }
  }
}
