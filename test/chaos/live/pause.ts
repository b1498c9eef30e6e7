export function pause(ms: number): Promise<void> {
  return new Promise((next) => setTimeout(next, ms));
}
