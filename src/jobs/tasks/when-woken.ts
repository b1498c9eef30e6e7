import { pause } from '../../lib/pause.js';

/** Longest without a look, ms: a wake-up may have been lost. */
const lookMs = 1_000;
/** Longest pause after failures, ms. */
const longestPauseMs = 30_000;

/** Work that is done when somebody says that there may be some. */
export interface WhenWoken {
  /** There may be something to do: begins at once, or once more after what runs. */
  wake(): void;
  /** Begins nothing any more, and waits for what runs. */
  stop(): Promise<void>;
}

/**
 * Runs `work` when woken, one run at a time, and every second by itself.
 * @param work does all there is, until `signal` aborts
 * @param onFailure told what it failed with; it is run again, after pauses that grow to half a minute
 */
export function whenWoken(work: (signal: AbortSignal) => Promise<void>, onFailure: (error: unknown) => void): WhenWoken {
  const stopping = new AbortController();
  let waking = new AbortController();
  const run = async () => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      waking = new AbortController(); // before the work, so that a wake-up during it is not missed
      try {
        await work(stopping.signal);
        failures = 0;
        await pause(lookMs, waking.signal);
      } catch (error) {
        onFailure(error);
        await pause(Math.min(longestPauseMs, 500 * 2 ** failures++), stopping.signal);
      }
    }
  };
  const running = run();
  return {
    wake: () => waking.abort(),
    async stop() {
      stopping.abort();
      waking.abort();
      await running;
    },
  };
}
