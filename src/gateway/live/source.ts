import type { Following, Result, Subscriber } from './result.js';

/**
 * Serves one subscriber from a source that only it reads, at its own pace.
 * @param execute an event's result as it is sent
 */
export function followSource(source: AsyncIterable<unknown>, execute: (event: unknown) => Promise<Result>, subscriber: Subscriber): Following {
  const events = source[Symbol.asyncIterator]();
  let left = false;
  const follow = async () => {
    for (;;) {
      while (!subscriber.hasRoom()) await subscriber.room();
      const { done, value } = await events.next();
      if (left) return;
      if (done === true) return subscriber.complete();
      const result = await execute(value);
      if (left) return;
      subscriber.deliver(result);
    }
  };
  follow().catch((error: unknown) => {
    if (!left) subscriber.fail(error);
  });
  return {
    leave() {
      if (left) return;
      left = true;
      events.return?.().catch(() => {}); // nobody waits for its end
    },
  };
}
