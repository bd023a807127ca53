/**
 * Finds the source address and the outgoing device for packets to an address.
 *
 * No privilege and no child process: connecting a UDP socket sends nothing, but makes the system choose a route and
 * with it a source address (so policy routing counts, wg-quick's included). The device is the one that has this
 * address. If a host sends from an address of its loopback device, as some routers do, the device is unknown.
 *
 * @module
 */
import { createSocket } from 'node:dgram';
import { BlockList, isIP, SocketAddress } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { PathFacts } from '../core/shapes/path.ts';
import { deviceKind } from './device-kind.ts';
import { readDeviceMtu } from './device-mtu.ts';
import { type Interfaces, readInterfaces } from './interfaces.ts';

/** Discard (RFC 863). Any port would do: nothing is sent. */
const ANY_PORT = 9;

/**
 * Describes the path to an address by the present routes of this host. Never rejects: unknown fields are `null`, and an
 * unknown kind is `unknown`.
 *
 * @param remoteAddress - an address, not a name; `::ffff:1.2.3.4` counts as IPv4, `%scope` is kept
 * @param localAddress - of an established socket to that address, if there is one: then the route is not looked up
 */
export async function describePath(remoteAddress: string, localAddress: string | null = null): Promise<PathFacts> {
  const remote = normalizedAddress(remoteAddress);
  if (remote === null) return facts(remoteAddress, null, null);
  const local = normalizedAddress(localAddress ?? '') ?? (await sourceAddress(remote));
  const interfaces = readInterfaces();
  if (isOwnAddress(interfaces, remote)) return facts(remote, local, loopbackDevice(interfaces));
  const owner = local === null ? null : ownerOf(interfaces, local, remote);
  const loopback = owner !== null && interfaces[owner]?.some(({ internal }) => internal) === true;
  return facts(remote, local, loopback ? null : owner);
}

/** Writes an address in its one canonical form, IPv4-mapped IPv6 as IPv4; `null` for anything else. Never throws. */
export function normalizedAddress(text: string): string | null {
  const version = isIP(text);
  if (version === 4) return text;
  if (version === 0) return null;
  const [bare = '', scope] = text.split('%');
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  return mapped ?? (scope === undefined ? address : `${address}%${scope}`);
}

/** True for an address that this host delivers locally: 127.0.0.0/8, `::1`, the unspecified addresses, and its own. */
export function isOwnAddress(interfaces: Interfaces, address: string): boolean {
  if (address.startsWith('127.') || ['::1', '0.0.0.0', '::'].includes(address)) return true;
  return devicesWith(interfaces, address).length > 0;
}

/**
 * Finds the device that has a local address.
 *
 * @param remote - decides between devices that have the same address: the one whose subnet contains `remote`
 * @returns name of the device; `null` if no device that is up has the address
 */
export function ownerOf(interfaces: Interfaces, local: string, remote: string): string | null {
  const owners = devicesWith(interfaces, local);
  const near = owners.find(({ info }) => info.cidr !== null && isInSubnet(info.cidr, info.family, remote));
  return (near ?? owners[0])?.name ?? null;
}

function devicesWith(
  interfaces: Interfaces,
  address: string,
): readonly { readonly name: string; readonly info: NetworkInterfaceInfo }[] {
  const [bare, scope] = address.split('%');
  return Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos
      .filter((info) => info.address.split('%')[0] === bare)
      // A scope is the device's name, or its index on Windows.
      .filter(
        (info) => scope === undefined || scope === name || (info.family === 'IPv6' && scope === `${info.scopeid}`),
      )
      .map((info) => ({ name, info })),
  );
}

function isInSubnet(cidr: string, family: 'IPv4' | 'IPv6', address: string): boolean {
  const bare = address.split('%')[0] ?? '';
  if (isIP(bare) !== (family === 'IPv4' ? 4 : 6)) return false;
  const [network = '', prefix] = cidr.split('/');
  const type = family === 'IPv4' ? 'ipv4' : 'ipv6';
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(prefix), type);
  return subnet.check(bare, type);
}

function loopbackDevice(interfaces: Interfaces): string {
  return Object.keys(interfaces).find((name) => interfaces[name]?.some(({ internal }) => internal)) ?? 'lo';
}

function facts(remote: string, local: string | null, device: string | null): PathFacts {
  return {
    local_address: local,
    remote_address: remote,
    device,
    kind: device === null ? 'unknown' : deviceKind(device),
    mtu_bytes: device === null ? null : readDeviceMtu(device),
    encapsulation: null,
  };
}

/** The source address that the kernel chooses by the route; `null` without a route. */
async function sourceAddress(remote: string): Promise<string | null> {
  const socket = createSocket(isIP(remote) === 4 ? 'udp4' : 'udp6');
  try {
    await new Promise<void>((resolve, reject) => {
      // A callback instead would also be called with the error, although its type does not say so.
      socket.once('error', reject).once('connect', resolve);
      socket.connect(ANY_PORT, remote);
    });
    return normalizedAddress(socket.address().address);
  } catch {
    // ENETUNREACH and similar: there is no route now.
    return null;
  } finally {
    socket.close();
  }
}
