import { unwatchFile, watchFile, type Stats } from 'node:fs';

/** How often files are looked at, ms. By their times: also where a file is replaced, or mounted from elsewhere. */
const intervalMs = 1000;

/** Calls `changed` when one of the files changes, appears or goes. @returns what ends it */
export function watchFiles(files: readonly string[], changed: () => void): () => void {
  const look = (now: Stats, before: Stats) => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size || now.ino !== before.ino) changed();
  };
  for (const file of files) watchFile(file, { interval: intervalMs, persistent: false }, look);
  return () => {
    for (const file of files) unwatchFile(file, look);
  };
}
