/** Gives the lines that `work` tells while it is under way, and what comes of it. */
export async function* withProgress<Result>(work: (tell: (line: string) => void) => Promise<Result>): AsyncGenerator<string, Result> {
  const lines: string[] = [];
  let wake: () => void = () => {};
  let finished = false;
  const end = () => {
    finished = true;
    wake();
  };
  const running = work((line) => {
    lines.push(line);
    wake();
  });
  running.then(end, end);
  while (!finished) {
    await new Promise<void>((woken) => {
      wake = woken;
      if (finished || lines.length > 0) woken();
    });
    while (lines.length > 0) yield lines.shift()!;
  }
  return running;
}
