import { constants, createCipheriv, createDecipheriv, privateDecrypt, publicEncrypt, randomBytes, type CipherGCMTypes, type KeyObject, type X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { cipherOf, ciphers, digestOf, oids, type Cipher } from './algorithms.js';
import { arrayBuffer, CmsFault, nameOf, readContent, wrap } from './structure.js';

/** Bytes of the tag of GCM; shorter ones, which the standard allows, are not taken. */
const tagBytes = 16;
const gcmNonceBytes = 12;
/** Anybody can send a message, and each recipient in it costs a decryption by each of our keys: more than one is rare. */
const mostRecipients = 20;

/** Encrypts for the holder of `certificate` (CMS EnvelopedData or AuthEnvelopedData, DER; the content key by RSA PKCS #1 v1.5, which every AS2 product reads). */
export function encrypt(content: Uint8Array, certificate: X509Certificate, cipher: Cipher): Buffer {
  const { oid, keyBytes, mode } = ciphers[cipher];
  const key = randomBytes(keyBytes);
  const recipient = new pkijs.RecipientInfo({ variant: 1, value: new pkijs.KeyTransRecipientInfo({
    version: 0, rid: nameOf(pkijs.Certificate.fromBER(certificate.raw)), keyEncryptionAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: oids.rsa, algorithmParams: new asn1js.Null() }),
    encryptedKey: octets(publicEncrypt({ key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING }, key)),
  }) });
  const contentInfo = (algorithmParams: asn1js.BaseBlock, encrypted: Buffer) => new pkijs.EncryptedContentInfo({
    contentType: oids.data, contentEncryptionAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: oid, algorithmParams }), encryptedContent: octets(encrypted), disableSplit: true,
  });
  if (mode === 'cbc') {
    const iv = randomBytes(16);
    const encryptor = createCipheriv(nodeName(cipher), key, iv);
    const encrypted = Buffer.concat([encryptor.update(content), encryptor.final()]);
    return wrap(oids.envelopedData, new pkijs.EnvelopedData({ version: 0, recipientInfos: [recipient], encryptedContentInfo: contentInfo(octets(iv), encrypted) }).toSchema());
  }
  const nonce = randomBytes(gcmNonceBytes);
  const encryptor = createCipheriv(nodeName(cipher) as CipherGCMTypes, key, nonce, { authTagLength: tagBytes });
  const encrypted = Buffer.concat([encryptor.update(content), encryptor.final()]);
  const parameters = new asn1js.Sequence({ value: [octets(nonce), new asn1js.Integer({ value: tagBytes })] });
  return wrap(oids.authEnvelopedData, new asn1js.Sequence({ value: [
    new asn1js.Integer({ value: 0 }), new asn1js.Set({ value: [recipient.toSchema()] }), contentInfo(parameters, encrypted).toSchema(), octets(encryptor.getAuthTag()),
  ] }));
}

/** What a message of either kind holds, before it is opened. */
interface Sealed {
  recipients: readonly pkijs.RecipientInfo[];
  cipher: Cipher;
  iv: Buffer;
  content: Buffer;
  /** Of GCM alone. */
  tag?: Buffer;
}

/** @throws CmsFault */
export function decrypt(der: Uint8Array, keys: readonly KeyObject[]): Buffer {
  const sealed = readSealed(der);
  if (sealed.recipients.length > mostRecipients) throw new CmsFault(`It is for more than ${mostRecipients} recipients.`);
  for (const info of sealed.recipients) {
    if (!(info.value instanceof pkijs.KeyTransRecipientInfo)) continue;
    for (const key of keys) {
      const opened = decryptWith(info.value, key, sealed);
      if (opened !== null) return opened;
    }
  }
  throw new CmsFault('None of our keys opens it.');
}

function readSealed(der: Uint8Array): Sealed {
  const isAuthenticated = Buffer.from(der.subarray(0, 40)).includes(Buffer.from(new asn1js.ObjectIdentifier({ value: oids.authEnvelopedData }).toBER(false)));
  if (!isAuthenticated) {
    const { recipientInfos, encryptedContentInfo } = readContent(der, oids.envelopedData, (schema) => new pkijs.EnvelopedData({ schema }));
    return { recipients: recipientInfos, ...contentOf(encryptedContentInfo, 'cbc') };
  }
  return readContent(der, oids.authEnvelopedData, (schema) => {
    const fields = (schema as asn1js.Sequence).valueBlock.value;
    const [recipients, info, tag] = [fields.find((field) => field instanceof asn1js.Set) as asn1js.Set, fields.find((field) => field instanceof asn1js.Sequence), fields.find((field) => field instanceof asn1js.OctetString) as asn1js.OctetString];
    // Attributes that are authenticated beside the content would be part of the tag: none of what AS2 sends has them.
    if (fields.some(({ idBlock: { tagClass, tagNumber } }) => tagClass === 3 && tagNumber === 1)) throw new CmsFault('Authenticated attributes are not taken.');
    return { recipients: recipients.valueBlock.value.map((each) => new pkijs.RecipientInfo({ schema: each })), ...contentOf(new pkijs.EncryptedContentInfo({ schema: info }), 'gcm'), tag: Buffer.from(tag.valueBlock.valueHexView) };
  });
}

function contentOf(info: pkijs.EncryptedContentInfo, mode: 'cbc' | 'gcm'): Pick<Sealed, 'cipher' | 'iv' | 'content'> {
  const { algorithmId, algorithmParams } = info.contentEncryptionAlgorithm;
  const cipher = cipherOf(algorithmId);
  if (cipher === undefined || ciphers[cipher].mode !== mode) throw new CmsFault(`The cipher ${algorithmId} is not taken: use AES.`);
  const iv: unknown = algorithmParams instanceof asn1js.Sequence ? algorithmParams.valueBlock.value[0] : algorithmParams;
  return { cipher, iv: iv instanceof asn1js.OctetString ? Buffer.from(iv.valueBlock.valueHexView) : Buffer.alloc(0), content: Buffer.from(info.getEncryptedContent()) };
}

function decryptWith({ keyEncryptionAlgorithm, encryptedKey }: pkijs.KeyTransRecipientInfo, key: KeyObject, { cipher, iv, content, tag }: Sealed): Buffer | null {
  try {
    const contentKey = privateDecrypt({ key, ...unwrapping(keyEncryptionAlgorithm) }, Buffer.from(encryptedKey.valueBlock.valueHexView));
    if (contentKey.byteLength !== ciphers[cipher].keyBytes) return null;
    if (tag === undefined) {
      const decryptor = createDecipheriv(nodeName(cipher), contentKey, iv);
      return Buffer.concat([decryptor.update(content), decryptor.final()]);
    }
    const decryptor = createDecipheriv(nodeName(cipher) as CipherGCMTypes, contentKey, iv, { authTagLength: tagBytes }).setAuthTag(tag);
    return Buffer.concat([decryptor.update(content), decryptor.final()]);
  } catch {
    return null; // meant for another key, or altered
  }
}

function unwrapping({ algorithmId, algorithmParams }: pkijs.AlgorithmIdentifier): { padding: number; oaepHash?: string } {
  if (algorithmId !== oids.rsaOaep) return { padding: constants.RSA_PKCS1_PADDING };
  const params = new pkijs.RSAESOAEPParams({ schema: algorithmParams });
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: digestOf(params.hashAlgorithm.algorithmId) ?? 'sha1' };
}

function nodeName(cipher: Cipher): string {
  return cipher.replace(/^aes(\d+)-/, 'aes-$1-');
}

function octets(bytes: Uint8Array): asn1js.OctetString {
  return new asn1js.OctetString({ valueHex: arrayBuffer(bytes) });
}
