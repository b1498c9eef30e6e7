import DataLoader from 'dataloader';
import type { PersonalFields, PersonalVault } from '../../auth/personal-vault.js';
import type { Principal } from '../../auth/principal.js';
import type { AuditWriter } from '../../events/audit-writer.js';

/** Personal data of a row that the principal sees, still sealed. */
export interface SealedPerson {
  /** What it is of; a party unless given. */
  kind?: 'shop_order' | 'load' | 'visit';
  /** Id of the party, of the order of a shop, or of the load or visit that somebody drives. */
  partyId: string;
  /** Null: there is nothing, or it was erased. */
  personalDataId: string | null;
  sealed: string | null;
}

/** What a text is of: the raw message that a carrier's words came in, an exception that quotes them, or a command that says to whom something goes. */
type TextKind = 'message' | 'exception' | 'command';

/**
 * Opens personal data for a principal. That it was shown, and of whom, is durable in the audit log
 * before it is: one entry for all that one step of an operation opens.
 */
export class People {
  readonly #loader: DataLoader<SealedPerson, PersonalFields>;
  readonly #texts: DataLoader<{ kind: TextKind; id: string }, void>;

  constructor(vault: PersonalVault, audit: Pick<AuditWriter, 'record'>, principal: Principal, correlationId: string) {
    const record = (kind: string, name: string, ids: readonly string[]) =>
      audit.record({ actor: { subject: principal.subject, role: principal.role }, action: 'personal.read', correlationId, target: { kind, id: ids.length === 1 ? ids[0]! : `${ids.length} ${name}` }, payload: { [name]: [...ids] } });
    this.#loader = new DataLoader<SealedPerson, PersonalFields>(
      async (people) => {
        const shown = people.filter(({ sealed }) => sealed !== null);
        const parties = [...new Set(shown.filter(({ kind }) => kind === undefined).map(({ partyId }) => partyId))];
        if (parties.length > 0) await record('party', 'parties', parties);
        const orders = [...new Set(shown.filter(({ kind }) => kind === 'shop_order').map(({ partyId }) => partyId))];
        if (orders.length > 0) await record('shop_order', 'shop_orders', orders);
        const driven = [...new Set(shown.filter(({ kind }) => kind === 'load').map(({ partyId }) => partyId))];
        if (driven.length > 0) await record('load', 'loads', driven);
        const visits = [...new Set(shown.filter(({ kind }) => kind === 'visit').map(({ partyId }) => partyId))];
        if (visits.length > 0) await record('visit', 'visits', visits);
        return people.map(({ personalDataId, sealed }) => (personalDataId === null ? {} : vault.open(personalDataId, sealed)));
      },
      // A subscription's context lives long: what it shows again was read again.
      { cache: false },
    );
    this.#texts = new DataLoader<{ kind: TextKind; id: string }, void>(
      async (texts) => {
        for (const kind of ['message', 'exception', 'command'] as const) {
          const ids = [...new Set(texts.filter((text) => text.kind === kind).map((text) => text.id))];
          if (ids.length > 0) await record(kind, `${kind}s`, ids);
        }
        return texts.map(() => undefined);
      },
      { cache: false },
    );
  }

  /** A text in which people may be named. That it was shown is recorded as for `open`. */
  async text(kind: TextKind, id: string, text: string | null): Promise<string | null> {
    if (text !== null) await this.#texts.load({ kind, id });
    return text;
  }

  open(person: SealedPerson): Promise<PersonalFields> {
    return this.#loader.load(person);
  }
}
