import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage as HttpRequest, type Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IncomingMessage, Opened } from '../../../src/connectors/contract.js';
import { oids } from '../../../src/connectors/kit/transports/as2/algorithms.js';
import { compress, decompress, signDetached, verifyDetached } from '../../../src/connectors/kit/transports/as2/cms.js';
import { decrypt, encrypt } from '../../../src/connectors/kit/transports/as2/envelope.js';
import { openReceipt } from '../../../src/connectors/kit/transports/as2/deliver.js';
import { CmsFault } from '../../../src/connectors/kit/transports/as2/structure.js';
import { openAs2 } from '../../../src/connectors/kit/transports/as2/open.js';
import type { As2Transport } from '../../../src/connectors/kit/transports/as2/settings.js';
import { deliver, transportSchema } from '../../../src/connectors/kit/transports/transport.js';
import { makeIdentity, type TestIdentity } from '../../support/as2-certificates.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const timeoutMs = 30_000;
const content = Buffer.from('ISA*00*          *00*          *ZZ*SENDER*ZZ*RECEIVER~\r\nGS*QM~\r\n');

describe('AS2', () => {
  let us: TestIdentity;
  let partner: TestIdentity;
  let partnersNext: TestIdentity;
  let stranger: TestIdentity;
  let expired: TestIdentity;
  let folder: string;
  let server: Server;
  let url: string;
  let answer: (request: HttpRequest, body: Buffer) => { status?: number; headers?: Record<string, string>; body?: Uint8Array };
  let sent: Array<{ headers: HttpRequest['headers']; body: Buffer }>;

  beforeAll(async () => {
    const day = 86_400_000;
    [us, partner, partnersNext, stranger, expired] = await Promise.all([makeIdentity('us'), makeIdentity('partner'), makeIdentity('partner next'), makeIdentity('stranger'), makeIdentity('partner', Date.now() - 20 * day, Date.now() - day)]);
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-as2-'));
    for (const [name, { key, certificate }] of Object.entries({ us, partner })) {
      writeFileSync(join(folder, `${name}.key`), key);
      writeFileSync(join(folder, `${name}.pem`), certificate);
    }
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        const body = Buffer.concat(parts);
        sent.push({ headers: request.headers, body });
        const given = answer(request, body);
        response.writeHead(given.status ?? 200, given.headers ?? {}).end(given.body ?? '');
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/as2`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    sent = [];
    answer = (request, body) => toAnswer(receive(request, body));
  });

  const ours = (over: object = {}) => transportSchema.parse({ kind: 'as2', url, from: 'GATEHOUSE', to: 'Partner AS2', certificate: us.certificate, partnerCertificates: partner.certificate, ...over }) as As2Transport;
  const theirs = (over: object = {}) => transportSchema.parse({ kind: 'as2', url, from: 'Partner AS2', to: 'GATEHOUSE', certificate: partner.certificate, partnerCertificates: us.certificate, ...over }) as As2Transport;
  const access = (transport: As2Transport, { key }: TestIdentity) => ({ connection: 'partner', settings: { transport }, secrets: { as2Key: [key] }, allowedNetworks: ['127.0.0.0/8'] });
  const send = (over: object = {}, identity = us) => deliver(access(ours(over), identity), { name: 'tender.edi', contentType: 'application/edi-x12', bytes: content, id: '0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77' }, timeoutMs);
  /** The partner, with our own code on its side. */
  const receive = (request: HttpRequest, body: Buffer, over: object = {}) => openAs2({ headers: request.headers as Record<string, string>, body, receivedMs: Date.now() }, theirs(over), { secrets: { as2Key: [partner.key] } });
  const toAnswer = (opened: Opened) => ('receipt' in opened || opened.reply === null ? {} : { ...opened.reply });

  describe('sending', () => {
    it.each([{}, { encrypt: 'aes128-cbc', sign: 'sha512' }, { compress: true }, { encrypt: 'aes256-gcm' }, { encrypt: 'none' }])('what arrives is what was sent, and the signed receipt says so: %j', async (over) => {
      let got: Opened | undefined;
      answer = (request, body) => toAnswer((got = receive(request, body, { requireEncryption: false })));
      expect(await send(over)).toMatchObject({ ok: true, value: { receipt: { messageId: '<0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e77@GATEHOUSE>', state: 'RECEIVED' } } });
      expect(got).toMatchObject({ ok: true, message: { headers: { 'content-type': 'application/edi-x12', 'x-gatehouse-file': 'tender.edi' } } });
      expect('message' in got! && Buffer.from(got.message.body).equals(content)).toBe(true);
      if (over.encrypt !== 'none') expect(sent[0]!.body.includes('ISA*')).toBe(false);
    });
    it('a repeat has the same Message-ID', async () => {
      await send();
      await send();
      expect(new Set(sent.map(({ headers }) => headers['message-id'])).size).toBe(1);
    });
    it.each([
      ['no receipt', () => ({}), 'unparseable'],
      ['a receipt that nobody signed', () => ({ headers: { 'content-type': 'multipart/report; report-type=disposition-notification; boundary="b"' }, body: Buffer.from('--b\r\nContent-Type: text/plain\r\n\r\nfine\r\n--b--\r\n') }), 'unparseable'],
      ['a page', () => ({ headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') }), 'unparseable'],
      ['an outage', () => ({ status: 503 }), 'unavailable'],
      ['a refusal', () => ({ status: 403 }), 'auth'],
    ] as const)('%s is no success', async (_name, given, kind) => {
      answer = given;
      expect(await send()).toMatchObject({ ok: false, error: { kind } });
    });
    it('a receipt signed by somebody else, of another message, of other bytes, or of a failure is no success', async () => {
      answer = (request, body) => toAnswer(openAs2({ headers: request.headers as Record<string, string>, body, receivedMs: Date.now() }, theirs({ certificate: stranger.certificate }), { secrets: { as2Key: [stranger.key, partner.key] } }));
      expect(await send()).toMatchObject({ ok: false, error: { kind: 'unparseable', message: expect.stringContaining('none of the partner’s certificates') } });
      answer = (request, body) => toAnswer(receive({ headers: { ...request.headers, 'message-id': '<another@x>' } } as unknown as HttpRequest, body));
      expect(await send()).toMatchObject({ ok: false, error: { kind: 'unparseable', message: 'The receipt is of another message.' } });
      let first: ReturnType<typeof toAnswer> | undefined;
      answer = (request, body) => (first ??= toAnswer(receive(request, body)));
      await send({ sign: 'sha512' });
      expect(await send()).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('other bytes') } });
      answer = (request, body) => toAnswer(receive(request, body, { partnerCertificates: stranger.certificate }));
      expect(await send()).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('authentication-failed') } });
    });
    it('nothing is sent without a key that fits, or for a certificate that has ended, or to an address that may not be called', async () => {
      expect(await send({}, stranger)).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining('as2Key') } });
      expect(await send({ partnerCertificates: expired.certificate })).toMatchObject({ ok: false, error: { kind: 'auth', message: expect.stringContaining('valid now') } });
      expect(await deliver({ ...access(ours(), us), allowedNetworks: [] }, { name: 'a', contentType: 'text/plain', bytes: content, id: 'x' }, timeoutMs)).toMatchObject({ ok: false, error: { kind: 'invalid' } });
      expect(sent).toEqual([]);
    });
    it('a receipt that comes later is awaited, and read when it comes', async () => {
      answer = () => ({});
      const outcome = await send({ receipt: 'async', receiptUrl: 'https://gatehouse.example.com/ingest/partner' });
      expect(outcome).toMatchObject({ ok: true, value: { receipt: { state: 'AWAITED' } } });
      const { headers, body } = sent[0]!;
      const got = openAs2({ headers: { ...(headers as Record<string, string>), 'receipt-delivery-option': `${url}/back` }, body, receivedMs: Date.now() }, theirs(), { secrets: { as2Key: [partner.key] } });
      const later = 'later' in got ? got.later! : undefined;
      expect(later!.url).toBe(`${url}/back`);
      const lower = Object.fromEntries(Object.entries(later!.headers).map(([name, value]) => [name.toLowerCase(), value]));
      const back = openAs2({ headers: lower, body: Buffer.from(later!.body, 'base64'), receivedMs: Date.now() }, ours(), { secrets: { as2Key: [us.key] } });
      const { mic, digest } = (outcome as unknown as { value: { receipt: { mic: string; digest: string } } }).value.receipt;
      expect('receipt' in back && [back.receipt.messageId, back.receipt.faultOf({ digest, value: mic }), back.receipt.faultOf({ digest, value: 'AAAA' })]).toEqual([headers['message-id'], null, expect.stringContaining('other bytes')]);
    });
  });

  describe('receiving', () => {
    /** A message of the partner, as it would reach us. */
    async function message(over: object = {}, identity = partner): Promise<IncomingMessage> {
      sent = [];
      answer = () => ({});
      await deliver(access(theirs(over), identity), { name: 'status.edi', contentType: 'application/edi-x12', bytes: content, id: '0198f2a4-7c1e-7d3b-9a55-2f6f0c1d8e78' }, timeoutMs);
      return { headers: sent[0]!.headers as Record<string, string>, body: sent[0]!.body, receivedMs: Date.now() };
    }
    const open = (given: IncomingMessage, over: object = {}, keys = [us.key]) => openAs2(given, ours(over), { secrets: { as2Key: keys } });
    const receiptOf = (opened: Opened) => {
      if ('receipt' in opened || opened.reply === null) return null;
      const headers = Object.fromEntries(Object.entries(opened.reply.headers).map(([name, value]) => [name.toLowerCase(), value]));
      return openReceipt({ headers, body: Buffer.from(opened.reply.body) }, theirs(), Date.now());
    };

    it('gives what is inside, and a signed receipt over it, which is the same for a repeat', async () => {
      const given = await message();
      const [first, again] = [open(given), open(given)];
      expect(first).toMatchObject({ ok: true, message: { headers: { 'x-gatehouse-file': 'status.edi' } } });
      expect(receiptOf(first)).toMatchObject({ messageId: given.headers['message-id'], disposition: 'automatic-action/mdn-sent-automatically; processed'.split('; ')[1] });
      expect('reply' in first && 'reply' in again && Buffer.from(first.reply!.body).equals(Buffer.from(again.reply!.body))).toBe(true);
    });
    it('another content under the same Message-ID is another message', async () => {
      const [one, two] = [open(await message()), open(await message({ compress: true }))];
      expect('deliveryId' in one && 'deliveryId' in two && one.deliveryId !== two.deliveryId).toBe(true);
    });
    it('an altered byte anywhere is refused, and the receipt does not say what is wrong', async () => {
      const given = await message();
      const step = Math.ceil(given.body.byteLength / 60);
      let refused = 0;
      for (let at = 0; at < given.body.byteLength; at += step) {
        const body = Buffer.from(given.body);
        body[at]! ^= 1;
        const opened = open({ ...given, body });
        // What no signature covers (a name in the structure) may change; what is inside may not.
        if (opened.ok) expect('message' in opened && Buffer.from(opened.message.body).equals(content)).toBe(true);
        else {
          refused++;
          expect(receiptOf(opened)?.disposition).toBe('processed/error: authentication-failed');
        }
      }
      expect(refused).toBeGreaterThan(30);
    });
    it.each([
      ['signed by a stranger', async () => open(await message({ certificate: stranger.certificate }, stranger))],
      ['signed with a certificate that has ended', async () => open(await message(), { partnerCertificates: expired.certificate })],
      ['encrypted for somebody else', async () => open(await message({ partnerCertificates: stranger.certificate }))],
      ['not encrypted though it has to be', async () => open(await message({ encrypt: 'none' }))],
      ['not signed', async () => {
        const given = await message();
        return open({ ...given, headers: { ...given.headers, 'content-type': 'application/pkcs7-mime; smime-type=enveloped-data' }, body: encrypt(Buffer.from('Content-Type: text/plain\r\n\r\nhello'), new X509Certificate(us.certificate), 'aes256-cbc') });
      }],
    ])('a message that is %s is refused, with a signed receipt', async (_name, opening) => {
      const opened = await opening();
      expect(opened.ok).toBe(false);
      expect(receiptOf(opened)).toMatchObject({ disposition: 'processed/error: authentication-failed', mic: null });
    });
    it('a certificate is judged by when the message comes', async () => {
      const given = await message({ certificate: us.certificate }, us);
      const opened = open({ ...given, receivedMs: Date.now() + 400 * 86_400_000 });
      expect(opened.ok).toBe(false);
    });
    it('from another name, to another name, or without a Message-ID it is nobody’s message and gets no receipt', async () => {
      const given = await message();
      for (const headers of [{ 'as2-from': 'Other' }, { 'as2-to': 'Other' }, { 'message-id': undefined }, { 'as2-from': undefined }]) {
        expect(open({ ...given, headers: { ...given.headers, ...headers } })).toMatchObject({ ok: false, reply: null });
      }
    });
    it('takes either certificate of a partner and either key of ours during a rotation', async () => {
      const both = { partnerCertificates: partnersNext.certificate + partner.certificate };
      expect(open(await message(), both).ok).toBe(true);
      expect(open(await message({ certificate: partnersNext.certificate }, partnersNext), both).ok).toBe(true);
      const next = await makeIdentity('us next');
      expect(open(await message(), { certificate: next.certificate + us.certificate }, [next.key, us.key]).ok).toBe(true);
    });
    it('sends receipts nowhere but to the partner’s own host', async () => {
      const given = await message();
      expect(open({ ...given, headers: { ...given.headers, 'receipt-delivery-option': 'http://169.254.169.254/latest' } })).toMatchObject({ ok: false, why: expect.stringContaining('another host') });
    });
    it('does not let a compressed message grow without bound', () => {
      expect(() => decompress(compress(Buffer.alloc(1_000_000)), 1_000)).toThrow(/grows too large/);
    });
    it('does little for a message of many signers or many recipients, which anybody can send', () => {
      const identity = { key: createPrivateKey(partner.key), certificate: new X509Certificate(partner.certificate) };
      const signed = new pkijs.SignedData({ schema: pkijs.ContentInfo.fromBER(new Uint8Array(signDetached(content, identity, 'sha256'))).content });
      signed.signerInfos = Array.from({ length: 9 }, () => signed.signerInfos[0]!);
      const manySigners = new pkijs.ContentInfo({ contentType: oids.signedData, content: signed.toSchema(true) }).toSchema().toBER(false);
      expect(() => verifyDetached(Buffer.from(manySigners), content, [identity.certificate], Date.now())).toThrow('more than 8 signers');
      const sealed = new pkijs.EnvelopedData({ schema: pkijs.ContentInfo.fromBER(new Uint8Array(encrypt(content, identity.certificate, 'aes256-cbc'))).content });
      sealed.recipientInfos = Array.from({ length: 21 }, () => sealed.recipientInfos[0]!);
      const manyRecipients = new pkijs.ContentInfo({ contentType: oids.envelopedData, content: sealed.toSchema() }).toSchema().toBER(false);
      expect(() => decrypt(Buffer.from(manyRecipients), [identity.key])).toThrow('more than 20 recipients');
    });
    it.each([new asn1js.Null(), new asn1js.Integer({ value: 1 }), new asn1js.Sequence({ value: [] }), new asn1js.OctetString({ valueHex: new ArrayBuffer(3) })])('compressed content of another structure is refused as all else is: $constructor.name', (inner) => {
      expect(() => decompress(Buffer.from(new pkijs.ContentInfo({ contentType: oids.compressedData, content: inner }).toSchema().toBER(false)), 1_000)).toThrow(CmsFault);
    });
    it('reads or refuses any bytes, and throws nothing', async () => {
      const given = await message();
      for (const type of ['application/pkcs7-mime', 'multipart/signed; boundary=x', 'multipart/report; boundary=x', 'multipart/signed']) {
        for (const body of [Buffer.alloc(0), Buffer.from('--x\r\n\r\n--x\r\n\r\n--x--'), Buffer.alloc(5_000, 0x30), Buffer.from('3080', 'hex'), given.body.subarray(0, 200)]) {
          expect(open({ ...given, headers: { ...given.headers, 'content-type': type }, body }).ok).toBe(false);
        }
      }
    });
  });

  describe.skipIf(!hasOpenssl)(`beside openssl cms${hasOpenssl ? '' : ' (skipped: no openssl is installed)'}`, () => {
    const file = (name: string) => join(folder, name);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const crypto = (of: TestIdentity) => ({ key: createPrivateKey(of.key), certificate: new X509Certificate(of.certificate) });

    it('openssl reads our signature, and we read that of openssl, with every digest', () => {
      writeFileSync(file('content'), content);
      for (const digest of ['sha256', 'sha384', 'sha512'] as const) {
        writeFileSync(file('ours.der'), signDetached(content, crypto(us), digest));
        expect(openssl('cms', '-verify', '-binary', '-inform', 'DER', '-in', file('ours.der'), '-content', file('content'), '-CAfile', file('us.pem'), '-purpose', 'any').equals(content)).toBe(true);
        const der = openssl('cms', '-sign', '-binary', '-md', digest, '-in', file('content'), '-signer', file('partner.pem'), '-inkey', file('partner.key'), '-outform', 'DER');
        expect(verifyDetached(der, content, [crypto(partner).certificate], Date.now())).toBe(digest);
        expect(() => verifyDetached(der, content.subarray(1), [crypto(partner).certificate], Date.now())).toThrow(/not that of the content/);
      }
      const pss = openssl('cms', '-sign', '-binary', '-md', 'sha256', '-in', file('content'), '-signer', file('partner.pem'), '-inkey', file('partner.key'), '-keyopt', 'rsa_padding_mode:pss', '-outform', 'DER');
      expect(verifyDetached(pss, content, [crypto(partner).certificate], Date.now())).toBe('sha256');
      const bare = openssl('cms', '-sign', '-binary', '-noattr', '-md', 'sha256', '-in', file('content'), '-signer', file('partner.pem'), '-inkey', file('partner.key'), '-outform', 'DER');
      expect(verifyDetached(bare, content, [crypto(partner).certificate], Date.now())).toBe('sha256');
    });
    it('a signature with SHA-1 is refused', () => {
      writeFileSync(file('content'), content);
      const der = openssl('cms', '-sign', '-binary', '-md', 'sha1', '-in', file('content'), '-signer', file('partner.pem'), '-inkey', file('partner.key'), '-outform', 'DER');
      expect(() => verifyDetached(der, content, [crypto(partner).certificate], Date.now())).toThrow(/not taken/);
    });
    it('openssl opens what we encrypt, and we open what openssl encrypts, with every cipher', () => {
      writeFileSync(file('content'), content);
      for (const cipher of ['aes128-cbc', 'aes192-cbc', 'aes256-cbc', 'aes128-gcm', 'aes256-gcm'] as const) {
        writeFileSync(file('ours.p7m'), encrypt(content, crypto(partner).certificate, cipher));
        expect(openssl('cms', '-decrypt', '-binary', '-inform', 'DER', '-in', file('ours.p7m'), '-recip', file('partner.pem'), '-inkey', file('partner.key')).equals(content)).toBe(true);
        for (const padding of [[], ['-keyopt', 'rsa_padding_mode:oaep']]) {
          const der = openssl('cms', '-encrypt', '-binary', `-${cipher.endsWith('-gcm') ? cipher.replace('aes', 'aes-') : cipher.replace('-cbc', '')}`, '-in', file('content'), '-outform', 'DER', '-recip', file('us.pem'), ...padding);
          expect(decrypt(der, [crypto(us).key]).equals(content)).toBe(true);
        }
      }
    });
    it('a whole message that openssl signed and encrypted in S/MIME is read, and ours is read by openssl', async () => {
      writeFileSync(file('part'), Buffer.concat([Buffer.from('Content-Type: application/edi-x12\r\nContent-Disposition: attachment; filename="from-openssl.edi"\r\n\r\n'), content]));
      writeFileSync(file('signed'), openssl('cms', '-sign', '-binary', '-crlfeol', '-md', 'sha256', '-in', file('part'), '-signer', file('partner.pem'), '-inkey', file('partner.key'), '-outform', 'SMIME'));
      const body = openssl('cms', '-encrypt', '-binary', '-aes256', '-in', file('signed'), '-outform', 'DER', '-recip', file('us.pem'));
      const headers = { 'as2-from': '"Partner AS2"', 'as2-to': 'GATEHOUSE', 'message-id': '<1@partner>', 'content-type': 'application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m', 'disposition-notification-to': 'x' };
      const opened = openAs2({ headers, body, receivedMs: Date.now() }, ours(), { secrets: { as2Key: [us.key] } });
      expect(opened).toMatchObject({ ok: true, message: { headers: { 'content-type': 'application/edi-x12', 'x-gatehouse-file': 'from-openssl.edi' } } });
      expect('message' in opened && Buffer.from(opened.message.body).equals(content)).toBe(true);

      answer = () => ({});
      await send();
      writeFileSync(file('sent.p7m'), sent[0]!.body);
      writeFileSync(file('sent'), openssl('cms', '-decrypt', '-binary', '-inform', 'DER', '-in', file('sent.p7m'), '-recip', file('partner.pem'), '-inkey', file('partner.key')));
      expect(openssl('cms', '-verify', '-in', file('sent'), '-CAfile', file('us.pem'), '-purpose', 'any').includes(content)).toBe(true);
      expect(readFileSync(file('sent')).includes('filename="tender.edi"')).toBe(true);
    });
    it('openssl believes our receipt', async () => {
      const given = { headers: { 'as2-from': 'Partner AS2', 'as2-to': 'GATEHOUSE', 'message-id': '<2@partner>', 'disposition-notification-to': 'x', 'disposition-notification-options': 'signed-receipt-protocol=required, pkcs7-signature' }, receivedMs: Date.now() };
      answer = () => ({});
      await deliver(access(theirs(), partner), { name: 'a.edi', contentType: 'text/plain', bytes: content, id: 'x' }, timeoutMs);
      const opened = openAs2({ ...given, headers: { ...(sent[0]!.headers as Record<string, string>), ...given.headers }, body: sent[0]!.body }, ours(), { secrets: { as2Key: [us.key] } });
      if (!('reply' in opened) || opened.reply === null) throw new Error('There is no receipt.');
      writeFileSync(file('mdn'), Buffer.concat([Buffer.from(`MIME-Version: 1.0\r\nContent-Type: ${opened.reply.headers['Content-Type']}\r\n\r\n`), opened.reply.body]));
      expect(openssl('cms', '-verify', '-in', file('mdn'), '-CAfile', file('us.pem'), '-purpose', 'any').toString()).toContain('MDN-sent-automatically; processed');
    });
  });
});
