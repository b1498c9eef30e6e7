/** One figure of a benchmark or a chaos run. */
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  /** `value` over what it is measured against, in the same run. */
  ratio?: number;
  against?: string;
  /** What it should reach, in words; null where it is told for information only. */
  aim: string | null;
  ok: boolean;
}

export type Measure = () => Promise<Measurement[]>;

/**
 * Runs the measures named on the command line, or all of them; prints a table for people and, as the
 * last line, one line of JSON. What falls short of its aim is told and is no failure of the run.
 * @throws when a name is unknown or a measure could not be taken
 */
export async function runMeasures(kind: 'bench' | 'chaos', measures: Readonly<Record<string, Measure>>, names: readonly string[]): Promise<void> {
  const wanted = names.length > 0 ? names : Object.keys(measures);
  const results: Measurement[] = [];
  for (const name of wanted) {
    const measure = Object.hasOwn(measures, name) ? measures[name] : undefined;
    if (measure === undefined) throw new Error(`There is no ${kind} ${name}. There are: ${Object.keys(measures).join(', ')}.`);
    progress(`${kind} ${name}`);
    results.push(...(await measure()));
  }
  printTable(results);
  console.log(JSON.stringify({ [kind]: wanted.join(','), results }));
}

/** A line for whoever waits; kept apart from the results, on standard error. */
export function progress(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);
}

function printTable(results: readonly Measurement[]): void {
  const head = ['', 'what', 'measured', 'ratio', 'aim'];
  const rows = results.map((result) => [
    result.aim === null ? ' ' : result.ok ? '✓' : '✗',
    result.name,
    `${shown(result.value)} ${result.unit}`,
    result.ratio === undefined ? '' : `${result.ratio.toFixed(2)} × ${result.against}`,
    result.aim ?? '',
  ]);
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
  console.log();
  for (const row of [head, ...rows]) console.log(row.map((text, column) => text.padEnd(widths[column]!)).join('  ').trimEnd());
  console.log();
}

function shown(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 });
}
