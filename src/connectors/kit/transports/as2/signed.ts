import { hash, type X509Certificate } from 'node:crypto';
import { type Digest } from './algorithms.js';
import { signDetached, verifyDetached, type Identity } from './cms.js';
import { CmsFault } from './structure.js';
import { base64Lines, contentOf, MimeFault, parseEntity, partsOf, writeEntity, writeParts, type MediaType } from './mime.js';

/** Message integrity check: what both sides compute over the same bytes (RFC 4130, 7.3.1). */
export interface Mic {
  digest: Digest;
  /** Base64. */
  value: string;
}

export function micOf(bytes: Uint8Array, digest: Digest): Mic {
  return { digest, value: hash(digest, bytes, 'base64') };
}

/** `sha-256` and `sha256` are both in use. */
export function micText({ digest, value }: Mic): string {
  return `${value}, ${digest.replace('sha', 'sha-')}`;
}

/** Headers and body of multipart/signed over a part as it stands. */
export function signPart(part: Uint8Array, identity: Identity, digest: Digest): { contentType: string; body: Buffer } {
  // Derived, so that the same part gives the same bytes; and no part holds the hash of itself.
  const boundary = `signed-${hash('sha256', part, 'hex').slice(0, 40)}`;
  const signature = writeEntity({ 'Content-Type': 'application/pkcs7-signature; name="smime.p7s"', 'Content-Transfer-Encoding': 'base64', 'Content-Disposition': 'attachment; filename="smime.p7s"' }, base64Lines(signDetached(part, identity, digest)));
  return { contentType: `multipart/signed; protocol="application/pkcs7-signature"; micalg="${digest.replace('sha', 'sha-')}"; boundary="${boundary}"`, body: writeParts([part, signature], boundary) };
}

/**
 * The part that was signed, if it was by one of these.
 * @throws CmsFault, MimeFault
 */
export function openSigned(body: Buffer, type: MediaType, certificates: readonly X509Certificate[], atMs: number): { part: Buffer; mic: Mic } {
  const parts = partsOf(body, type);
  if (parts.length !== 2) throw new MimeFault('It is not one part and its signature.');
  const signature = contentOf(parseEntity(parts[1]!));
  const [part] = parts as [Buffer];
  try {
    return { part, mic: micOf(part, verifyDetached(signature, part, certificates, atMs)) };
  } catch (error) {
    // A way that changed line ends on the way: what is signed has CRLF (RFC 8551, 3.1.1).
    const canonical = Buffer.from(part.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
    if (!(error instanceof CmsFault) || canonical.equals(part)) throw error;
    return { part: canonical, mic: micOf(canonical, verifyDetached(signature, canonical, certificates, atMs)) };
  }
}
