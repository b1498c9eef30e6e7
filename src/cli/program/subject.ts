import type { Command } from 'commander';
import { data, example } from './tools.js';

/** gatehouse subject */
export function addSubjectCommands(program: Command): void {
  const subject = program.command('subject').description('What is kept of a person.');
  const named = (command: Command) =>
    command
      .option('--email <address>', 'whole e-mail address')
      .option('--phone <number>', 'whole telephone number')
      .option('--party <id>', 'a party, by id or <connection>/<id in Odoo>')
      .requiredOption('--reason <text>', 'why; kept in the audit log');
  named(subject.command('export').description('Print everything that is kept of a person, a line of JSON for each party.')).addHelpText('after', example('subject export --email jo@example.com --reason "asked for it on 3 November"')).action(data('subject export'));
  named(subject.command('erase').description('Erase a person: personal data, and the bodies of the messages that carried them. It cannot be undone.')).addHelpText('after', example('subject erase --party erp/7 --reason "asked for it on 3 November"')).action(data('subject erase'));
}
