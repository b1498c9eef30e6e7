import { association } from './payloads.js';

/**
 * Entities of a message by their id: OTM gives an entity whole once and refers to it afterwards. Of one
 * that is given several times the first is taken, in the order of the message.
 */
export class Entities {
  readonly #byId = new Map<string, unknown>();

  constructor(root: unknown) {
    this.#collect(root);
  }

  /** The entity of an association; undefined where it is none, or refers to what the message does not hold. */
  of(value: unknown): unknown {
    const parsed = association.safeParse(value);
    if (!parsed.success) return undefined;
    return parsed.data.entity ?? (parsed.data.uuid == null ? undefined : this.#byId.get(parsed.data.uuid));
  }

  /** Id of what an association means, whether the message holds it or not. */
  idOf(value: unknown): string | undefined {
    const parsed = association.safeParse(value);
    if (!parsed.success) return undefined;
    return parsed.data.uuid ?? idIn(parsed.data.entity);
  }

  #collect(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.#collect(item);
    } else if (value !== null && typeof value === 'object') {
      const { entity } = value as { entity?: unknown };
      const id = idIn(entity);
      // An action comes once for each lifecycle and is never referred to for its content.
      if (id !== undefined && !this.#byId.has(id) && !('actionType' in (entity as object))) this.#byId.set(id, entity);
      for (const item of Object.values(value)) this.#collect(item);
    }
  }
}

function idIn(entity: unknown): string | undefined {
  const id = entity !== null && typeof entity === 'object' ? (entity as { id?: unknown }).id : undefined;
  return typeof id === 'string' ? id : undefined;
}
