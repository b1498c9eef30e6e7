import type { Anomaly } from '../../model/facts.js';

/** A message with thousands of faults is one matter to look at, not thousands. */
export const maxAnomalies = 100;

/** Keeps the first anomalies and says in one more how many were left out. */
export function boundAnomalies(anomalies: Anomaly[]): Anomaly[] {
  if (anomalies.length <= maxAnomalies) return anomalies;
  const rest = anomalies.slice(maxAnomalies);
  const severity = rest.some((one) => one.severity === 'HIGH') ? 'HIGH' : rest.some((one) => one.severity === 'MEDIUM') ? 'MEDIUM' : 'LOW';
  const message = `${rest.length} more faults of this message are not listed. The raw message is kept.`;
  return [...anomalies.slice(0, maxAnomalies), { kind: 'MORE_ANOMALIES', message, severity }];
}
