/**
 * Resolves once everything that follows from what has been resolved already has run: who waits for it in one turn of
 * the event loop goes on together, before anything new is read. (DataLoader finds its batches in the same way.)
 */
export function afterTurn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** What is asked for under one key in one turn of the event loop is done once, behind that turn, for all who asked. */
export class OncePerTurn<Value> {
  readonly #asked = new Map<string, Promise<Value>>();

  ask(key: string, make: () => Value | Promise<Value>): Promise<Value> {
    let value = this.#asked.get(key);
    if (value === undefined) {
      value = afterTurn().then(() => {
        this.#asked.delete(key); // who asks from now on is behind what is begun here
        return make();
      });
      this.#asked.set(key, value);
    }
    return value;
  }
}
