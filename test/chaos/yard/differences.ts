/** What does not agree, in words for people. */
export class Differences {
  readonly found: string[] = [];

  /** Compares what is to be with what is, field by field of the former. */
  compare(name: string, expected: object | null, actual: object | null | undefined): void {
    if (expected === null || actual == null) {
      if (expected !== null || actual != null) this.found.push(`${name} ${expected === null ? 'is there and should not be' : 'is missing'}`);
      return;
    }
    for (const [field, value] of Object.entries(expected)) {
      const is = (actual as Record<string, unknown>)[field];
      if (JSON.stringify(is ?? null) !== JSON.stringify(value ?? null)) this.found.push(`${name}: ${field} is ${JSON.stringify(is)} and should be ${JSON.stringify(value)}`);
    }
  }

  say(text: string): void {
    this.found.push(text);
  }

  get count(): number {
    return this.found.length;
  }
}
