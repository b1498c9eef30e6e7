import type { Command } from 'commander';
import { webhookTopics } from '../../model/webhook.js';
import { withRights } from './token.js';
import { data, example, many, whyTwo } from './tools.js';

/** gatehouse webhook */
export function addWebhookCommands(program: Command): void {
  const webhook = program.command('webhook').description('Endpoints that events are sent to: CloudEvents, signed by Standard Webhooks, under the rights of whoever they are for.');
  withRights(webhook.command('add').description('Register an endpoint; prints its id and its secret. Its rights are those of a token, or those that are named.'), { isRoleNeeded: false })
    .requiredOption('--url <address>', 'where events are posted')
    .option('--token <jwt>', 'under the rights of this token')
    .option('--subject <name>', 'whose it is, where no token is given')
    .option('--description <text>', 'for people')
    .option('--topic <topic>', `${webhookTopics.join(', ')}; may be repeated (MILESTONES)`, many)
    .option('--code <code>', 'only milestones with this code, e.g. DELIVERED; may be repeated', many)
    .option('--after <cursor>', 'begin behind this cursor instead of now')
    .option('--concurrency <number>', 'requests under way at once (4)')
    .option('--per-minute <number>', 'requests begun per minute (1200)')
    .option(...whyTwo)
    .addHelpText('after', example('webhook add --url https://partner.example.com/events --subject fedex --role partner --carrier FEDEX --code DELIVERED'))
    .action(data('webhook add'));
  webhook.command('list').description('List the endpoints and how they do.').addHelpText('after', example('webhook list')).action(data('webhook list'));
  const one = (name: string, description: string) => webhook.command(name).description(description).argument('<id>').addHelpText('after', example(`webhook ${name} 0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77`)).action((id: string, options: Record<string, unknown>) => data(`webhook ${name}`)({ ...options, id }));
  one('show', 'Show an endpoint with its latest deliveries and their attempts.').option('--limit <number>', 'so many deliveries', '20');
  one('pause', 'Send nothing to it until it is resumed. What comes meanwhile is kept for GATEHOUSE_FEED_DAYS.');
  one('resume', 'Go on where it stopped, also after it was disabled.');
  one('replay', 'Send a part of its events again, under the ids that they had.')
    .option('--from-cursor <cursor>', 'behind this cursor')
    .option('--to-cursor <cursor>', 'up to this cursor')
    .option('--from <time>', 'recorded from then on')
    .option('--to <time>', 'recorded before then')
    .option('--failed', 'what was given up, instead of a range');
  one('rotate', 'Give it a new secret; for 24 hours every event is signed by both.')
    .option('--at-once', 'the old one is known to somebody else: the new one alone signs')
    .option(...whyTwo);
  one('remove', 'Remove it with what waits for it.');
  one('test', 'Send it a test event and say what came of it.');
}
