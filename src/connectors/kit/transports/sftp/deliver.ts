import type Client from 'ssh2-sftp-client';
import type { Access, Outcome } from '../../../contract.js';
import { failure } from '../../http.js';
import type { Delivered, Delivery } from '../delivery.js';
import { readFile, withSftp } from './session.js';
import type { SftpTransport } from './settings.js';

/** Uploads under a name that says it is not whole yet, and renames once all of it is there. A repeat finds the file, where it still lies there. */
export function deliverOverSftp(access: Access<object>, transport: SftpTransport, { name, bytes, id }: Delivery, timeoutMs: number): Promise<Outcome<Delivered>> {
  const { out } = transport;
  if (out === undefined) return Promise.resolve(failure('auth', 'The transport names no folder for what goes out: set "out".', ''));
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(name) || name.startsWith('.')) return Promise.resolve(failure('invalid', 'The name of the file has characters that a folder may not take.', name));
  const delivered: Outcome<Delivered> = { ok: true, value: { receipt: { file: name } } };
  return withSftp<Delivered>(access, transport, timeoutMs, async (client) => {
    const target = `${out}/${name}`;
    if ((await client.exists(target)) !== false) {
      return (await holds(client, target, bytes)) ? delivered : failure('invalid', 'A file of this name with another content lies there already. Nothing was written.', name);
    }
    const unfinished = `${out}/.${id}.part`;
    await client.put(Buffer.from(bytes), unfinished);
    const { size } = await client.stat(unfinished);
    if (size !== bytes.byteLength) return failure('unavailable', 'The server kept fewer bytes than it was sent.', '');
    await client.rename(unfinished, target);
    return delivered;
  });
}

async function holds(client: Client, path: string, bytes: Uint8Array): Promise<boolean> {
  const { size } = await client.stat(path);
  return size === bytes.byteLength && (await readFile(client, path, size)).equals(bytes);
}
