/**
 * Settles promises one at a time, in an order that their keys decide, and lets everything that follows
 * from one happen before the next: two executors that ask for the same values then see the same order.
 */
export class Scheduler {
  readonly #waiting = new Map<string, () => void>();

  later<Value>(key: string, settle: () => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      let unique = key;
      while (this.#waiting.has(unique)) unique += '+';
      this.#waiting.set(unique, () => {
        try {
          resolve(settle());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  /** Until `done` and nothing waits any more. */
  async drain(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    const note = () => void (isDone = true);
    done.then(note, note);
    await turn();
    while (!isDone || this.#waiting.size > 0) {
      const next = [...this.#waiting.keys()].sort((a, b) => hash(a) - hash(b) || (a < b ? -1 : 1))[0];
      if (next === undefined) throw new Error('Nothing is waited for, and the execution does not end.');
      const settle = this.#waiting.get(next)!;
      this.#waiting.delete(next);
      settle();
      await turn();
    }
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** FNV-1a over UTF-16 units, mixed once more; 32 bits. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}
