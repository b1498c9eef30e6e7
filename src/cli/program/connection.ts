import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Argument, type Command } from 'commander';
import { connectors } from '../../connectors/registry.js';
import { settingsHelp } from './connector-settings.js';
import { settingFile, withFiles } from './setting-files.js';
import { data, example, many, whyTwo } from './tools.js';

/** gatehouse connection */
export function addConnectionCommands(program: Command): void {
  const connection = program.command('connection').description('Connections to outside systems.');
  connection
    .command('add')
    .description('Add a connection. Its messages then go to POST /ingest/<id>.')
    .argument('<connector>', [...connectors.keys()].join(', '))
    .requiredOption('--id <id>', 'name of the connection, part of its address')
    .option('--company <id>', 'company that its records belong to', 'main')
    .option('--set <key=value>', 'a setting of the connector; may be repeated', many)
    .option(...settingFile, many)
    .option('--shadow', 'its messages are read and have no effect, to be compared with a live connection')
    .addHelpText('after', example('connection add easypost --id ep --set webhookSecret=...', 'connection add easypost --help'))
    .addHelpText('after', ({ command }) => settingsHelp(command.args[0]))
    .option(...whyTwo)
    .action(async (connector: string, options: Record<string, unknown>) => data('connection add')({ ...(await withFiles(options)), connector }));
  connection.command('list').description('List the connections.').addHelpText('after', example('connection list')).action(data('connection list'));
  connection
    .command('rotate')
    .description('Give a connection a new webhookSecret; the old one stays valid for 24 hours.')
    .argument('<id>')
    .option('--set <key=value>', 'webhookSecret=...; without it one is made and printed', many)
    .option('--at-once', 'the old one is known to somebody else: it is not taken any more')
    .addHelpText('after', example('connection rotate ep'))
    .option(...whyTwo)
    .action((id: string, options: Record<string, unknown>) => data('connection rotate')({ ...options, id }));

  connection
    .command('set')
    .description('Change settings of a connection. A key that is replaced stays valid for 24 hours.')
    .argument('<id>')
    .option('--set <key=value>', 'a setting of the connector; may be repeated; key= takes it away', many)
    .option(...settingFile, many)
    .addHelpText('after', example('connection set erp --set url=https://odoo.example.com --set database=prod --set login=gatehouse --set apiKey=...', 'connection set acme --file prices=prices-2027.csv'))
    .option(...whyTwo)
    .action(async (id: string, options: Record<string, unknown>) => data('connection set')({ ...(await withFiles(options)), id }));
  connection
    .command('remove')
    .description('Remove a connection: nothing is taken from it and nothing sent to it any more. What it told stays.')
    .argument('<id>')
    .option('--discard', 'commands that wait for it are let be; without, it is not removed while there are any')
    .option(...whyTwo)
    .addHelpText('after', example('connection remove ups-old'))
    .action((id: string, options: Record<string, unknown>) => data('connection remove')({ ...options, id }));
  connection
    .command('test')
    .description('Call the system of a connection and say who answers, or what is wrong.')
    .argument('<id>')
    .addHelpText('after', example('connection test erp'))
    .action((id: string) => data('connection test')({ id }));
  connection
    .command('poll')
    .description('Look at the source of a connection now: a folder on a server, a feed. A server or worker must run.')
    .argument('<id>')
    .addHelpText('after', example('connection poll partner-sftp'))
    .action((id: string) => data('connection poll')({ id }));
  connection
    .command('try')
    .description('Read a file as a connection would, print what it says and what is wrong with it, and store nothing.')
    .argument('<id>')
    .argument('<file>')
    .option('--set <key=value>', 'a setting that is to be another for this once; may be repeated', many)
    .addHelpText('after', example('connection try partner-files sample.csv'))
    .action(async (id: string, file: string, options: Record<string, unknown>) => data('connection try')({ ...options, id, name: basename(file), content: (await readFile(file)).toString('base64') }));

  connection
    .command('shadow')
    .description('In shadow mode the messages of a connection are received and read, and have no effect. Going live replays them.')
    .argument('<id>')
    .addArgument(new Argument('<state>').choices(['on', 'off']))
    .option('--since <time>', 'going live, replay messages received from then on')
    .option(...whyTwo)
    .addHelpText('after', example('connection shadow ups-new on', 'connection shadow ups-new off --since 2026-11-01'))
    .action((id: string, state: string, options: Record<string, unknown>) => data('connection shadow')({ ...options, id, state }));
  connection
    .command('compare')
    .description('Say how what a connection in shadow mode reports differs from what a live one reports of the same shipments.')
    .argument('<shadow>')
    .argument('<live>')
    .option('--from <time>', 'milestones that happened from then on; default: 7 days back')
    .option('--to <time>', 'milestones that happened before then')
    .option('--within <minutes>', 'milestones of one code that are further apart are no pair', '720')
    .addHelpText('after', example('connection compare ups-new ep --from 2026-11-01'))
    .action((shadow: string, live: string, options: Record<string, unknown>) => data('connection compare')({ ...options, shadow, live }));
}
