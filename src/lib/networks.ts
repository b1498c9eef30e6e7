import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Whether `address` lies in one of `networks`. IPv4 that is written as IPv6 counts as IPv4.
 * @param networks as `10.0.0.0/8`, or single addresses; they have been checked
 */
export function isInNetworks(address: string, networks: readonly string[]): boolean {
  if (networks.length === 0 || !ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  return networks.some((network) => contains(network, ip));
}

function contains(network: string, ip: Address): boolean {
  const [base, bits] = network.includes('/') ? ipaddr.parseCIDR(network) : ([ipaddr.parse(network), undefined] as const);
  return base.kind() === ip.kind() && ip.match(base, bits ?? (base.kind() === 'ipv4' ? 32 : 128));
}

/** Whether only this machine can have it. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/**
 * The address of the client behind the proxies that are trusted: the last in `X-Forwarded-For` that none of them has.
 * @param peer address at the other end of the socket
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trustedProxies: readonly string[]): string {
  const hops = [...(forwardedFor ?? '').split(',').map((hop) => hop.trim()).filter((hop) => ipaddr.isValid(hop)), peer].reverse();
  return hops.find((hop) => !isInNetworks(hop, trustedProxies)) ?? hops.at(-1)!;
}
