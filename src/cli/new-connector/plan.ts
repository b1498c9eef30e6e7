import { GatehouseError } from '../../lib/errors.js';

export const receiveWays = ['webhook', 'poll', 'file'] as const;
export type ReceiveWay = (typeof receiveWays)[number];

/** What a connector can do for us at its system, and the command that asks for it; `quote` is asked without one. */
export const commandOf = { track: 'tracking.poll', book: 'shipment.book', cancel: 'booking.cancel', return: 'return.book', manifest: 'manifest.create', pickup: 'pickup.schedule' } as const;
export type Doing = keyof typeof commandOf | 'quote';
export const doings: readonly Doing[] = ['track', 'quote', 'book', 'cancel', 'return', 'manifest', 'pickup'];

export const authentications = ['hmac', 'token', 'standard-webhooks'] as const;
export type Authentication = (typeof authentications)[number];

/** What is asked for on the command line. */
export interface NewConnector {
  /** Folder, and name in `gatehouse connection add <id>`. */
  id: string;
  /** The same as a name in code: `acme-freight` is acmeFreight. */
  name: string;
  /** Stem of its types: AcmeFreight. */
  type: string;
  title: string;
  receive: readonly ReceiveWay[];
  doing: readonly Doing[];
  authentication: Authentication;
}

/** @throws GatehouseError BAD_INPUT */
export function planConnector(given: { id: string; title?: string; receive?: string; do?: string; auth?: string }): NewConnector {
  const { id } = given;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > 40) throw new GatehouseError('BAD_INPUT', 'A connector’s name has small letters and digits, parted by dashes: acme or acme-freight.');
  if (id === 'kit') throw new GatehouseError('BAD_INPUT', 'kit is where connectors keep what they share. Choose another name.');
  const name = id.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const type = name.charAt(0).toUpperCase() + name.slice(1);
  const doing = listOf(given.do ?? '', doings, '--do');
  const receive = listOf(given.receive ?? 'webhook', receiveWays, '--receive');
  if (receive.length === 0) throw new GatehouseError('BAD_INPUT', `--receive takes ${receiveWays.join(', ')}: answers to commands are read as messages are, so every connector receives.`);
  const [authentication] = listOf(given.auth ?? (receive.includes('webhook') ? 'hmac' : 'token'), authentications, '--auth');
  if (authentication === undefined) throw new GatehouseError('BAD_INPUT', `--auth takes one of ${authentications.join(', ')}.`);
  return { id, name, type, title: (given.title ?? type).replace(/[\\`'$\r\n]/g, ''), receive, doing, authentication };
}

function listOf<T extends string>(text: string, known: readonly T[], option: string): T[] {
  const named = text.split(',').map((each) => each.trim()).filter((each) => each !== '');
  const wrong = named.find((each) => !(known as readonly string[]).includes(each));
  if (wrong !== undefined) throw new GatehouseError('BAD_INPUT', `${option} does not know ${wrong}. It takes ${known.join(', ')}, parted by commas.`);
  return known.filter((each) => named.includes(each));
}
