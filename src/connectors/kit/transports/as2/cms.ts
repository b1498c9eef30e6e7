import { constants, hash, sign, timingSafeEqual, verify, type KeyObject, type X509Certificate } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { digestOf, digests, oids, type Digest } from './algorithms.js';
import { arrayBuffer, CmsFault, nameOf, readContent, wrap } from './structure.js';

/** Anybody can send a signature, and each signer in it costs a check over the whole content: more than one is rare. */
const mostSigners = 8;

/** Our key with its certificate. */
export interface Identity {
  key: KeyObject;
  certificate: X509Certificate;
}

/** A detached signature over `content` (CMS SignedData, DER). The same for the same content, as it names no time. */
export function signDetached(content: Uint8Array, { key, certificate }: Identity, digest: Digest): Buffer {
  const parsed = pkijs.Certificate.fromBER(certificate.raw);
  const attribute = (type: string, value: asn1js.BaseBlock) => new pkijs.Attribute({ type, values: [value] });
  const signedAttrs = new pkijs.SignedAndUnsignedAttributes({
    type: 0,
    attributes: [attribute(oids.contentType, new asn1js.ObjectIdentifier({ value: oids.data })), attribute(oids.messageDigest, new asn1js.OctetString({ valueHex: arrayBuffer(hash(digest, content, 'buffer')) }))],
  });
  const signed = Buffer.from(signedAttrs.toSchema().toBER(false));
  signed[0] = 0x31; // what is signed is the SET itself, not its place in the structure
  const digestAlgorithm = new pkijs.AlgorithmIdentifier({ algorithmId: digests[digest], algorithmParams: new asn1js.Null() });
  const data = new pkijs.SignedData({
    version: 1, digestAlgorithms: [digestAlgorithm], encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: oids.data }), certificates: [parsed],
    signerInfos: [new pkijs.SignerInfo({
      version: 1, sid: nameOf(parsed), digestAlgorithm, signedAttrs,
      signatureAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: oids.rsa, algorithmParams: new asn1js.Null() }), signature: new asn1js.OctetString({ valueHex: arrayBuffer(sign(digest, signed, key)) }),
    })],
  });
  return wrap(oids.signedData, data.toSchema(true));
}

/**
 * Checks a detached signature against the certificates that are known; those that come with it prove nothing.
 * @returns the digest that it uses
 * @throws CmsFault
 */
export function verifyDetached(der: Uint8Array, content: Uint8Array, certificates: readonly X509Certificate[], atMs: number): Digest {
  const data = readContent(der, oids.signedData, (schema) => new pkijs.SignedData({ schema }));
  if (data.signerInfos.length > mostSigners) throw new CmsFault(`It has more than ${mostSigners} signers.`);
  let why = 'The signature is of none of the partner’s certificates.';
  for (const signer of data.signerInfos) {
    const digest = digestOf(signer.digestAlgorithm.algorithmId);
    if (digest === undefined) throw new CmsFault(`The digest ${signer.digestAlgorithm.algorithmId} is not taken: use SHA-256.`);
    const attributes = signer.signedAttrs;
    if (attributes !== undefined && !statesDigest(attributes, hash(digest, content, 'buffer'))) {
      why = 'The signed digest is not that of the content.';
      continue;
    }
    const signed = attributes === undefined ? content : Buffer.from(attributes.encodedValue);
    const padding = signer.signatureAlgorithm.algorithmId === oids.rsaPss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO } : {};
    for (const certificate of certificates) {
      if (!isGenuine(() => verify(digest, signed, { key: certificate.publicKey, ...padding }, new Uint8Array(signer.signature.valueBlock.valueHexView)))) continue;
      if (isValidAt(certificate, atMs)) return digest;
      why = `The partner's certificate is not valid: it is from ${certificate.validFrom} to ${certificate.validTo}.`;
    }
  }
  throw new CmsFault(why);
}

function isGenuine(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false; // a key of another kind than the signature
  }
}

function statesDigest({ attributes }: pkijs.SignedAndUnsignedAttributes, digest: Buffer): boolean {
  const value = attributes.find(({ type }) => type === oids.messageDigest)?.values[0];
  const stated = value instanceof asn1js.OctetString ? Buffer.from(value.valueBlock.valueHexView) : Buffer.alloc(0);
  return stated.byteLength === digest.byteLength && timingSafeEqual(stated, digest);
}

export function isValidAt({ validFrom, validTo }: X509Certificate, atMs: number): boolean {
  return Date.parse(validFrom) <= atMs && atMs <= Date.parse(validTo);
}

/** CMS CompressedData (RFC 3274), DER. */
export function compress(content: Uint8Array): Buffer {
  const sequence = (...value: asn1js.BaseBlock[]) => new asn1js.Sequence({ value });
  const inner = new asn1js.OctetString({ valueHex: arrayBuffer(deflateSync(content)) });
  return wrap(oids.compressedData, sequence(
    new asn1js.Integer({ value: 0 }), sequence(new asn1js.ObjectIdentifier({ value: oids.zlib })),
    sequence(new asn1js.ObjectIdentifier({ value: oids.data }), new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [inner] })),
  ));
}

/** @throws CmsFault also where it grows beyond `maxBytes` */
export function decompress(der: Uint8Array, maxBytes: number): Buffer {
  const inner = readContent(der, oids.compressedData, (schema) => {
    const content = ((schema as asn1js.Sequence).valueBlock.value[2] as asn1js.Sequence).valueBlock.value[1] as asn1js.Constructed;
    return content.valueBlock.value[0];
  });
  if (!(inner instanceof asn1js.OctetString)) throw new CmsFault('It holds no compressed content.');
  try {
    return inflateSync(Buffer.from(inner.getValue()), { maxOutputLength: maxBytes });
  } catch {
    throw new CmsFault('It cannot be decompressed, or grows too large.');
  }
}
