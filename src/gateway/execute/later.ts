/**
 * A value that is still to come, for one who waits. Unlike a promise it tells at once, without a turn of
 * the microtask queue, and costs one object: an execution makes thousands.
 */
export class Later {
  #onValue: ((value: unknown) => void) | undefined;
  #onError: ((error: unknown) => void) | undefined;
  #recover: ((error: unknown) => unknown) | undefined;
  #state: 'waiting' | 'settled' | 'failed' = 'waiting';
  #outcome: unknown;

  settle(value: unknown): void {
    this.#state = 'settled';
    this.#outcome = value;
    this.#onValue?.(value);
  }

  fail(error: unknown): void {
    const recover = this.#recover;
    if (recover !== undefined) {
      this.#recover = undefined;
      return this.settleWith(recover, error);
    }
    this.#state = 'failed';
    this.#outcome = error;
    this.#onError?.(error);
  }

  /** Settles with what `make` gives, now or later, or fails with what it throws. */
  settleWith<Input>(make: (input: Input) => unknown, input: Input): void {
    let made: unknown;
    try {
      made = make(input);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (made instanceof Later) made.await((value) => this.settle(value), (error) => this.fail(error));
    else this.settle(made);
  }

  /** What to settle with instead, if it fails; before anybody awaits it. */
  recover(recover: (error: unknown) => unknown): this {
    if (this.#state === 'failed') {
      this.#state = 'waiting';
      this.settleWith(recover, this.#outcome);
    } else if (this.#state === 'waiting') {
      const before = this.#recover;
      this.#recover = before === undefined ? recover : (error) => attempt(before, recover, error);
    }
    return this;
  }

  /** Once, and never after `recover`. Nothing that these throw is caught. */
  await(onValue: (value: unknown) => void, onError: (error: unknown) => void): void {
    if (this.#state === 'settled') onValue(this.#outcome);
    else if (this.#state === 'failed') onError(this.#outcome);
    else {
      this.#onValue = onValue;
      this.#onError = onError;
    }
  }

  toPromise(): Promise<unknown> {
    return new Promise((resolve, reject) => this.await(resolve, reject));
  }
}

function attempt(first: (error: unknown) => unknown, second: (error: unknown) => unknown, error: unknown): unknown {
  try {
    return first(error);
  } catch (thrown) {
    return second(thrown);
  }
}

/** What a promise brings, completed. */
export function later(promise: PromiseLike<unknown>, complete: (value: unknown) => unknown): Later {
  const result = new Later();
  promise.then(
    (value) => result.settleWith(complete, value),
    (error) => result.fail(error),
  );
  return result;
}

/**
 * Puts what the members come to in their places, then settles with the container; or fails as the first
 * of them fails.
 * @param keys of the members that are still to come
 */
export function gather<Container extends object>(container: Container, keys: ReadonlyArray<string | number>): Later {
  const members = container as Record<string | number, unknown>;
  const whole = new Later();
  let left = keys.length;
  for (const key of keys) {
    (members[key] as Later).await((value) => {
      members[key] = value;
      if (--left === 0) whole.settle(container);
    }, (error) => {
      if (left < 0) return;
      left = -1;
      whole.fail(error);
    });
  }
  return whole;
}
