/**
 * The path to an address as this host has it: the route's device, and what is put around packets on the way there.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { PathFacts } from '../../core/shapes/result.ts';
import { loadLibc } from '../../native/libc.ts';
import { deviceKind } from '../../system/device-kind.ts';
import { describePath } from '../../system/route.ts';
import { largestInner } from '../../tunnel/encapsulation.ts';
import { type KernelPath, KernelPaths } from './kernel-paths.ts';

/** As `describePath`, with what the kernel tells besides, where it can be asked. Never rejects. */
export async function hostPath(remoteAddress: string, localAddress: string | null = null): Promise<PathFacts> {
  const facts = await describePath(remoteAddress, localAddress);
  const to = parseIp(facts.remote_address);
  const libc = loadLibc();
  // A link-local address is on the device that its scope names, whatever the routes say.
  if (to === undefined || to.scope !== null || libc === null || facts.kind === 'loopback') return facts;
  const paths = KernelPaths.open(libc);
  if (paths === null) return facts;
  try {
    const from = parseIp(facts.local_address ?? '')?.octets ?? null;
    const told = paths.find(to.octets, from);
    if (told === null) return facts;
    const { device, layers } = told;
    // A source of another device, as routers have, says nothing of the way.
    const kind = layers?.[0]?.kind ?? told.kind ?? (device === facts.device ? facts.kind : deviceKind(device));
    return { ...facts, device, kind, mtu_bytes: smallest([told.mtu, inIpsec(told)]), encapsulation: layers };
  } finally {
    paths.close();
  }
}

/** Without a device of its own, IPsec leaves the MTU of the line as it is, and packets that fit are smaller. */
function inIpsec({ mtu, layers }: KernelPath): number | null {
  const isWithoutDevice = layers?.length === 1 && layers[0]?.kind === 'esp' && layers[0].device === null;
  return isWithoutDevice && mtu !== null ? largestInner(layers, mtu) : null;
}

function smallest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}
