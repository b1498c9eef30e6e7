import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

export interface ClientCertificateOptions {
  /** Header in which the proxy hands on the certificate of its client, in small letters. */
  header: string;
  /** Addresses or networks of the proxies in front: nobody else's header is believed. */
  trustedProxies: readonly string[];
}

/**
 * The certificate that a client showed to the proxy in front, as RFC 9440 (`Client-Cert`), as Envoy
 * (`X-Forwarded-Client-Cert`, with `Hash` or `Cert`) or as a PEM in percent-encoding (nginx) hands it on.
 */
export class ClientCertificates {
  readonly #header: string;
  readonly #networks: ReadonlyArray<[address: ipaddr.IPv4 | ipaddr.IPv6, bits: number]>;

  constructor({ header, trustedProxies }: ClientCertificateOptions) {
    this.#header = header.toLowerCase();
    this.#networks = trustedProxies.map((network) => {
      if (network.includes('/')) return ipaddr.parseCIDR(network);
      const address = ipaddr.parse(network);
      return [address, address.kind() === 'ipv6' ? 128 : 32];
    });
  }

  /** SHA-256 of the certificate in base64url, as in `x5t#S256`; undefined where none is shown, it cannot be read, or who says so is no proxy of ours. */
  thumbprintOf(request: Pick<IncomingMessage, 'headers' | 'socket'>): string | undefined {
    const given = request.headers[this.#header];
    if (typeof given !== 'string' || given === '' || given.length > 32_768 || !this.#isTrusted(request.socket.remoteAddress)) return undefined;
    return thumbprintOfHeader(given);
  }

  #isTrusted(remote: string | undefined): boolean {
    if (remote === undefined || !ipaddr.isValid(remote)) return false;
    const address = ipaddr.process(remote);
    return this.#networks.some((network) => address.kind() === network[0].kind() && address.match(network as never));
  }
}

function thumbprintOfHeader(text: string): string | undefined {
  const binary = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(text);
  if (binary !== null) return thumbprint(Buffer.from(binary[1]!, 'base64'));
  if (text.startsWith('-----BEGIN') || /^-+BEGIN/.test(decoded(text) ?? '')) return thumbprint(decoded(text) ?? '');
  // Envoy's: one element for each hop. Of several it is not said which one is the client, so none is taken.
  if (text.replace(/"[^"]*"/g, '').includes(',')) return undefined;
  const parts = new Map([...text.matchAll(/(?:^|;)\s*(\w+)=("(?:[^"\\]|\\.)*"|[^;]*)/g)].map((match) => [match[1]!.toLowerCase(), match[2]!.replace(/^"|"$/g, '')]));
  const cert = parts.get('cert');
  if (cert !== undefined) return thumbprint(decoded(cert) ?? '');
  const hash = parts.get('hash');
  return hash !== undefined && /^[0-9a-f]{64}$/i.test(hash) ? Buffer.from(hash, 'hex').toString('base64url') : undefined;
}

/** SHA-256 of a certificate, PEM or DER; undefined where it is none. */
export function thumbprint(certificate: string | Buffer): string | undefined {
  try {
    return createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url');
  } catch {
    return undefined; // what cannot be read proves nothing
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // not in percent-encoding
  }
}
