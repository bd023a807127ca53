/**
 * The path to an address by the routes of this host: the device, and the encapsulation of packets.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { PathFacts } from '../../core/shapes/path.ts';
import { loadLibc } from '../../native/libc.ts';
import { deviceKind } from '../../system/device-kind.ts';
import { describePath } from '../../system/route.ts';
import { largestInner } from '../../tunnel/encapsulation.ts';
import { type KernelPath, KernelPaths } from './kernel-paths.ts';

/**
 * Like `describePath`, with the encapsulation and MTU that the kernel reports through netlink, where it can be used.
 * Never rejects.
 */
export async function hostPath(remoteAddress: string, localAddress: string | null = null): Promise<PathFacts> {
  const facts = await describePath(remoteAddress, localAddress);
  const to = parseIp(facts.remote_address);
  const libc = loadLibc();
  // A link-local address is reached over the device in its scope, independent of routes.
  if (to === undefined || to.scope !== null || libc === null || facts.kind === 'loopback') return facts;
  const paths = KernelPaths.open(libc);
  if (paths === null) return facts;
  try {
    const from = parseIp(facts.local_address ?? '')?.octets ?? null;
    const told = paths.find(to.octets, from);
    if (told === null) return facts;
    const { device, layers } = told;
    // If the source address belongs to another device, as on routers, it does not tell the kind of this one.
    const kind = layers?.[0]?.kind ?? told.kind ?? (device === facts.device ? facts.kind : deviceKind(device));
    return { ...facts, device, kind, mtu_bytes: smallest([told.mtu, inIpsec(told)]), encapsulation: layers };
  } finally {
    paths.close();
  }
}

/** Without a device of its own, IPsec does not change the MTU of the device, but the largest packet is smaller. */
function inIpsec({ mtu, layers }: KernelPath): number | null {
  const isWithoutDevice = layers?.length === 1 && layers[0]?.kind === 'esp' && layers[0].device === null;
  return isWithoutDevice && mtu !== null ? largestInner(layers, mtu) : null;
}

function smallest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}
