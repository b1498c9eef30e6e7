import type { Authentication, NewConnector } from './plan.js';

/** Files by their name in the connector's folder: what every connector has, whatever it does. */
export function receivingFiles(plan: NewConnector): Map<string, string> {
  return new Map([
    ['index.ts', indexFile(plan)],
    ['settings.ts', settingsFile(plan)],
    ['codes.ts', codesFile(plan)],
    ['payloads.ts', payloadsFile(plan)],
    ['webhook.ts', webhookFile(plan)],
    ['tracking.ts', trackingFile(plan)],
  ]);
}

const folder = (plan: NewConnector) => `src/connectors/${plan.id}`;

/** Names of `capabilities` of the contract. */
function capabilities({ receive, doing }: NewConnector): string {
  return [...receive.map((way) => `receive.${way}`), ...doing].map((each) => `'${each}'`).join(', ');
}

function indexFile(plan: NewConnector): string {
  const { id, name, type, title, receive, doing, authentication } = plan;
  const [quotes, performs, polls] = [doing.includes('quote'), doing.some((each) => each !== 'quote'), receive.includes('poll')];
  const calls = quotes || performs || polls;
  const imports = [
    `import type { Connector } from '../contract.js';`,
    ...(authentication === 'hmac' ? [] : [`import { ${verifier[authentication]} } from '../kit/signatures.js';`]),
    ...(performs ? [`import { perform } from './performing.js';`] : []),
    ...(quotes ? [`import { quote } from './rates.js';`] : []),
    `import { settings, type ${type}Settings } from './settings.js';`,
    ...(polls ? [`import { poll } from './source.js';`] : []),
    `import { decodeMessage${authentication === 'hmac' ? ', verifySignature' : ''} } from './webhook.js';`,
  ];
  return `${imports.join('\n')}

/**
 * ${title}.
 *
 * Checked against its public documentation: nothing yet.
 * Not verified: everything.
 */
export const ${name}: Connector<${type}Settings> = {
  id: '${id}',
  label: '${title}',
  capabilities: [${capabilities(plan)}],
  authentication: '${authentication}',
${calls ? `  // As ${title} documents it; a guess is too few rather than too many.\n  rateLimit: { perMinute: 60 },\n` : ''}  documentation: '',
  settings,
  receive: {
    contentTypes: ['application/json'],
    verify: ${verifier[authentication]},
    // The sender's own id of a delivery, where it has one: \`storableDeliveryId(headers['...'])\`. Without one the hash of the bytes tells a repeat.
    deliveryId: () => null,
    decode: decodeMessage,
  },
${quotes ? '  quote,\n' : ''}${performs ? '  perform,\n' : ''}${polls ? '  poll,\n' : ''}};
`;
}

const verifier: Readonly<Record<Authentication, string>> = { hmac: 'verifySignature', token: 'verifyToken', 'standard-webhooks': 'verifyStandardWebhook' };

function settingsFile({ type, title, receive, doing }: NewConnector): string {
  const calls = doing.length > 0 || receive.includes('poll');
  return `import { z } from 'zod';
import { ${calls ? 'callableUrl, ' : ''}webhookSecret, zone } from '../kit/settings.js';

export const settings = z.object({
  webhookSecret,
  zone: zone.optional(),
${calls ? `  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API key', description: 'Of ${title}.' }).optional(),
  url: callableUrl.meta({ title: 'Address', description: 'Where the API answers.' }).optional(),
` : ''}});

export type ${type}Settings = z.infer<typeof settings>;
`;
}

function codesFile({ title }: NewConnector): string {
  return `import type { ExceptionClass, MilestoneCode } from '../../model/milestones.js';

export interface Mapped {
  code: MilestoneCode;
  exceptionClass?: ExceptionClass;
}

/** The whole list that ${title} publishes: each code is mapped, or INFO on purpose. Look codes up with \`rowOf\` of the kit alone. */
export const statusCodes: Readonly<Record<string, Mapped>> = {};
`;
}

function payloadsFile({ title }: NewConnector): string {
  return `import { z } from 'zod';

/**
 * What ${title} sends, as far as it is read. Loose: a member more is no fault. What may be missing or of a wrong
 * type is \`.nullish().catch(null)\`; what nothing can be read without is required.
 */
export const payload = z.looseObject({});
export type Payload = z.infer<typeof payload>;
`;
}

function webhookFile(plan: NewConnector): string {
  const { title, authentication } = plan;
  const file = `${folder(plan)}/webhook.ts`;
  const signature = `
/** Over the bytes as they came: JSON that was read and written again is another text. */
export function verifySignature(_message: IncomingMessage, _secrets: readonly string[]): Verification {
  return fillIn('${file}', 'verifySignature. Compare by sameText over anyMatches(usableSecrets(secrets), ...) with hmacSha256 of kit/signatures; no_secret, missing, wrong and outdated are told apart. See easypost/webhook.ts.');
}

/** What the proof's header holds for this body. The sample signs with it. */
export function signature(_secret: string, _body: Uint8Array): string {
  return fillIn('${file}', 'signature, as ${title} computes it.');
}
`;
  const hmac = authentication === 'hmac';
  return `import type { Decoded } from '../../model/facts.js';
import { ${hmac ? 'type IncomingMessage, ' : ''}type RawMessage, UnreadableMessage${hmac ? ', type Verification' : ''} } from '../contract.js';
import { boundAnomalies } from '../kit/anomalies.js';
import { FactSet } from '../kit/fact-set.js';
${hmac ? `import { fillIn } from '../kit/fill-in.js';\n` : ''}import { parseJson } from '../kit/json.js';
import { payload } from './payloads.js';
import { trackingFacts } from './tracking.js';
${hmac ? signature : ''}
/** @throws UnreadableMessage where it is no message of ${title} */
export function decodeMessage(message: RawMessage): Decoded {
  const { value, anomalies } = parseJson(message.body);
  const parsed = payload.safeParse(value);
  if (!parsed.success) throw new UnreadableMessage(\`The body is no message of ${title}: \${parsed.error.issues[0]?.path.join('.')} \${parsed.error.issues[0]?.message}.\`);
  const facts = new FactSet();
  for (const fact of trackingFacts(parsed.data, message, anomalies)) facts.add(fact);
  return { facts: facts.list(), anomalies: boundAnomalies([...anomalies, ...facts.anomalies]) };
}
`;
}

function trackingFile(plan: NewConnector): string {
  return `import type { Anomaly, Fact } from '../../model/facts.js';
import type { RawMessage } from '../contract.js';
import { fillIn } from '../kit/fill-in.js';
import type { Payload } from './payloads.js';

/**
 * What a message says, in canonical words.
 * @param _anomalies what people should see though the message was read is pushed here: UNKNOWN_CODE, TIME_INVALID
 */
export function trackingFacts(_of: Payload, _message: RawMessage, _anomalies: Anomaly[]): Fact[] {
  return fillIn('${folder(plan)}/tracking.ts', 'trackingFacts. A milestone.reported for each item, under a reference of its shipment, with a factKey that is the same in every delivery which repeats it. See easypost/tracking.ts; times by parseOffsetTime or instantOfLocal, texts by clip.');
}
`;
}
