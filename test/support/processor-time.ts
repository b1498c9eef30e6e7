/** Milliseconds that this process has computed since; what else keeps the machine busy is not in it. */
export function computedMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
