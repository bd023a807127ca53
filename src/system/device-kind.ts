/**
 * Tells what a network device is: physical, a tunnel of some kind, or virtual.
 *
 * Evidence in order: `DEVTYPE` of the device's uevent, its ARPHRD number, `tun_flags`, the link to a bus device, its
 * name. Seen on Linux 6.18: `DEVTYPE=vxlan` and `DEVTYPE=bridge` exist; veth, macvlan, ifb, tun and tap have no
 * DEVTYPE; a tun has type 65534, a tap type 1, both have `tun_flags`. Geneve, WireGuard, GRE, IPIP and SIT are as Linux
 * 6.1 has them (`test/vm/devices.test.ts`). Where netlink can be asked, `run/path` knows more of tunnels.
 *
 * WireGuard in userspace (wireguard-go, boringtun) looks like any tun. It is recognised by its control socket
 * `/var/run/wireguard/NAME.sock` (seen: mode 0600 in a directory of mode 0755, so every user can see that it exists). A
 * process that was killed leaves its socket behind.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PathKind } from '../core/shapes/path.ts';
import { deviceDirectory, isDeviceName, readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** By `SET_NETDEV_DEVTYPE` in the kernel. Tunnels whose overhead is not known here are `other-tunnel`. */
const BY_DEVTYPE = new Map<string, PathKind>([
  ['wireguard', 'wireguard'],
  ['vxlan', 'vxlan'],
  ['geneve', 'geneve'],
  ['ppp', 'ppp'],
  ['wlan', 'physical'],
  ['wwan', 'physical'],
  ['bridge', 'virtual'],
  ['bond', 'virtual'],
  ['team', 'virtual'],
  ['vlan', 'virtual'],
  ['macvlan', 'virtual'],
  ['dsa', 'virtual'],
  ['amneziawg', 'other-tunnel'],
  ['ovpn', 'other-tunnel'],
  ['l2tpeth', 'other-tunnel'],
  ['bareudp', 'other-tunnel'],
  ['macsec', 'macsec'],
  ['gtp', 'other-tunnel'],
]);

/** ARPHRD numbers of include/uapi/linux/if_arp.h. */
const BY_HARDWARE_TYPE = new Map<number, PathKind>([
  [512, 'ppp'],
  [768, 'ipip'],
  [769, 'ipip'],
  [772, 'loopback'],
  [776, 'sit'],
  [778, 'gre'],
  [823, 'gre'],
]);

const ARPHRD_NONE = 65534;

/** Tunnels that are recognised by their name only: Ethernet in GRE, and IPsec devices with the type of IPIP. */
const TUNNEL_NAMES = /^(gretap|ip6gretap|erspan|ip6erspan|vti|ip_vti|ip6_vti|xfrm|ipsec)/;

/**
 * Used where there is no sysfs. The names of macOS (`utun4`, `en0`, `gif0`) and of Windows
 * (`Loopback Pseudo-Interface 1`) are untested.
 */
const BY_NAME: readonly (readonly [RegExp, PathKind])[] = [
  [/^(lo\d*$|Loopback Pseudo-Interface )/, 'loopback'],
  [/^wg/, 'wireguard'],
  [/^(utun|tun(?!l)|tap)/, 'tun'],
  [/^(vxlan|flannel\.)/, 'vxlan'],
  [/^(geneve|genev_sys)/, 'geneve'],
  [/^ppp\d+$/, 'ppp'],
  [/^(gif|stf)\d+$/, 'other-tunnel'],
  [TUNNEL_NAMES, 'other-tunnel'],
  [/^(gre|ip6gre)\d+$/, 'gre'],
  [/^(tunl|ip6tnl|ipip)\d+$/, 'ipip'],
  [/^sit\d+$/, 'sit'],
  [/^(veth|br-|docker|bridge)/, 'virtual'],
  [/^en\d+$/, 'physical'],
];

/** Returns the kind of a device; `unknown` without evidence. Never throws. */
export function deviceKind(device: string, roots: SystemRoots = SYSTEM_ROOTS): PathKind {
  if (!isDeviceName(device)) return 'unknown';
  const directory = deviceDirectory(device, roots);
  if (directory === null) return kindWithoutSysfs(device, roots);

  const devtype = /^DEVTYPE=(.+)$/m.exec(readText(join(directory, 'uevent')) ?? '')?.[1];
  const declared = devtype === undefined ? undefined : BY_DEVTYPE.get(devtype);
  if (declared !== undefined) return declared;

  const hardware = Number(readText(join(directory, 'type')) ?? Number.NaN);
  const byHardware = BY_HARDWARE_TYPE.get(hardware);
  if (byHardware !== undefined) return TUNNEL_NAMES.test(device) ? 'other-tunnel' : byHardware;
  if (existsSync(join(directory, 'tun_flags'))) return hasWireguardSocket(device, roots) ? 'wireguard' : 'tun';
  // No link header, but not a tun: xfrm and similar.
  if (hardware === ARPHRD_NONE) return 'other-tunnel';
  if (existsSync(join(directory, 'device'))) return 'physical';
  return TUNNEL_NAMES.test(device) ? 'other-tunnel' : 'virtual';
}

function kindWithoutSysfs(device: string, roots: SystemRoots): PathKind {
  if (hasWireguardSocket(device, roots)) return 'wireguard';
  return BY_NAME.find(([pattern]) => pattern.test(device))?.[1] ?? 'unknown';
}

function hasWireguardSocket(device: string, roots: SystemRoots): boolean {
  return existsSync(join(roots.run, 'wireguard', `${device}.sock`));
}
