import { printed, runSnippet, type Installation } from './installation.js';
import type { StepResult } from './main.js';
import { withDatabase } from './prepared.js';

interface Cost {
  what: 'confirm' | 'validate';
  transactions: number;
  medianMs: { on: number; off: number };
  /** Of the medians, with the addon over without it. */
  wallRatio: number;
  cpuRatio: number;
  queries: { on: number; off: number };
  /** Most and least queries that one transaction made more than the median without. */
  extraQueries: { least: number; most: number };
}

/** What the addon may cost a transaction. */
const aim = 1.05;

/**
 * Confirms 100 orders and validates their deliveries with the addon told where to send and another
 * 100 without, by turns in one process, so that both meet the same machine. Figures are told, not
 * judged: on a busy machine they say little.
 */
export function costStep(odoo: Installation): Promise<StepResult> {
  return withDatabase(odoo, 'cost', async (database) => {
    const finished = await runSnippet(odoo, 'cost', database, { orders: 100 });
    const costs = printed<Cost[]>(finished, 'COST');
    const told = costs.map((cost) =>
      `${cost.what}: ${cost.transactions} with and without; median ${cost.medianMs.on.toFixed(1)} and ${cost.medianMs.off.toFixed(1)} ms, ratio ${cost.wallRatio.toFixed(3)} (CPU ${cost.cpuRatio.toFixed(3)}; aim at most ${aim})${cost.cpuRatio > aim ? ' ABOVE THE AIM' : ''}; queries ${cost.queries.on} and ${cost.queries.off}: ${cost.extraQueries.least} to ${cost.extraQueries.most} more per transaction`);
    const failures = costs.filter((cost) => cost.extraQueries.most - cost.extraQueries.least > 4).map((cost) => `${cost.what}: the number of extra queries is not fixed: ${cost.extraQueries.least} to ${cost.extraQueries.most}`);
    return { failures: [...failures, ...finished.complaints], told: [...told, JSON.stringify({ bench: 'odoo-cost', series: odoo.series, results: costs })] };
  });
}
