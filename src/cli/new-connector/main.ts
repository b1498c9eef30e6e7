import { Command } from 'commander';
import { GatehouseError } from '../../lib/errors.js';
import { packageRoot } from '../../lib/package-root.js';
import { authentications, doings, planConnector, receiveWays } from './plan.js';
import { writeConnector } from './write.js';

const program = new Command('new:connector')
  .description('Write the folder of a new connector, its line in the registry and its sample. What it writes says what to fill in; src/connectors/README.md is the way from there.')
  .argument('<name>', 'small letters, digits and dashes, e.g. acme-freight')
  .option('--title <title>', 'what people call the system')
  .option('--receive <list>', `how messages come: ${receiveWays.join(', ')}`, 'webhook')
  .option('--do <list>', `what it does for us: ${doings.join(', ')}`)
  .option('--auth <kind>', `how the system proves who it is: ${authentications.join(', ')} (hmac for webhooks, else token)`)
  .option('--into <folder>', 'another copy of the project', packageRoot)
  .addHelpText('after', `
Examples:
  npm run new:connector -- acme --title "Acme Parcels" --receive webhook --do track,quote,book,cancel
  npm run new:connector -- yardview --title YardView --receive webhook,poll --auth token`)
  .showHelpAfterError('(add --help for what it takes)')
  .action((id: string, options: { title?: string; receive?: string; do?: string; auth?: string; into: string }) => {
    const plan = planConnector({ ...options, id });
    for (const path of writeConnector(options.into, plan)) console.log(`  ${path}`);
    console.log(`
Next:
  npx vitest run test/connectors/conformance.test.ts -t "the connector ${plan.id}"
      every failure says what to fill in; begin with the sample
  src/connectors/README.md
      the way to a conformant connector, step by step`);
  });

try {
  program.parse();
} catch (error) {
  if (!(error instanceof GatehouseError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
