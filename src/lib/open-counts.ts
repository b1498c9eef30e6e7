/** How many may be open at once under one name; 0: any number. */
export class OpenCounts {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns false where as many are open as may be: then it is not counted */
  open(name: string): boolean {
    if (this.#most === 0) return true;
    const count = this.#counts.get(name) ?? 0;
    if (count >= this.#most) return false;
    this.#counts.set(name, count + 1);
    return true;
  }

  /** One that was counted is closed. */
  close(name: string): void {
    if (this.#most === 0) return;
    const left = this.#counts.get(name)! - 1;
    if (left === 0) this.#counts.delete(name);
    else this.#counts.set(name, left);
  }
}
