import type { Access } from '../../../contract.js';
import { isValidAt, type Identity } from './cms.js';
import { CmsFault } from './structure.js';
import { keysOf, readCertificates, type As2Transport } from './settings.js';

/** The newest key of ours that has a certificate which is valid. @throws CmsFault */
export function ourIdentity({ secrets }: Pick<Access<object>, 'secrets'>, { certificate: pem }: As2Transport, atMs: number): Identity {
  const keys = keysOf(secrets);
  if (keys.length === 0) throw new CmsFault('The connection has no key of ours: set as2Key.');
  const certificates = readCertificates(pem);
  for (const key of keys) {
    const certificate = certificates.find((each) => each.checkPrivateKey(key) && isValidAt(each, atMs));
    if (certificate !== undefined) return { key, certificate };
  }
  throw new CmsFault('No certificate of ours that is valid now belongs to as2Key.');
}

/** @throws CmsFault */
export function partnersCertificate({ partnerCertificates }: As2Transport, atMs: number) {
  const valid = readCertificates(partnerCertificates).find((each) => isValidAt(each, atMs));
  if (valid === undefined) throw new CmsFault('None of the partner’s certificates is valid now.');
  return valid;
}
