import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

/** A key with its certificate, both in PEM. */
export interface TestIdentity {
  key: string;
  certificate: string;
}

const engine = new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as never, subtle: webcrypto.subtle as never });

/** Makes a key and a self-signed certificate of it, valid between two times (ms UTC). */
export async function makeIdentity(name: string, fromMs = Date.now() - 86_400_000, toMs = Date.now() + 365 * 86_400_000): Promise<TestIdentity> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = new pkijs.Certificate();
  certificate.version = 2;
  certificate.serialNumber = new asn1js.Integer({ valueHex: new Uint8Array([1, ...randomBytes(8)]).buffer });
  for (const side of [certificate.issuer, certificate.subject]) side.typesAndValues.push(new pkijs.AttributeTypeAndValue({ type: '2.5.4.3', value: new asn1js.PrintableString({ value: name }) }));
  certificate.notBefore.value = new Date(fromMs);
  certificate.notAfter.value = new Date(toMs);
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const imported = await webcrypto.subtle.importKey('spki', publicKey.export({ type: 'spki', format: 'der' }), algorithm, true, ['verify']);
  await certificate.subjectPublicKeyInfo.importKey(imported as never, engine);
  const signer = await webcrypto.subtle.importKey('pkcs8', privateKey.export({ type: 'pkcs8', format: 'der' }), algorithm, true, ['sign']);
  await certificate.sign(signer as never, 'SHA-256', engine);
  const base64 = Buffer.from(certificate.toSchema(true).toBER(false)).toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificate: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n` };
}
