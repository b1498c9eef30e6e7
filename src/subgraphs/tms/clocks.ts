const minuteMs = 60_000;

/** Minutes by which a delivery comes, or came, after the promise; negative: before it. Null where one of the two is not known. */
export function lateMinutes(times: { promisedAt?: string | null; estimatedAt?: string | null; deliveredAt?: string | null }): number | null {
  const expected = times.deliveredAt ?? times.estimatedAt;
  if (times.promisedAt == null || expected == null) return null;
  return Math.round((Date.parse(expected) - Date.parse(times.promisedAt)) / minuteMs);
}
