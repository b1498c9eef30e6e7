import type { Command } from 'commander';
import { data, example, many, whyTwo } from './tools.js';

/** gatehouse command */
export function addCommandQueueCommands(program: Command): void {
  const command = program.command('command').description('What is wanted to happen at partners: bookings, cancellations, changes in Odoo.');
  command
    .command('list')
    .description('List commands that have not ended, the latest first.')
    .option('--state <state>', 'only of this state: QUEUED, CALLING, WAITING, DONE, PARTIAL, DEAD, CANCELLED, DISCARDED')
    .option('--connection <id>', 'only of this partner')
    .option('--kind <kind>', 'only of this kind, e.g. shipment.book')
    .option('--limit <number>', 'at most so many', '50')
    .addHelpText('after', example('command list --state DEAD --connection ep'))
    .action(data('command list'));
  command
    .command('show')
    .description('Show a command with all its attempts.')
    .argument('<id>')
    .option('--input', 'also what it says, addresses among it; that it was shown is in the audit log')
    .addHelpText('after', example('command show 0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77'))
    .action((id: string, options: Record<string, unknown>) => data('command show')({ ...options, id }));
  command
    .command('retry')
    .description('Try a command again that was given up, or that waits, now.')
    .argument('<id>')
    .addHelpText('after', example('command retry 0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77'))
    .action((id: string) => data('command retry')({ id }));
  command
    .command('replay')
    .description('Accept a command anew, with another input, in place of one that was refused.')
    .argument('<id>')
    .requiredOption('--input <json>', 'the whole input; see it with: command show <id> --input')
    .option(...whyTwo)
    .addHelpText('after', example(`command replay 0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77 --input '{"booking":"..."}'`))
    .action((id: string, options: Record<string, unknown>) => data('command replay')({ ...options, id }));
  command
    .command('discard')
    .description('Let a command be that was given up, or that waits.')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .addHelpText('after', example('command discard 0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77 --reason "booked by telephone"'))
    .action((id: string, options: Record<string, unknown>) => data('command discard')({ ...options, id }));
  command
    .command('redrive')
    .description('Try all commands again that were given up and that the options take, the oldest first; 10,000 at most at a time.')
    .option('--preview', 'say what would be tried again, and do nothing')
    .option('--per-minute <number>', 'no faster than so many a minute', '60')
    .option('--connection <id>', 'only of this partner')
    .option('--kind <kind>', 'only of this kind')
    .option('--cause <cause>', 'only given up for this: REFUSED, ATTEMPTS, AGE, DEADLINE, UNSUPPORTED, INPUT_GONE')
    .option('--error <kind>', 'only with this kind of error: auth, rate_limited, invalid, unavailable, unparseable')
    .option('--from <time>', 'given up from then on')
    .option('--to <time>', 'given up before then')
    .option(...whyTwo)
    .addHelpText('after', example('command redrive --connection ep --cause ATTEMPTS --preview', 'command redrive --connection ep --cause ATTEMPTS --per-minute 120'))
    .action(({ preview, perMinute, reason, ...filter }: Record<string, unknown>) => (preview === true ? data('command preview')(filter) : data('command redrive')({ ...filter, perMinute, reason })));
  command.command('partners').description('Show what waits for each partner, and whether its breaker is open.').addHelpText('after', example('command partners')).action(data('command partners'));

  command
    .command('policy')
    .description('Show how a partner is treated, and change it.')
    .argument('<connection>')
    .option('--set <name=value>', 'timeoutMs, attempts, concurrency, perMinute, fallback, ...; may be repeated; name= goes back to the default', many)
    .addHelpText('after', example('command policy ep', 'command policy ep --set concurrency=4 --set fallback=ep2'))
    .action((connection: string, options: Record<string, unknown>) => data('command policy')({ ...options, connection }));
}
