import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { roles } from '../../auth/scopes.js';
import { data, example, many } from './tools.js';

/** Options that say what a token may do and see. */
export const withRights = (command: Command, { isRoleNeeded } = { isRoleNeeded: true }) =>
  command[isRoleNeeded ? 'requiredOption' : 'option']('--role <role>', roles.join(', '))
    .option('--party <id>', 'for a customer: its party, by id or <connection>/<id in Odoo>; may be repeated', many)
    .option('--carrier <code>', 'for a carrier: its code, e.g. FEDEX; may be repeated', many)
    .option('--facility <code>', 'for a warehouse: the code of its facility, with its company where several have such a code (WH@acme); may be repeated', many)
    .option('--warehouse <code>', 'the same as --facility', many)
    .option('--connection <id>', 'for a TMS: the connection that it sends to; may be repeated', many)
    .option('--shop <company>', 'for a shop: the company in Odoo whose sales channel it is; may be repeated', many)
    .option('--company <id>', 'for everybody else: only this company; may be repeated', many)
    .option('--scope <list>', 'only these of the role’s scopes, separated by commas; see schema/access.md')
    .option('--certificate <file>', 'PEM of the client certificate without which the token is not taken');

const readCertificate = async (options: { certificate?: string }) => (options.certificate === undefined ? options : { ...options, certificate: await readFile(options.certificate, 'utf8') });

/** gatehouse token */
export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('Tokens for people and systems.');
  withRights(token.command('create').description('Print a new token (JWT) and nothing else.'))
    .option('--subject <name>', 'who it is for, as audit and revocation name it')
    .option('--ttl <time>', 'how long it is valid: 30m, 8h, 7d (8h; with --refresh 15m)')
    .option('--refresh <time>', 'print a refresh token instead, good for so long; POST /token gives short tokens for it')
    .addHelpText('after', example('token create --role customer --party sandbox-odoo/7 --ttl 8h'))
    .action(async (options: { certificate?: string }) => data('token create')(await readCertificate(options)));
  withRights(token.command('client').description('Let a machine or partner fetch its own tokens at POST /token; prints its secret and nothing else.').argument('<id>'))
    .option('--ttl <time>', 'how long each of its tokens is valid', '15m')
    .addHelpText('after', example('token client wms --role machine --scope shipments:read,yard:write'))
    .action(async (id: string, options: { certificate?: string }) => data('token client')({ ...(await readCertificate(options)), id }));
  token.command('list').description('List the tokens that are valid now, by id, and the clients.').addHelpText('after', example('token list')).action(data('token list'));
  token
    .command('revoke')
    .description('Take tokens back, within a second and on open sockets too.')
    .argument('[jti]', 'id of one token')
    .option('--subject <name>', 'all of this subject')
    .option('--family <id>', 'all that came of one refresh token')
    .option('--connection <id>', 'all that this connection or client asked for; a client gets no more')
    .addHelpText('after', example('token revoke 0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77', 'token revoke --connection wms'))
    .action((jti: string | undefined, options: Record<string, unknown>) => data('token revoke')({ ...options, jti }));
  token
    .command('rotate-keys')
    .description('Sign with a new key. The one before proves its tokens until the last has ended.')
    .option('--at-once', 'the key before is known to somebody else: its tokens end now')
    .addHelpText('after', example('token rotate-keys'))
    .action(data('token rotate-keys'));
}
