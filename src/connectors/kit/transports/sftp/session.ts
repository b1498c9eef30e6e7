import { hash, timingSafeEqual } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import Client from 'ssh2-sftp-client';
import type { Access, Outcome } from '../../../contract.js';
import { pinnedLookup, RefusedAddress } from '../../addresses.js';
import { failure } from '../../http.js';
import type { SftpTransport } from './settings.js';

type Secrets = Pick<Access<object>, 'secrets' | 'allowedNetworks'>;

/** The server's key is none of those that the settings name. */
class WrongHostKey extends Error {}

/** A fault of this connection or of one file, as the server or the network told it. */
export interface SftpFault extends Error {
  code?: string | number;
}

/**
 * Logs in, lets `work` speak to the server, and ends the connection. The address is checked as every one that we call,
 * and connected to at exactly what was checked.
 * @param timeoutMs after which the connection is cut, whatever is under way
 */
export async function withSftp<T>(access: Secrets, transport: SftpTransport, timeoutMs: number, work: (client: Client) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  // What happens to the connection is told by what waits for it; the library's own listeners print.
  const silent = () => undefined;
  const client = new Client('gatehouse', { error: silent, end: silent, close: silent });
  let socket: Socket | undefined;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    socket?.destroy(new Error('no answer in time'));
  }, timeoutMs);
  let shown: string | null = null;
  try {
    const opened = await connect(access, transport, timeoutMs);
    socket = opened;
    await client.connect({
      sock: opened, username: transport.user, readyTimeout: timeoutMs,
      hostVerifier: (key: Buffer) => {
        shown = fingerprintOf(key);
        return [transport.hostKey].flat().some((known) => isSame(known, shown!));
      },
      ...credentials(access),
    });
    return await work(client);
  } catch (error) {
    const isKnown = shown === null || [transport.hostKey].flat().includes(shown);
    return faultOf(isKnown ? (error as SftpFault) : new WrongHostKey(shown!), isLate, timeoutMs);
  } finally {
    clearTimeout(timer);
    socket?.destroy();
  }
}

async function connect({ allowedNetworks }: Secrets, { host, port }: SftpTransport, timeoutMs: number): Promise<Socket> {
  const url = URL.parse(`http://${host.includes(':') ? `[${host}]` : host}/`);
  if (url === null) throw new RefusedAddress('The host is none.');
  const lookup = await pinnedLookup(url, allowedNetworks);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: url.hostname.replace(/^\[|\]$/g, ''), port, lookup, timeout: timeoutMs });
    socket.once('connect', () => {
      socket.setTimeout(0);
      // Requests are small and each waits for an answer.
      socket.setNoDelay(true);
      socket.removeListener('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')));
  });
}

function credentials({ secrets }: Secrets): { password?: string; privateKey?: string; passphrase?: string } {
  const [password, privateKey, passphrase] = [secrets['sftpPassword']?.[0], secrets['sftpKey']?.[0], secrets['sftpKeyPassphrase']?.[0]];
  return { ...(password === undefined ? {} : { password }), ...(privateKey === undefined ? {} : { privateKey }), ...(passphrase === undefined ? {} : { passphrase }) };
}

/** The first bytes of a file: `size` of them, and one more where it is longer. A server may send without end, whatever size it tells. */
export async function readFile(client: Client, path: string, size: number): Promise<Buffer> {
  const options = { readStreamOptions: { start: 0, end: size } } as Client.TransferOptions;
  return (await client.get(path, undefined, options)) as Buffer;
}

function fingerprintOf(key: Buffer): string {
  return `SHA256:${hash('sha256', key, 'base64').replace(/(?<!=)=+$/, '')}`;
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

export function isMissing({ code }: SftpFault): boolean {
  return code === 2 || code === 'ENOENT';
}

/** In words for people; without what the server says, which may hold anything. */
export function wordsOf(fault: SftpFault): string {
  if (isMissing(fault)) return 'no such file or folder';
  if (fault.code === 3 || fault.code === 'EACCES') return 'permission denied';
  if (typeof fault.code === 'string' && /^E[A-Z_]+$/.test(fault.code) && !fault.code.startsWith('ERR_')) return fault.code;
  return 'the server refused it';
}

function faultOf(error: SftpFault, isLate: boolean, timeoutMs: number): Outcome<never> {
  if (error instanceof RefusedAddress) return failure('invalid', error.message, '');
  if (error instanceof WrongHostKey) return failure('auth', `The server shows the key ${error.message}, which is none that hostKey names. Nothing was sent. If the partner confirms it, set it.`, '');
  if (isLate) return failure('unavailable', `No answer within ${timeoutMs / 1000} s.`, '');
  if (/authentication methods failed/i.test(error.message)) return failure('auth', 'The server takes neither the password nor the key of this user.', '');
  if (/parse privateKey|privateKey value|encrypted .*key|passphrase|integrity check/i.test(error.message)) return failure('auth', 'The setting sftpKey cannot be read: set a private key in OpenSSH or PEM form, and sftpKeyPassphrase where it is encrypted.', '');
  if (error.code === 3 || error.code === 'EACCES') return failure('auth', 'The server denies permission for the folder.', '');
  if (isMissing(error)) return failure('invalid', 'There is no such folder on the server.', '');
  return failure('unavailable', `The server cannot be reached or ended the connection (${typeof error.code === 'string' ? error.code : 'no code'}).`, '');
}
