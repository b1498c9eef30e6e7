import { association } from './payloads.js';

/**
 * Entities of a message by their id: OTM gives an entity whole once and refers to it afterwards. Of one
 * that is given several times the first is taken, in the order of the message.
 */
export class Entities {
  readonly #byId = new Map<string, unknown>();
  readonly #referred = new Set<string>();

  constructor(root: unknown) {
    // What stands beside the trips by itself is referred to by them as well.
    for (const item of Array.isArray(root) ? root : [root]) this.#keep(item);
    this.#collect(root);
  }

  /** The entity of an association; undefined where it is none, or refers to what the message does not hold. Of one by restriction, what is said of it. */
  of(value: unknown): unknown {
    const parsed = association.safeParse(value);
    if (!parsed.success) return undefined;
    const { entity, uuid, restriction } = parsed.data;
    if (uuid != null) this.#referred.add(uuid);
    return entity ?? (uuid == null ? undefined : this.#byId.get(uuid)) ?? restriction ?? undefined;
  }

  /** Whether somebody asked for the entity of this id. */
  isReferred(entity: unknown): boolean {
    const id = idIn(entity);
    return id !== undefined && this.#referred.has(id);
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
      this.#keep((value as { entity?: unknown }).entity);
      for (const item of Object.values(value)) this.#collect(item);
    }
  }

  #keep(entity: unknown): void {
    const id = idIn(entity);
    // An action comes once for each lifecycle and is never referred to for its content.
    if (id !== undefined && !this.#byId.has(id) && !('actionType' in (entity as object))) this.#byId.set(id, entity);
  }
}

function idIn(entity: unknown): string | undefined {
  const id = entity !== null && typeof entity === 'object' ? (entity as { id?: unknown }).id : undefined;
  return typeof id === 'string' ? id : undefined;
}
