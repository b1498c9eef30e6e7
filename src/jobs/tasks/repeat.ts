/**
 * Runs `work` again and again, `intervalMs` after it has ended.
 * @param onFailure told what it failed with; it is run again all the same
 * @returns stops it, and waits for the run that is under way
 */
export function repeat(work: () => Promise<void>, intervalMs: number, onFailure: (error: unknown) => void): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let running: Promise<void> = Promise.resolve();
  const turn = () => {
    running = work().catch(onFailure).then(() => {
      if (!stopped) timer = setTimeout(turn, intervalMs);
    });
  };
  timer = setTimeout(turn, intervalMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
