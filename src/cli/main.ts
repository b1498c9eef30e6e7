import { readFile } from 'node:fs/promises';
import { Argument, Command } from 'commander';
import { SecretKeyError } from '../auth/secret-box.js';
import { LockedError } from '../db/lock-file.js';
import { ConfigError } from '../lib/config.js';
import { GatehouseError } from '../lib/errors.js';
import { checkContracts } from './contracts.js';
import { addApprovalCommands } from './program/approval.js';
import { addAuditCommands } from './program/audit.js';
import { addCommandQueueCommands } from './program/command-queue.js';
import { addConnectionCommands } from './program/connection.js';
import { addMappingCommands } from './program/mapping.js';
import { addSubjectCommands } from './program/subject.js';
import { addTokenCommands } from './program/token.js';
import { data, environment, example, many, whyTwo } from './program/tools.js';
import { addWebhookCommands } from './program/webhook.js';

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
    const { serve } = await import('./serve.js');
    await serve(config, log, options);
  });

program
  .command('work')
  .description('Work through the jobs, against the PostgreSQL of DATABASE_URL.')
  .action(async () => {
    const { config, log } = environment();
    const { work } = await import('./serve.js');
    await work(config, log);
  });

program
  .command('migrate')
  .description('Bring the database up to this version. serve and work do it at start, too.')
  .action(async () => {
    const { config } = environment();
    const [{ openDatabase }, { migrate }] = await Promise.all([import('../db/database.js'), import('../db/migrate.js')]);
    const database = await openDatabase(config);
    try {
      const applied = await migrate(database);
      console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
    } finally {
      await database.close();
    }
  });

program
  .command('doctor')
  .description('Say what is wrong with this installation and how to mend it.')
  .option('--audit', 'verify the audit log and the event log row by row, and name the first that is not as it was recorded')
  .option('--checkpoint <file>', 'with --audit: checkpoints kept elsewhere, as "audit checkpoint" printed them')
  .addHelpText('after', example('doctor', 'doctor --audit --checkpoint /mnt/elsewhere/checkpoints.json'))
  .action(async (options: { audit?: boolean; checkpoint?: string }) => data('doctor')({ ...options, ...(options.checkpoint === undefined ? {} : { checkpoint: await readFile(options.checkpoint, 'utf8') }) }));

program
  .command('contract')
  .description('Contracts with partners: messages with what they must mean. See test/contracts/README.md.')
  .command('check')
  .description('Hold messages against what they must mean; no database is needed.')
  .argument('<file...>', 'contracts, in JSON')
  .addHelpText('after', example('contract check contracts/carrier/*.json'))
  .action(checkContracts);
program
  .command('deprecations')
  .description('Say who still uses what the API deprecates: before it is taken away, these are to be told.')
  .addHelpText('after', example('deprecations'))
  .action(data('deprecations'));

addAuditCommands(program);
addTokenCommands(program);
addConnectionCommands(program);

program
  .command('sync')
  .description('Read a connection’s records at their source and mend what differs here. A server or worker must run.')
  .argument('[connection]')
  .option('--topic <topic>', 'only this topic, e.g. order; may be repeated', many)
  .option('--watch', 'stay and show how far it is')
  .option('--status', 'show the latest run of each connection and start none')
  .option('--confirm-deletions', 'delete here what the latest run found missing at the source and held back, as it was so much')
  .option(...whyTwo)
  .addHelpText('after', example('sync erp --watch', 'sync --status'))
  .action((connection: string | undefined, options: Record<string, unknown>) => data('sync')({ ...options, connection }));

program
  .command('replay')
  .description('Run kept raw messages through today’s mapping: corrects what an older mapping got wrong.')
  .argument('<connection>')
  .option('--from <time>', 'messages received from then on')
  .option('--to <time>', 'messages received before then')
  .addHelpText('after', example('replay ep --from 2026-11-01'))
  .option(...whyTwo)
  .action((id: string, options: Record<string, unknown>) => data('replay')({ ...options, connection: id }));

addMappingCommands(program);
addCommandQueueCommands(program);
addWebhookCommands(program);
addApprovalCommands(program);
addSubjectCommands(program);

program
  .command('retention')
  .description('How long each kind of data is kept. What is past it is deleted every minute, bit by bit.')
  .option('--set <kind=days>', 'keep a kind this long; <kind>=never deletes nothing of it; may be repeated', many)
  .option('--dry-run', 'say what would go now, and delete nothing')
  .addHelpText('after', example('retention --set raw=60 --set events=never', 'retention --dry-run'))
  .action(data('retention'));

program
  .command('keys')
  .description('The keys that data are encrypted under.')
  .command('rotate')
  .description('Wrap the keys of the data under GATEHOUSE_SECRET_KEY; the key before it is given in GATEHOUSE_SECRET_KEYS_OLD.')
  .option('--data', 'make new keys for the data as well, and encrypt everything anew')
  .addHelpText('after', example('keys rotate', 'keys rotate --data'))
  .action(data('keys rotate'));

program
  .command('schema', { hidden: true })
  .description('The generated files under schema/. check: whether they are up to date, and what breaks clients of the last release; release: later changes are measured against the API as it is now.')
  .addArgument(new Argument('[step]').choices(['write', 'check', 'release']).default('write'))
  .action(async (step: 'write' | 'check' | 'release') => (await import('./schema.js')).schemaSteps[step]());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (error instanceof ConfigError) console.error(`The configuration is wrong:\n${error.message}`);
  else if (error instanceof GatehouseError || error instanceof LockedError || error instanceof SecretKeyError) console.error(error.message);
  else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') console.error('The port is in use. Stop what uses it, or set PORT to another one.');
  else if (['EACCES', 'ENOENT', 'EROFS', 'ENOSPC', 'EEXIST', 'ENOTDIR', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')) console.error(`The system refuses: ${(error as Error).message}. Check HOST, PORT and GATEHOUSE_DATA (a folder that this user may write).`);
  else if (isDatabaseFault(error)) console.error(`PostgreSQL at DATABASE_URL cannot be used: ${(error as Error).message || (error as { code?: string }).code}. Is it running, and are its address, user and database right?`);
  else throw error;
}
// Commands end by themselves; a timer or socket of a library must not hold the process.
process.exit();
