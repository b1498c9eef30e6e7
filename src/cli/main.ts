import 'reflect-metadata';
import { Argument, Command } from 'commander';
import { SecretKeyError } from '../auth/secret-box.js';
import { openDatabase } from '../db/database.js';
import { LockedError } from '../db/lock-file.js';
import { migrate } from '../db/migrate.js';
import { connectors } from '../connectors/registry.js';
import { ConfigError, readConfig } from '../lib/config.js';
import { GatehouseError } from '../lib/errors.js';
import { createLog } from '../lib/log.js';
import { runDataCommand } from './run-data-command.js';
import { schemaSteps } from './schema.js';
import { serve, work } from './serve.js';

const many = (value: string, before: string[] = []) => [...before, value];

function environment() {
  const config = readConfig();
  return { config, log: createLog(config.logLevel) };
}

const data = (name: string) => async (options: Record<string, unknown>) => {
  const { config, log } = environment();
  await runDataCommand(config, log, name, options);
};

/** Not there (Node's codes), or it lets us not in (SQLSTATE 28: user or password, 3D000: no such database). */
function isDatabaseFault(error: unknown): boolean {
  return /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|28...|3D000)$/.test((error as { code?: string }).code ?? '');
}

const program = new Command('gatehouse').description('The logistics companion of an Odoo installation.').showHelpAfterError('(add --help for what it takes)');

program
  .command('serve')
  .description('Serve HTTP, GraphQL and WebSocket; by default also work through the jobs.')
  .option('--no-work', 'only serve; run "gatehouse work" elsewhere on the same PostgreSQL')
  .action(async (options: { work: boolean }) => {
    const { config, log } = environment();
    await serve(config, log, options);
  });

program
  .command('work')
  .description('Work through the jobs, against the PostgreSQL of DATABASE_URL.')
  .action(async () => {
    const { config, log } = environment();
    await work(config, log);
  });

program
  .command('migrate')
  .description('Bring the database up to this version. serve and work do it at start, too.')
  .action(async () => {
    const { config } = environment();
    const database = await openDatabase(config);
    try {
      const applied = await migrate(database);
      console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
    } finally {
      await database.close();
    }
  });

program.command('doctor').description('Say what is wrong with this installation and how to mend it.').action(data('doctor'));

const token = program.command('token').description('Tokens for people and systems.');
token
  .command('create')
  .description('Print a new token (JWT) and nothing else.')
  .requiredOption('--role <role>', 'operator, customer, partner, odoo or admin')
  .option('--party <id>', 'for a customer: its party, by id or <connection>/<id in Odoo>; may be repeated', many)
  .option('--carrier <code>', 'for a partner: its carrier code, e.g. FEDEX; may be repeated', many)
  .option('--company <id>', 'only this company; may be repeated', many)
  .option('--scope <list>', 'only these of the role’s scopes, separated by commas')
  .option('--ttl <time>', 'how long it is valid: 30m, 8h, 7d', '8h')
  .addHelpText('after', '\nExample:\n  gatehouse token create --role customer --party sandbox-odoo/7 --ttl 8h')
  .action(data('token create'));

const connection = program.command('connection').description('Connections to outside systems.');
connection
  .command('add')
  .description('Add a connection. Its messages then go to POST /ingest/<id>.')
  .argument('<connector>', [...connectors.keys()].join(', '))
  .requiredOption('--id <id>', 'name of the connection, part of its address')
  .option('--company <id>', 'company that its records belong to', 'main')
  .option('--set <key=value>', 'a setting of the connector; may be repeated', many)
  .addHelpText('after', '\nExample:\n  gatehouse connection add easypost --id ep --set webhookSecret=...')
  .action((connector: string, options: Record<string, unknown>) => data('connection add')({ ...options, connector }));
connection.command('list').description('List the connections.').action(data('connection list'));
connection
  .command('rotate')
  .description('Give a connection a new webhookSecret; the old one stays valid for 24 hours.')
  .argument('<id>')
  .option('--set <key=value>', 'webhookSecret=...; without it one is made and printed', many)
  .action((id: string, options: Record<string, unknown>) => data('connection rotate')({ ...options, id }));

connection
  .command('set')
  .description('Change settings of a connection. A key that is replaced stays valid for 24 hours.')
  .argument('<id>')
  .requiredOption('--set <key=value>', 'a setting of the connector; may be repeated; key= takes it away', many)
  .addHelpText('after', '\nExample:\n  gatehouse connection set erp --set url=https://odoo.example.com --set database=prod --set login=gatehouse --set apiKey=...')
  .action((id: string, options: Record<string, unknown>) => data('connection set')({ ...options, id }));
connection
  .command('test')
  .description('Call the system of a connection and say who answers, or what is wrong.')
  .argument('<id>')
  .action((id: string) => data('connection test')({ id }));

program
  .command('sync')
  .description('Read a connection’s records at their source and mend what differs here. A server or worker must run.')
  .argument('[connection]')
  .option('--topic <topic>', 'only this topic, e.g. order; may be repeated', many)
  .option('--watch', 'stay and show how far it is')
  .option('--status', 'show the latest run of each connection and start none')
  .addHelpText('after', '\nExamples:\n  gatehouse sync erp --watch\n  gatehouse sync --status')
  .action((connection: string | undefined, options: Record<string, unknown>) => data('sync')({ ...options, connection }));

program
  .command('replay')
  .description('Run kept raw messages through today’s mapping: corrects what an older mapping got wrong.')
  .argument('<connection>')
  .option('--from <time>', 'messages received from then on')
  .option('--to <time>', 'messages received before then')
  .addHelpText('after', '\nExample:\n  gatehouse replay ep --from 2026-11-01')
  .action((id: string, options: Record<string, unknown>) => data('replay')({ ...options, connection: id }));

program
  .command('schema', { hidden: true })
  .description('The generated files under schema/. check: whether they are up to date, and what breaks clients of the last release; release: later changes are measured against the API as it is now.')
  .addArgument(new Argument('[step]').choices(['write', 'check', 'release']).default('write'))
  .action((step: 'write' | 'check' | 'release') => schemaSteps[step]());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof ConfigError) console.error(`The configuration is wrong:\n${error.message}`);
  else if (error instanceof GatehouseError || error instanceof LockedError || error instanceof SecretKeyError) console.error(error.message);
  else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') console.error('The port is in use. Stop what uses it, or set PORT to another one.');
  else if (['EACCES', 'EROFS', 'ENOSPC', 'EEXIST', 'ENOTDIR', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')) console.error(`The system refuses: ${(error as Error).message}. Check HOST, PORT and GATEHOUSE_DATA (a folder that this user may write).`);
  else if (isDatabaseFault(error)) console.error(`PostgreSQL at DATABASE_URL cannot be used: ${(error as Error).message || (error as { code?: string }).code}. Is it running, and are its address, user and database right?`);
  else throw error;
}
// Commands end by themselves; a timer or socket of a library must not hold the process.
process.exit();
