import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

/** A structure that cannot be read, opened or believed. The message is for our own people alone: told to a sender it would help to break ciphertexts. */
export class CmsFault extends Error {}

/**
 * What is inside of a CMS message of this type.
 * @throws CmsFault
 */
export function readContent<T>(der: Uint8Array, type: string, open: (schema: asn1js.AsnType) => T): T {
  try {
    const { offset, result } = asn1js.fromBER(arrayBuffer(der));
    if (offset === -1) throw new CmsFault('It is no ASN.1.');
    const { contentType, content } = new pkijs.ContentInfo({ schema: result });
    if (contentType !== type) throw new CmsFault(`It is of type ${contentType}, not ${type}.`);
    return open(content as asn1js.AsnType);
  } catch (error) {
    throw error instanceof CmsFault ? error : new CmsFault('It is no CMS structure.');
  }
}

export function wrap(contentType: string, content: asn1js.BaseBlock): Buffer {
  return Buffer.from(new pkijs.ContentInfo({ contentType, content }).toSchema().toBER(false));
}

export function nameOf({ issuer, serialNumber }: pkijs.Certificate): pkijs.IssuerAndSerialNumber {
  return new pkijs.IssuerAndSerialNumber({ issuer, serialNumber });
}

/** A copy of its own: a view would give the library the whole buffer behind it. */
export function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
