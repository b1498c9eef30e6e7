import { commandOf, type Doing, type NewConnector } from './plan.js';

/** Files by their name in the connector's folder: of a connector that calls its system. */
export function callingFiles(plan: NewConnector): Map<string, string> {
  const commands = commandsOf(plan);
  if (plan.doing.length === 0 && !plan.receive.includes('poll')) return new Map();
  return new Map([
    ['api.ts', apiFile(plan)],
    ...(plan.doing.includes('quote') ? [['rates.ts', ratesFile(plan)] as const] : []),
    ...(commands.length > 0 ? [['performing.ts', performingFile(plan)] as const] : []),
    ...commands.map((doing) => [fileOf[doing], commandFile(plan, doing)] as const),
    ...(plan.receive.includes('poll') ? [['source.ts', sourceFile(plan)] as const] : []),
  ]);
}

type Command = Exclude<Doing, 'quote'>;

export function commandsOf({ doing }: NewConnector): Command[] {
  return doing.filter((each) => each !== 'quote');
}

const fileOf: Readonly<Record<Command, string>> = { track: 'polling.ts', book: 'booking.ts', cancel: 'cancelling.ts', return: 'returning.ts', manifest: 'manifest.ts', pickup: 'pickups.ts' };
const functionOf: Readonly<Record<Command, string>> = { track: 'pollTracking', book: 'book', cancel: 'cancel', return: 'bookReturn', manifest: 'createManifest', pickup: 'schedulePickup' };

/** What is to be written, and what it must hold. */
const duties: Readonly<Record<Command, string>> = {
  track: 'ask for each tracking number in input.references and give every answer as it came, under a key of its own: receive.decode reads it.',
  book: 'buy a label for each package exactly once: remember what was made before the step that costs money, and ask for it before anything is repeated. kit/booking has what all carriers share of it, easypost/carrier.ts shows it.',
  cancel: 'undo what command.follows remembered; what is cancelled already is done.',
  return: 'a label for goods that come back, exactly once, as booking.ts does.',
  pickup: 'have somebody come, exactly once. kit/booking/pickup-carrier.ts says what a carrier gives for it, easypost/pickups.ts shows one with drafts, fedex/pickups.ts one that cannot be asked.',
  manifest: 'the list of what the carrier will fetch, exactly once, with its document among the files.',
};

function apiFile({ id, type, title }: NewConnector): string {
  const file = `src/connectors/${id}/api.ts`;
  return `import type { Access, Outcome } from '../contract.js';
import { fillIn } from '../kit/fill-in.js';
import { failure, readJson, sendRequest, statusError, type HttpRequest } from '../kit/http.js';
import type { ${type}Settings } from './settings.js';

/** Bytes that an answer may have. */
const maxBytes = 4 * 1024 * 1024;

/** The API of ${title}: the only I/O of this connector. What goes wrong is an answer, never a throw, and holds no secret. */
export async function call(access: Access<${type}Settings>, request: Pick<HttpRequest, 'method' | 'body' | 'timeoutMs'> & { path: string }): Promise<Outcome<unknown>> {
  const key = access.secrets['apiKey']?.[0];
  if (key === undefined) return failure('invalid', 'This connection has no API key: set apiKey.', '');
  const { path, ...rest } = request;
  const answer = await sendRequest({ ...rest, url: addressOf(access.settings, path), headers: headersOf(key), maxBytes, secrets: [key], allowedNetworks: access.allowedNetworks });
  if (!answer.ok) return answer;
  const error = statusError(answer.value, [key]);
  return error === null ? readJson(answer.value, [key]) : { ok: false, error };
}

function addressOf(_settings: ${type}Settings, _path: string): string {
  return fillIn('${file}', 'addressOf: the address where ${title} answers, by settings.url or as it documents it.');
}

function headersOf(_key: string): Record<string, string> {
  return fillIn('${file}', 'headersOf: how ${title} wants the key, e.g. authorization; and content-type.');
}
`;
}

function ratesFile({ id, type, title }: NewConnector): string {
  return `import type { FreightRequest, Rate } from '../../model/commands.js';
import type { Access, Outcome, Quote } from '../contract.js';
import { fillIn } from '../kit/fill-in.js';
import type { ${type}Settings } from './settings.js';

/** Asks what ${title} would take, and changes nothing there. */
export const quote: Quote<${type}Settings> = {
  rates(_access: Access<${type}Settings>, _request: FreightRequest, _timeoutMs: number): Promise<Outcome<Rate[]>> {
    return fillIn('src/connectors/${id}/rates.ts', 'rates: one call, its answer checked by a schema of payloads.ts, amounts as decimal text. See easypost/quoting.ts and rates.ts.');
  },
};
`;
}

function performingFile(plan: NewConnector): string {
  const { type, title } = plan;
  const commands = commandsOf(plan);
  const imports = commands.map((doing) => `import { ${functionOf[doing]} } from './${fileOf[doing].replace('.ts', '.js')}';`).sort();
  return `import type { CommandKind } from '../../model/commands.js';
import type { Access, CommandMemory, OutboundCommand, Outcome, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
${imports.join('\n')}
import type { ${type}Settings } from './settings.js';

type Commands = { [K in CommandKind]: OutboundCommand<K> }[CommandKind];

/** What ${title} does for us. */
export const perform: Perform<${type}Settings> = {
  commands: [${commands.map((doing) => `'${commandOf[doing]}'`).join(', ')}],
  async perform<K extends CommandKind>(access: Access<${type}Settings>, given: OutboundCommand<K>, memory: CommandMemory): Promise<Outcome<Performed>> {
    const command = given as unknown as Commands;
    switch (command.kind) {
${commands.map((doing) => `      case '${commandOf[doing]}':\n        return ${functionOf[doing]}(access, command, memory);`).join('\n')}
      default:
        return failure('invalid', \`${title} does not do \${command.kind}.\`, '');
    }
  },
};
`;
}

function commandFile({ id, type }: NewConnector, doing: Command): string {
  return `import type { Access, CommandMemory, OutboundCommand, Outcome, Performed } from '../contract.js';
import { fillIn } from '../kit/fill-in.js';
import type { ${type}Settings } from './settings.js';

export function ${functionOf[doing]}(_access: Access<${type}Settings>, _command: OutboundCommand<'${commandOf[doing]}'>, _memory: CommandMemory): Promise<Outcome<Performed>> {
  return fillIn('src/connectors/${id}/${fileOf[doing]}', '${functionOf[doing]}: ${duties[doing]}');
}
`;
}

function sourceFile({ id, type, title }: NewConnector): string {
  return `import type { Json } from '../../lib/json.js';
import type { Access, Outcome, Poll, PollPage } from '../contract.js';
import { fillIn } from '../kit/fill-in.js';
import type { ${type}Settings } from './settings.js';

/** Reads what is new at ${title}, from where the last reading ended. */
export const poll: Poll<${type}Settings> = {
  everySeconds: (_settings) => 60,
  read(_access: Access<${type}Settings>, _cursor: Json | null, _timeoutMs: number): Promise<Outcome<PollPage>> {
    return fillIn('src/connectors/${id}/source.ts', 'read: one page behind the cursor; each answer as it came, under a key that is the same when it is read twice; the cursor to go on from.');
  },
};
`;
}
