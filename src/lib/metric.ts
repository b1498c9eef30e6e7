/** A figure for Prometheus, with a value for each set of labels. */
export interface Metric {
  name: string;
  help: string;
  values: Array<{ labels?: Record<string, string>; value: number }>;
}
