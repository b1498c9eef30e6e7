import type { Command } from 'commander';
import { data, example } from './tools.js';

/** gatehouse approval */
export function addApprovalCommands(program: Command): void {
  const approval = program.command('approval').description('What needs a second person’s approval (GATEHOUSE_FOUR_EYES).');
  approval.command('list').description('What waits for approval.').option('--all', 'also what was decided').addHelpText('after', example('approval list --all')).action(data('approval list'));
  for (const decision of ['approve', 'refuse'] as const) {
    approval
      .command(decision)
      .description(decision === 'approve' ? 'Let another person do it, once, with exactly these arguments.' : 'Do not let it be done.')
      .argument('<id>')
      .requiredOption('--reason <text>', 'why; kept in the audit log')
      .option('--token <jwt>', 'decide as the person of this token (scope approvals:decide) instead of the user of the system')
      .addHelpText('after', example(`approval ${decision} 0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77 --reason "agreed with the carrier"`))
      .action((id: string, options: Record<string, unknown>) => data(`approval ${decision}`)({ ...options, id }));
  }
}
