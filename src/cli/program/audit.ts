import type { Command } from 'commander';
import { data, example } from './tools.js';

/** gatehouse audit */
export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('The audit log: who did what. Verify it with: gatehouse doctor --audit');
  audit
    .command('export')
    .description('Print the audit log, one row a line. The export is recorded itself.')
    .option('--from <time>', 'rows from then on')
    .option('--to <time>', 'rows before then')
    .option('--format <format>', 'jsonl', 'jsonl')
    .addHelpText('after', example('audit export --from 2026-11-01 --to 2026-12-01 > november.jsonl'))
    .action(data('audit export'));
  audit
    .command('checkpoint')
    .description('Print the newest signed checkpoints and the keys that verify them, to be kept elsewhere.')
    .addHelpText('after', example('audit checkpoint > /mnt/elsewhere/checkpoints.json'))
    .action(data('audit checkpoint'));
}
