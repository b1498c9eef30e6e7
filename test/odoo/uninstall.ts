import { printed, runSnippet, type Installation } from './installation.js';
import type { StepResult } from './main.js';
import { withDatabase } from './prepared.js';

/** Uses the addon, uninstalls it, and looks for anything of it that is still there. */
export function uninstallStep(odoo: Installation): Promise<StepResult> {
  return withDatabase(odoo, 'uninstall', async (database) => {
    const finished = await runSnippet(odoo, 'uninstall', database);
    const before = printed<Array<[string, number, unknown[]]>>(finished, 'BEFORE');
    const after = printed<Array<[string, number, unknown[]]>>(finished, 'AFTER');
    const failures = after.map(([where, count, examples]) => `${count} left behind in ${where}: ${JSON.stringify(examples)}`);
    if (before.length < 10) failures.push(`Only ${before.length} places held anything before: the search finds too little.`);
    return { failures: [...failures, ...finished.complaints], told: [`${before.length} places held something of the addon, ${after.length} still do`] };
  });
}
