import { X509Certificate } from 'node:crypto';
import type { Services } from '../../main.js';
import type { Finding } from './doctor.js';

/** So many days before a certificate ends people are told: partners need weeks to exchange one. */
const warningDays = 30;

/** Connections by AS2: whether our certificate and the partner's hold for a while. Of several the longest counts. */
export async function certificates({ connections }: Services): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { id } of await connections.list()) {
    const transport = (await connections.find(id))?.settings.transport as { kind?: string; certificate?: string; partnerCertificates?: string } | undefined;
    if (transport?.kind !== 'as2') continue;
    for (const [whose, pem] of [['Our certificate', transport.certificate], ['The partner’s certificate', transport.partnerCertificates]] as const) {
      const ends = Math.max(...(pem?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((text) => Date.parse(new X509Certificate(text).validTo)));
      const endsSoon = ends < Date.now() + warningDays * 86_400_000;
      findings.push({ ok: !endsSoon, text: `${whose} of ${id} ends on ${new Date(ends).toISOString().slice(0, 10)}.${endsSoon ? ' Exchange a new one with the partner and set both in the transport until everybody uses it.' : ''}` });
    }
  }
  return findings;
}
