import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isInNetworks } from '../../lib/networks.js';

/** An address that may not be called, or a text that is no address to call; the message is for who set it. */
export class RefusedAddress extends Error {}

/** Global unicast of IPv6 (RFC 4291). What lies outside is no host on the internet, IPv4 in `::/96` included. */
const globalUnicast = ipaddr.parseCIDR('2000::/3');
/** Azure's host agent: it looks public and answers with the machine's secrets. */
const notPublic = ['168.63.129.16'];

/**
 * Whether `address` may be called: it is one of the public internet, or in one of `allowed`. Loopback,
 * private, link-local (the clouds' metadata), carrier-grade NAT, multicast and reserved networks are
 * not public, nor are the prefixes that lead to IPv4 (NAT64, 6to4, Teredo). IPv4 written as IPv6 is judged as IPv4.
 * @param allowed networks as `10.0.0.0/8`, or single addresses
 */
export function mayCall(address: string, allowed: readonly string[]): boolean {
  if (isInNetworks(address, allowed)) return true;
  const ip = ipaddr.process(address);
  if (ip.range() !== 'unicast' || notPublic.includes(ip.toString())) return false;
  return ip.kind() === 'ipv4' || ip.match(globalUnicast);
}

/**
 * An address that people set, read.
 * @throws RefusedAddress where it is none of http or https, or carries a user or password
 */
export function outsideUrl(text: string): URL {
  // The parser leaves line breaks out: what people read would not be what is called.
  const url = /[\s\u0000-\u001f]/.test(text) ? null : URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new RefusedAddress('The address is none of http or https.');
  if (url.username !== '' || url.password !== '') throw new RefusedAddress('The address carries a user or a password: set them where the connection has a setting for them.');
  return url;
}

/** The addresses of a name. */
export type Resolve = (hostname: string) => Promise<ReadonlyArray<{ address: string; family: number }>>;

const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

/**
 * Looks the host of `url` up, once, and gives a `lookup` for sockets that knows these addresses and no
 * other: a name that leads elsewhere a moment later (DNS rebinding) is not asked again.
 * @throws RefusedAddress where any of its addresses may not be called
 */
export async function pinnedLookup(url: URL, allowed: readonly string[], resolve: Resolve = resolveBySystem): Promise<LookupFunction> {
  const addresses = await addressesOf(url, resolve);
  if (addresses.length === 0) throw new RefusedAddress('The name of the host has no address.');
  // Which of them a socket takes is not ours to say: one that is refused refuses all.
  if (!addresses.every(({ address }) => mayCall(address, allowed))) {
    throw new RefusedAddress('The address leads into a network that is not the public internet. If it is meant to, name the network in GATEHOUSE_ALLOWED_NETWORKS and start again.');
  }
  return (_hostname, options, callback) => {
    if (options.all === true) callback(null, addresses.map((each) => ({ ...each })));
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  };
}

/** Whether a host is one that only GATEHOUSE_ALLOWED_NETWORKS lets us call; false where its name is not known. */
export async function leadsInside(url: URL, resolve: Resolve = resolveBySystem): Promise<boolean> {
  const addresses = await addressesOf(url, resolve).catch(() => []);
  return addresses.some(({ address }) => !mayCall(address, []));
}

async function addressesOf(url: URL, resolve: Resolve): Promise<ReadonlyArray<{ address: string; family: number }>> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(host) ? [{ address: host, family: ipaddr.parse(host).kind() === 'ipv4' ? 4 : 6 }] : resolve(host);
}
