import type { Command } from 'commander';
import { data, example, whyTwo } from './tools.js';

/** gatehouse mapping */
export function addMappingCommands(program: Command): void {
  const mapping = program.command('mapping').description('What a partner’s codes mean here, as a table beside what its connector knows. Changes are proposed, tried over kept messages, then applied.');
  mapping.command('list').description('Show what is applied and proposed, and the codes that are mapped nowhere.').argument('<connection>').addHelpText('after', example('mapping list ep')).action((connection: string) => data('mapping list')({ connection }));
  mapping
    .command('set')
    .description('Propose that a code means this milestone.')
    .argument('<connection>')
    .requiredOption('--code <code>', 'the partner’s code, as milestones show it; "*" for any, with a reason')
    .option('--reason-code <reason>', 'only with this reason beside it, as milestones show it')
    .requiredOption('--to <milestone>', 'e.g. DELIVERED; INFO for one that is to say nothing')
    .option('--classifier <classifier>', 'REQUESTED, PLANNED, ESTIMATED or ACTUAL; otherwise as the connector says')
    .option('--exception <class>', 'class of the exception that it raises, e.g. CARRIER, ADDRESS, WEATHER')
    .addHelpText('after', example('mapping set ep --code left_with_neighbour --to DELIVERED', 'mapping set ep --code "*" --reason-code failure/held --to CUSTOMS_HOLD --exception CUSTOMS'))
    .action((connection: string, options: Record<string, unknown>) => data('mapping set')({ ...options, connection }));
  mapping
    .command('remove')
    .description('Take a proposal back, or propose that an applied row goes.')
    .argument('<connection>')
    .requiredOption('--code <code>', 'the partner’s code')
    .option('--reason-code <reason>', 'its reason, where the row has one')
    .addHelpText('after', example('mapping remove ep --code left_with_neighbour'))
    .action((connection: string, options: Record<string, unknown>) => data('mapping remove')({ ...options, connection }));
  mapping
    .command('try')
    .description('Read kept messages by the proposed table and show what would change. Changes nothing.')
    .argument('<connection>')
    .option('--since <time>', 'messages received from then on')
    .option('--to <time>', 'messages received before then')
    .option('--limit <number>', 'look at so many messages at most', '10000')
    .option('--shipments <number>', 'list so many shipments at most', '50')
    .addHelpText('after', example('mapping try ep --since 2026-11-01'))
    .action((connection: string, options: Record<string, unknown>) => data('mapping try')({ ...options, connection }));
  mapping
    .command('apply')
    .description('Have the proposed table hold from now on, and replay kept messages by it.')
    .argument('<connection>')
    .requiredOption('--table <name>', 'the table that was tried, as "mapping try" named it')
    .option('--since <time>', 'replay messages received from then on')
    .option('--no-replay', 'leave what was read before as it is')
    .option(...whyTwo)
    .addHelpText('after', example('mapping apply ep --table 3f2a9c1e55d04b7a --since 2026-11-01'))
    .action((connection: string, options: Record<string, unknown>) => data('mapping apply')({ ...options, connection }));
}
