import { generateKeyPairSync, hash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2, { type Connection, type FileEntry, type SFTPWrapper } from 'ssh2';

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;

/** One file on the server. */
interface File {
  bytes: Buffer;
  /** Seconds since 1970. */
  modified: number;
}

/** What goes wrong, from now on. */
export interface SftpFaults {
  /** The connection is cut after so many bytes of a file were read or written. */
  cutAfterBytes?: number;
  /** Paths that may not be opened, listed, renamed or deleted. */
  denied?: RegExp;
  /** Told before each answer to a request that reads; may change files. */
  onRead?(path: string, offset: number): void;
}

/** A server that speaks SFTP 3 over SSH, with its files in memory: one user with a password. */
export class SftpServer {
  readonly files = new Map<string, File>();
  readonly folders = new Set<string>(['/']);
  /** Requests that changed something, in order: `rename /a /b`. */
  readonly log: string[] = [];
  faults: SftpFaults = {};
  logins = 0;
  readonly #hostKey = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }).privateKey;
  readonly #server: ssh2.Server;
  readonly #open = new Set<Connection>();
  #moved = 0;

  constructor({ user, password, publicKey }: { user: string; password: string; publicKey?: string }) {
    const allowed = publicKey === undefined ? null : (ssh2.utils.parseKey(publicKey) as ssh2.ParsedKey);
    this.#server = new ssh2.Server({ hostKeys: [this.#hostKey] }, (client) => {
      this.#open.add(client);
      (client as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
      client.on('error', () => undefined).on('close', () => this.#open.delete(client));
      client.on('authentication', (given) => {
        const isUser = given.username === user;
        if (isUser && given.method === 'password' && given.password === password) return given.accept();
        if (isUser && given.method === 'publickey' && allowed !== null && given.key.data.equals(allowed.getPublicSSH()) && (given.signature === undefined || allowed.verify(given.blob!, given.signature, given.hashAlgo) === true)) return given.accept();
        return given.reject(['password', 'publickey']);
      });
      client.on('ready', () => {
        this.logins++;
        client.on('session', (accept) => accept().on('sftp', (acceptSftp) => this.#serve(acceptSftp(), client)));
      });
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  get fingerprint(): string {
    const key = ssh2.utils.parseKey(this.#hostKey) as ssh2.ParsedKey;
    return `SHA256:${hash('sha256', key.getPublicSSH(), 'base64').replace(/=+$/, '')}`;
  }

  put(path: string, content: string | Buffer, modified = 1_700_000_000): void {
    this.files.set(path, { bytes: Buffer.from(content), modified });
    this.folders.add(path.slice(0, path.lastIndexOf('/')));
  }

  names(folder: string): string[] {
    return [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes('/')).map((path) => path.slice(folder.length + 1)).sort();
  }

  async close(): Promise<void> {
    for (const client of this.#open) client.end();
    await new Promise((done) => this.#server.close(done));
  }

  #serve(sftp: SFTPWrapper, client: Connection): void {
    const handles = new Map<number, { path: string; rest?: FileEntry[] }>();
    let next = 0;
    const open = (path: string, rest?: FileEntry[]) => {
      handles.set(++next, { path, ...(rest === undefined ? {} : { rest }) });
      return Buffer.from(String(next));
    };
    const of = (handle: Buffer) => handles.get(Number(handle.toString()))!;
    const answer = (id: number, code: number) => sftp.status(id, code);
    const isDenied = (path: string) => this.faults.denied?.test(path) === true;
    const attributes = (path: string): ssh2.Attributes | null => {
      const file = this.files.get(path);
      const common = { uid: 0, gid: 0 };
      if (file !== undefined) return { ...common, mode: 0o100_644, size: file.bytes.byteLength, atime: file.modified, mtime: file.modified };
      return this.folders.has(path) ? { ...common, mode: 0o040_755, size: 0, atime: 0, mtime: 0 } : null;
    };
    /** @returns whether the connection was cut */
    const cut = (bytes: number) => {
      this.#moved += bytes;
      if (this.faults.cutAfterBytes === undefined || this.#moved < this.faults.cutAfterBytes) return false;
      this.#moved = 0;
      delete this.faults.cutAfterBytes;
      (client as unknown as { _sock: { destroy(): void } })._sock.destroy();
      return true;
    };
    const stat = (id: number, path: string) => {
      const found = attributes(path);
      if (found === null) answer(id, STATUS_CODE.NO_SUCH_FILE);
      else sftp.attrs(id, found);
    };
    sftp.on('REALPATH', (id, path) => sftp.name(id, [{ filename: path === '.' ? '/' : path, longname: path, attrs: {} as ssh2.Attributes }]));
    sftp.on('STAT', stat).on('LSTAT', stat);
    sftp.on('OPENDIR', (id, path) => {
      if (isDenied(path)) return answer(id, STATUS_CODE.PERMISSION_DENIED);
      if (!this.folders.has(path)) return answer(id, STATUS_CODE.NO_SUCH_FILE);
      const entries = [...this.names(path), ...[...this.folders].filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1))];
      return sftp.handle(id, open(path, entries.map((filename) => ({ filename, longname: `${this.files.has(`${path}/${filename}`) ? '-' : 'd'}rw-r--r-- 1 u g 0 Jan 1 00:00 ${filename}`, attrs: attributes(`${path}/${filename}`)! }))));
    });
    sftp.on('READDIR', (id, handle) => {
      const { rest } = of(handle);
      if (rest!.length === 0) return answer(id, STATUS_CODE.EOF);
      return sftp.name(id, rest!.splice(0));
    });
    sftp.on('OPEN', (id, path, flags) => {
      if (isDenied(path)) return answer(id, STATUS_CODE.PERMISSION_DENIED);
      if ((flags & OPEN_MODE.WRITE) !== 0) this.put(path, '', Math.floor(Date.now() / 1000));
      else if (!this.files.has(path)) return answer(id, STATUS_CODE.NO_SUCH_FILE);
      return sftp.handle(id, open(path));
    });
    sftp.on('FSTAT', (id, handle) => stat(id, of(handle).path));
    sftp.on('FSETSTAT', (id) => answer(id, STATUS_CODE.OK)).on('SETSTAT', (id) => answer(id, STATUS_CODE.OK));
    sftp.on('READ', (id, handle, offset, length) => {
      const { path } = of(handle);
      this.faults.onRead?.(path, offset);
      const bytes = this.files.get(path)?.bytes.subarray(offset, offset + length) ?? Buffer.alloc(0);
      if (bytes.byteLength === 0) return answer(id, STATUS_CODE.EOF);
      return cut(bytes.byteLength) ? undefined : sftp.data(id, bytes);
    });
    sftp.on('WRITE', (id, handle, offset, data) => {
      const file = this.files.get(of(handle).path)!;
      file.bytes = Buffer.concat([file.bytes.subarray(0, offset), data]);
      return cut(data.byteLength) ? undefined : answer(id, STATUS_CODE.OK);
    });
    sftp.on('CLOSE', (id) => answer(id, STATUS_CODE.OK));
    sftp.on('MKDIR', (id, path) => {
      this.folders.add(path);
      answer(id, STATUS_CODE.OK);
    });
    sftp.on('REMOVE', (id, path) => {
      if (isDenied(path)) return answer(id, STATUS_CODE.PERMISSION_DENIED);
      this.log.push(`remove ${path}`);
      return answer(id, this.files.delete(path) ? STATUS_CODE.OK : STATUS_CODE.NO_SUCH_FILE);
    });
    sftp.on('RENAME', (id, from, to) => {
      if (isDenied(from) || isDenied(to)) return answer(id, STATUS_CODE.PERMISSION_DENIED);
      const file = this.files.get(from);
      if (file === undefined) return answer(id, STATUS_CODE.NO_SUCH_FILE);
      // Version 3 of the protocol: a name that is taken is refused.
      if (this.files.has(to)) return answer(id, STATUS_CODE.FAILURE);
      this.files.delete(from);
      this.files.set(to, file);
      this.log.push(`rename ${from} ${to}`);
      return answer(id, STATUS_CODE.OK);
    });
  }
}
