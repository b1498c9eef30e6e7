/** Deliveries after which whatever else waits has its turn: writing to so many sockets takes some ms. */
const perTurn = 250;

/** Bounds how long deliveries of all groups together keep the event loop. */
export class DeliveryTurns {
  #left = perTurn;
  /** First come, first served, and no more of them at once than there are deliveries for. */
  #waiting: Array<() => void> = [];

  /** Counts one delivery. @returns what is to be waited for before it is asked again; undefined: deliver now */
  take(): Promise<void> | undefined {
    if (this.#left > 0) {
      this.#left--;
      return undefined;
    }
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(() => this.#next());
    });
  }

  #next(): void {
    this.#left = perTurn;
    for (const resolve of this.#waiting.splice(0, perTurn)) resolve();
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
  }
}
