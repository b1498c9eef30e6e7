/** Whether this is an IANA zone that the platform knows, such as Europe/Berlin. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false; // that is the only way to ask
  }
}
