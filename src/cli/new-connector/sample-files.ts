import { commandsOf } from './calling-files.js';
import type { Authentication, NewConnector } from './plan.js';

/** Files by their name in test/fixtures/<id>: what the conformance suite is given. */
export function sampleFiles(plan: NewConnector): Map<string, string> {
  const calls = plan.doing.length > 0;
  return new Map([['sample.ts', sampleFile(plan, calls)], ...(calls ? [['outbound.ts', outboundFile(plan)] as const] : [])]);
}

const proofs: Readonly<Record<Authentication, (plan: NewConnector) => { imports: string; sign: string; header: string; coversBody: boolean }>> = {
  hmac: ({ id }) => ({ imports: `import { signature } from '../../../src/connectors/${id}/webhook.js';\n`, sign: `(body, secret) => ({ 'x-${id}-signature': signature(secret, body) })`, header: `x-${id}-signature`, coversBody: true }),
  token: () => ({ imports: '', sign: '(_body, secret) => ({ authorization: `Bearer ${secret}` })', header: 'authorization', coversBody: false }),
  'standard-webhooks': () => ({
    imports: `import { standardWebhookKey, standardWebhookSignature } from '../../../src/connectors/kit/signatures.js';\n`,
    sign: `(body, secret, atMs) => {
    const timestamp = String(Math.floor(atMs / 1000));
    return { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': standardWebhookSignature(standardWebhookKey(secret), 'msg_1', timestamp, body) };
  }`,
    header: 'webhook-signature', coversBody: true,
  }),
};

function sampleFile(plan: NewConnector, calls: boolean): string {
  const { imports, sign, header, coversBody } = proofs[plan.authentication](plan);
  return `import { statusCodes } from '../../../src/connectors/${plan.id}/codes.js';
${imports}import type { ConnectorSample } from '../../connectors/conformance.js';
${calls ? `import { outbound } from './outbound.js';\n` : ''}
export const sample: ConnectorSample = {
  // Real messages, from ${plan.title}'s documentation or an account of yours, without people's names:
  // ['a delivered parcel', readFileSync(new URL('delivered.json', import.meta.url))]
  messages: new Map(),
  settings: {},
  secret: 'the secret of today',
  otherSecret: 'the secret of tomorrow',
  sign: ${sign},
  proofHeader: '${header}',
  proofCoversBody: ${coversBody},
  codeTables: [statusCodes],
${calls ? '  outbound,\n' : ''}${plan.receive.includes('poll') ? pollSample : ''}};
`;
}

const pollSample = `  poll: {
    settings: (url) => ({ url }),
    secrets: { apiKey: ['key-0123456789'] },
    isAuthorized: ({ headers }) => headers.authorization?.includes('key-0123456789') === true,
    // A page with something new on it, as the system answers it; and one without.
    page: { body: '{}' },
    empty: { body: '{}' },
  },
`;

function outboundFile(plan: NewConnector): string {
  const commands = commandsOf(plan);
  return `import type { OutboundSample } from '../../connectors/conformance-outbound.js';

/** What ${plan.title} answers, in the shape of answers that its documentation or client libraries show. See test/fixtures/easypost/outbound.ts. */
export const outbound: OutboundSample = {
  settings: (url) => ({ url }),
  secrets: { apiKey: ['key-0123456789'] },
  isAuthorized: ({ headers }) => headers.authorization?.includes('key-0123456789') === true,
${commands.length > 0 ? `  // One for every command it performs, at least.\n` : ''}  cases: [],
  // Its own error codes by what they mean (auth, rate_limited, invalid, unavailable, unparseable), and how it states one.
  errors: { kinds: {}, answer: (code) => ({ status: 400, body: JSON.stringify({ code }) }) },
};
`;
}
