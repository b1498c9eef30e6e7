import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import ssh2 from 'ssh2';
import type { PollPage } from '../../../src/connectors/contract.js';
import { pollTransport } from '../../../src/connectors/kit/transports/inbound.js';
import { deliver, transportSchema } from '../../../src/connectors/kit/transports/transport.js';
import type { Json } from '../../../src/lib/json.js';
import { SftpServer } from '../../support/sftp-server.js';

const keys = ssh2.utils.generateKeyPairSync('ed25519');
/** Far more than any exchange on this machine needs. */
const timeoutMs = 30_000;

describe('SFTP', () => {
  let server: SftpServer;
  let port: number;
  beforeAll(async () => {
    server = new SftpServer({ user: 'gatehouse', password: 'right', publicKey: keys.public });
    port = await server.listen();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.files.clear();
    server.folders.clear();
    for (const folder of ['/', '/in', '/out']) server.folders.add(folder);
    server.log.length = 0;
    server.faults = {};
  });

  function access(over: Record<string, Json> = {}, secrets: Record<string, string> = { sftpPassword: 'right' }, allowedNetworks = ['127.0.0.0/8']) {
    const transport = transportSchema.parse({ kind: 'sftp', host: '127.0.0.1', port, user: 'gatehouse', hostKey: server.fingerprint, in: '/out', out: '/in', whole: 'rename', ...over });
    return { connection: 'partner', settings: { transport }, secrets: Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, [value]])), allowedNetworks };
  }
  async function look(cursor: Json | null = null, over: Record<string, Json> = {}): Promise<PollPage> {
    const outcome = await pollTransport.read(access(over), cursor, timeoutMs);
    if (!outcome.ok) throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
    return outcome.value;
  }
  const textsOf = (page: PollPage) => page.answers.map(({ headers, body }) => [headers['x-gatehouse-file'], Buffer.from(body).toString()]);
  const send = (over: Record<string, Json> = {}, given: { name?: string; bytes?: Buffer } = {}) =>
    deliver(access(over), { name: 'order.edi', contentType: 'application/edi-x12', bytes: Buffer.from('ISA*'), id: '0198f2a4', ...given }, timeoutMs);

  describe('who it speaks to', () => {
    it('speaks to no server but the one whose key is set, and says which key was shown', async () => {
      const before = server.logins;
      const outcome = await pollTransport.read(access({ hostKey: `SHA256:${'A'.repeat(43)}` }), null, timeoutMs);
      expect(outcome).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining(server.fingerprint) } });
      expect(server.logins).toBe(before);
    });
    it('takes either of two keys while a server changes its own, and no setting without any', async () => {
      server.put('/out/a.txt', 'a');
      expect(textsOf(await look(null, { hostKey: [`SHA256:${'A'.repeat(43)}`, server.fingerprint] }))).toEqual([['a.txt', 'a']]);
      expect(transportSchema.safeParse({ kind: 'sftp', host: 'example.com', user: 'u', in: '/out' }).success).toBe(false);
    });
    it('calls no address that is not public, unless its network is allowed', async () => {
      expect(await pollTransport.read(access({}, { sftpPassword: 'right' }, []), null, timeoutMs)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('not the public internet') } });
    });
    it('logs in by a key as well as by a password, and says so where neither is taken', async () => {
      server.put('/out/a.txt', 'a');
      expect((await pollTransport.read(access({}, { sftpKey: keys.private }), null, timeoutMs)).ok).toBe(true);
      expect(await pollTransport.read(access({}, { sftpPassword: 'wrong' }), null, timeoutMs)).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining('neither the password nor the key') } });
      const other = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }).privateKey;
      expect(await pollTransport.read(access({}, { sftpKey: other }), null, timeoutMs)).toMatchObject({ ok: false, error: { kind: 'auth' } });
      expect(await pollTransport.read(access({}, { sftpKey: 'no key at all' }), null, timeoutMs)).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining('sftpKey') } });
    });
  });

  describe('what is read', () => {
    it('gives each file once, and puts it away only when it is known to be kept', async () => {
      server.put('/out/a.txt', 'first');
      const page = await look();
      expect(textsOf(page)).toEqual([['a.txt', 'first']]);
      expect([page.more, server.names('/out')]).toEqual([true, ['a.txt']]);
      // The answers were not kept: the same cursor as before gives the same file under the same key.
      expect((await look()).answers[0]!.key).toBe(page.answers[0]!.key);
      const next = await look(page.cursor);
      expect([next.answers, next.more, server.names('/out'), server.names('/out/archive')]).toEqual([[], false, [], ['a.txt']]);
    });
    it('a file of the same name that comes again is a message of its own where its content differs, and in the archive neither takes the place of the other', async () => {
      server.put('/out/a.txt', 'first');
      const one = await look();
      const put = await look(one.cursor);
      server.put('/out/a.txt', 'second');
      const two = await look(put.cursor);
      server.put('/out/archive/x', '');
      await look(two.cursor);
      expect([textsOf(two), two.answers[0]!.key === one.answers[0]!.key]).toEqual([[['a.txt', 'second']], false]);
      expect(server.names('/out/archive').filter((name) => name.endsWith('a.txt'))).toHaveLength(2);
    });
    it('which files are the same one is a setting: by content, by name too, by time too', async () => {
      const keyOf = async (same: string, name: string, modified: number) => {
        server.files.clear();
        server.put(`/out/${name}`, 'content', modified);
        return (await look(null, { same })).answers[0]!.key;
      };
      for (const [same, otherName, otherTime] of [['content', true, true], ['name', false, true], ['time', false, false]] as const) {
        const key = await keyOf(same, 'a.txt', 1);
        expect([same, (await keyOf(same, 'b.txt', 1)) === key, (await keyOf(same, 'a.txt', 2)) === key]).toEqual([same, otherName, otherTime]);
      }
    });
    it('deletes what is kept, or leaves it, by setting; what is left is not given again', async () => {
      server.put('/out/a.txt', 'a');
      await look((await look(null, { after: 'delete' })).cursor, { after: 'delete' });
      expect(server.log).toEqual(['remove /out/a.txt']);
      server.put('/out/b.txt', 'b');
      const page = await look(null, { after: 'leave' });
      const next = await look(page.cursor, { after: 'leave' });
      expect([page.more, textsOf(next), server.names('/out')]).toEqual([false, [], ['b.txt']]);
      server.put('/out/b.txt', 'b, longer');
      expect(textsOf(await look(next.cursor, { after: 'leave' }))).toEqual([['b.txt', 'b, longer']]);
    });
    it('in shadow mode leaves everything as it lies, and gives it once', async () => {
      server.put('/out/a.txt', 'a');
      const shadow = async (cursor: Json | null) => {
        const outcome = await pollTransport.read({ ...access(), readOnly: true }, cursor, timeoutMs);
        return outcome.ok ? outcome.value : null;
      };
      const page = (await shadow(null))!;
      expect([textsOf(page), textsOf((await shadow(page.cursor))!), server.log]).toEqual([[['a.txt', 'a']], [], []]);
    });
    it('does not read a file before it stayed the same for two looks', async () => {
      const rest = { whole: 'unchanged', restSeconds: 0 };
      server.put('/out/a.txt', 'ha');
      const first = await look(null, rest);
      server.put('/out/a.txt', 'half');
      const second = await look(first.cursor, rest);
      const third = await look(second.cursor, rest);
      expect([first, second, third].map(textsOf)).toEqual([[], [], [['a.txt', 'half']]]);
      server.put('/out/b.txt', 'b');
      expect(textsOf(await look((await look(null, { whole: 'unchanged', restSeconds: 3600 })).cursor, { whole: 'unchanged', restSeconds: 3600 }))).toEqual([]);
    });
    it('waits for the marker where there is to be one, and puts both away', async () => {
      const marked = { whole: 'marker', marker: '.ok' };
      server.put('/out/a.txt', 'a');
      const before = await look(null, marked);
      server.put('/out/a.txt.ok', '');
      const page = await look(before.cursor, marked);
      await look(page.cursor, marked);
      expect([before.answers, textsOf(page), server.names('/out'), server.names('/out/archive')]).toEqual([[], [['a.txt', 'a']], [], ['a.txt', 'a.txt.ok']]);
    });
    it('leaves files alone whose name says that they are being written', async () => {
      for (const name of ['.a.txt', 'a.txt.part', 'a.tmp', 'a.filepart', '~a']) server.put(`/out/${name}`, 'half');
      expect((await look()).answers).toEqual([]);
    });
    it('does not take a file that changes while it is read', async () => {
      server.put('/out/a.txt', 'before');
      server.faults.onRead = (path) => server.put(path, 'after!', 1_800_000_000);
      expect((await look()).answers).toEqual([]);
      server.faults = {};
      expect(textsOf(await look())).toEqual([['a.txt', 'after!']]);
    });
    it('does not put away what was written anew since it was read', async () => {
      server.put('/out/a.txt', 'first');
      const page = await look();
      server.put('/out/a.txt', 'other', 1_800_000_000);
      expect(textsOf(await look(page.cursor))).toEqual([['a.txt', 'other']]);
      expect(server.log).toEqual([]);
    });
    it('a connection that is cut in the middle of a file gives nothing, and the next look all of it', async () => {
      const content = 'x'.repeat(300_000);
      server.put('/out/a.txt', content);
      server.faults.cutAfterBytes = 100_000;
      expect(await pollTransport.read(access(), null, timeoutMs)).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
      expect(textsOf(await look())).toEqual([['a.txt', content]]);
    });
    it('a file that may not be read keeps no other from being read, and is told once there is nothing else to do', async () => {
      server.put('/out/a.txt', 'a');
      server.put('/out/b.txt', 'b');
      server.faults.denied = /a\.txt$/;
      const page = await look();
      expect(textsOf(page)).toEqual([['b.txt', 'b']]);
      const next = await look(page.cursor);
      expect(await pollTransport.read(access(), next.cursor, timeoutMs)).toMatchObject({ ok: false, error: { message: expect.stringContaining('a.txt was not read: permission denied') } });
    });
    it('what cannot be put away is not given again, and is told', async () => {
      server.put('/out/a.txt', 'a');
      const page = await look();
      server.faults.denied = /archive\/a\.txt$/;
      expect(await pollTransport.read(access(), page.cursor, timeoutMs)).toMatchObject({ ok: false, error: { message: expect.stringContaining('a.txt was read and cannot be moved') } });
      server.put('/out/b.txt', 'b');
      expect(textsOf(await look(page.cursor))).toEqual([['b.txt', 'b']]);
    });
    it('reads no more of a file than its size, however much the server sends', async () => {
      server.put('/out/a.txt', 'abc');
      let offered = 0;
      server.faults.onRead = (path) => {
        const { bytes, modified } = server.files.get(path)!;
        offered += bytes.byteLength;
        // Whatever is read, there is more; a reader without a bound would not end.
        if (offered < 50_000_000) server.put(path, Buffer.concat([bytes, Buffer.alloc(1_000_000)]), modified);
      };
      expect((await look()).answers).toEqual([]);
      expect(offered).toBeLessThan(5_000_000);
    });
    it('a file whose name no cursor can hold is told and keeps no other from being read, and nothing is read twice', async () => {
      server.put('/out/__proto__', 'a');
      server.put('/out/constructor', 'b');
      const first = await look();
      expect(textsOf(first)).toEqual([['constructor', 'b']]);
      const second = await look(first.cursor);
      expect(second).toMatchObject({ answers: [], more: false });
      expect(await pollTransport.read(access(), second.cursor, timeoutMs)).toMatchObject({ ok: false, error: { kind: 'unavailable', message: '__proto__ was not read: a file of this name is not taken.' } });
    });
    it('many files come in pages, each file once', async () => {
      for (let index = 0; index < 120; index++) server.put(`/out/${index}.txt`, String(index));
      const texts: string[] = [];
      let cursor: Json | null = null;
      for (let more = true; more; ) {
        const page: PollPage = await look(cursor);
        texts.push(...textsOf(page).map(([, text]) => text!));
        ({ cursor, more } = page);
      }
      expect([texts.length, new Set(texts).size, server.names('/out')]).toEqual([120, 120, []]);
    });
    it('says plainly that there is no such folder', async () => {
      expect(await pollTransport.read(access({ in: '/nowhere' }), null, timeoutMs)).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('no such folder') } });
    });
  });

  describe('what is sent', () => {
    it('writes under another name and renames', async () => {
      expect(await send()).toEqual({ ok: true, value: { receipt: { file: 'order.edi' } } });
      expect([server.names('/in'), server.log]).toEqual([['order.edi'], ['rename /in/.0198f2a4.part /in/order.edi']]);
    });
    it('a repeat writes nothing, and another content under the same name is refused', async () => {
      await send();
      expect(await send()).toMatchObject({ ok: true });
      expect(server.log).toHaveLength(1);
      expect(await send({}, { bytes: Buffer.from('IEA*') })).toMatchObject({ ok: false, error: { kind: 'invalid' } });
      expect(server.files.get('/in/order.edi')!.bytes.toString()).toBe('ISA*');
    });
    it('a connection that is cut in the middle leaves no file of the name, and the repeat writes all of it', async () => {
      const bytes = Buffer.alloc(300_000, 'x');
      server.faults.cutAfterBytes = 100_000;
      expect(await send({}, { bytes })).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
      expect(server.names('/in')).not.toContain('order.edi');
      expect(await send({}, { bytes })).toMatchObject({ ok: true });
      expect(server.files.get('/in/order.edi')!.bytes.equals(bytes)).toBe(true);
    });
    it('says that permission is denied, and takes no name that leads elsewhere', async () => {
      server.faults.denied = /^\/in/;
      expect(await send()).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining('permission') } });
      expect(await send({}, { name: '../etc/x' })).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    });
  });
});
