/**
 * Follows a packet through the tunnels of this host, by the kernel's routes, devices and IPsec policies.
 *
 * @module
 */
import type { Encapsulation, PathKind } from '../../core/shapes/path.ts';
import type { Libc } from '../../native/libc.ts';
import { NetlinkSocket } from '../../native/netlink/netlink-socket.ts';
import { deviceKind } from '../../system/device-kind.ts';
import { formatOfLink, ifIdOf, kindOfLink, outerAddressesOf } from '../../tunnel/device-format.ts';
import { usualEncapsulation } from '../../tunnel/encapsulation.ts';
import { espEncapsulation } from '../../tunnel/esp-format.ts';
import { decodeLink, encodeLinkRequest, type KernelLink, RTM_NEWLINK } from '../../wire/link-message.ts';
import { decodeRoute, encodeRouteRequest, type KernelRoute, RTM_NEWROUTE } from '../../wire/route-message.ts';
import {
  decodePolicy,
  decodeState,
  type EspPolicy,
  type EspState,
  encodeXfrmDump,
  XFRM_MSG,
} from '../../wire/xfrm-message.ts';

/** Most nested tunnels: a route that leads a tunnel into itself would never end. */
const MOST_LAYERS = 4;

/** The device of a route, and the encapsulation of packets over it. */
export interface KernelPath {
  readonly device: string;
  /** `undefined` for a device that is not a tunnel, or of an unknown kind. */
  readonly kind: PathKind | undefined;
  /** In bytes of IP packet: the smaller one of device and route; `null` if unknown. */
  readonly mtu: number | null;
  /** Encapsulations from the inside out; `null` if one of them is unknown. */
  readonly layers: readonly Encapsulation[] | null;
}

interface Packet {
  readonly to: Uint8Array;
  readonly from: Uint8Array | null;
  /** Destination port of the outer UDP header, which policy routing may match; `null` for the packet of a test. */
  readonly toPort: number | null;
}

/** Netlink sockets for routes and IPsec. IPsec policies are read once. */
export class KernelPaths {
  readonly #routes: NetlinkSocket;
  readonly #ipsec: NetlinkSocket | null;
  #policies: readonly EspPolicy[] | undefined;
  #states: readonly EspState[] | undefined;

  private constructor(routes: NetlinkSocket, ipsec: NetlinkSocket | null) {
    this.#routes = routes;
    this.#ipsec = ipsec;
  }

  /** Opens the sockets; `null` where netlink is not available. */
  static open(libc: Libc): KernelPaths | null {
    const routes = NetlinkSocket.open(libc, 'route');
    return routes && new KernelPaths(routes, NetlinkSocket.open(libc, 'xfrm'));
  }

  /**
   * Finds the path for a destination and a source address (4 or 16 octets); `null` where there is no route, or one over
   * several devices.
   */
  find(to: Uint8Array, from: Uint8Array | null): KernelPath | null {
    const packet: Packet = { to, from, toPort: null };
    const route = this.#route(packet);
    const link = route && this.#link(route.device);
    if (!link) return null;
    const layers = this.#layers(packet, route, link, 0);
    const mtu = Math.min(link.mtu, route.mtu ?? link.mtu);
    return { device: link.name, kind: kindOfLink(link), mtu: mtu > 0 ? mtu : null, layers };
  }

  close(): void {
    this.#routes.close();
    this.#ipsec?.close();
  }

  /** Encapsulations of a packet from this device on; `null` if one is unknown. */
  #layers(packet: Packet, route: KernelRoute, link: KernelLink, depth: number): readonly Encapsulation[] | null {
    const own = this.#ownLayer(packet, route, link, depth);
    if (own === null) return null;
    const inside = own === undefined ? [] : [own];
    const isTunnel = kindOfLink(link) !== undefined;
    if (depth === MOST_LAYERS) return isTunnel ? null : inside;
    const next = isTunnel ? this.#outside(route, link) : this.#beneath(packet, link);
    if (next === null) return inside;
    const outside = this.#layers(next.packet, next.route, next.link, depth + 1);
    return outside && [...inside, ...outside];
  }

  /** The encapsulation by this device: `undefined` if there is none, `null` if it is unknown. */
  #ownLayer(packet: Packet, route: KernelRoute, link: KernelLink, depth: number): Encapsulation | null | undefined {
    const kind = kindOfLink(link);
    // The kernel does not report WireGuard's endpoints here: a nested tunnel's packets are assumed to have the family
    // of the packets inside.
    const family = outerAddressesOf(link, route.remoteAddress).family ?? (depth > 0 ? familyOf(packet) : null);
    if (kind !== undefined && kind !== 'esp') return formatOfLink(link, family);
    const isEsp = kind === 'esp';
    const esp = packet.from && this.#esp(packet.to, packet.from, link, isEsp);
    if (esp) return esp;
    if (isEsp) return null;
    const told = deviceKind(link.name);
    if (told === 'wireguard') return formatOfLink({ ...link, kind: told }, family);
    return usualEncapsulation(told, 4, null) === null && told !== 'unknown' ? null : undefined;
  }

  #esp(to: Uint8Array, from: Uint8Array, link: KernelLink, isEsp: boolean): Encapsulation | null {
    const flow = { to, from, ifId: ifIdOf(link) };
    return espEncapsulation(flow, this.#allPolicies(), this.#allStates(), isEsp ? link : null);
  }

  /** The route of the tunnel's outer packets; `null` if it is unknown. */
  #outside(route: KernelRoute, link: KernelLink): { packet: Packet; route: KernelRoute; link: KernelLink } | null {
    const { address, from, port } = outerAddressesOf(link, route.remoteAddress);
    if (address === null) return null;
    const packet = { to: address, from, toPort: port };
    const found = this.#route(packet);
    const device = found && this.#link(found.device);
    return device && device.index !== link.index ? { packet, route: found, link: device } : null;
  }

  /** The device below a VLAN or similar device. */
  #beneath(packet: Packet, link: KernelLink): { packet: Packet; route: KernelRoute; link: KernelLink } | null {
    if (!STACKED.has(link.kind) || link.lowerIndex === 0) return null;
    const device = this.#link(link.lowerIndex);
    return device && { packet, route: { device: device.index, mtu: null, remoteAddress: null }, link: device };
  }

  #route(packet: Packet): KernelRoute | null {
    const [body] = this.#routes.ask((sequence) => encodeRouteRequest(packet, sequence), RTM_NEWROUTE);
    const route = body && decodeRoute(body);
    return route && route.device !== 0 ? route : null;
  }

  #link(index: number): KernelLink | null {
    const [body] = this.#routes.ask((sequence) => encodeLinkRequest(index, sequence), RTM_NEWLINK);
    return (body && decodeLink(body)) ?? null;
  }

  #allPolicies(): readonly EspPolicy[] {
    this.#policies ??= this.#dump('getPolicy', XFRM_MSG.newPolicy, decodePolicy);
    return this.#policies;
  }

  #allStates(): readonly EspState[] {
    // Security associations contain keys, so they are not read unless a policy exists.
    if (this.#allPolicies().length === 0) return [];
    this.#states ??= this.#dump('getSa', XFRM_MSG.newSa, decodeState);
    return this.#states;
  }

  /** Returns nothing without CAP_NET_ADMIN. */
  #dump<T>(type: 'getSa' | 'getPolicy', answer: number, decode: (body: Uint8Array) => T | undefined): readonly T[] {
    const bodies = this.#ipsec?.ask((sequence) => encodeXfrmDump(type, sequence), answer) ?? [];
    const found = bodies.map(decode).filter((one) => one !== undefined);
    for (const body of bodies) body.fill(0);
    return found;
  }
}

/** Devices that pass packets to the device below, unchanged except for a VLAN tag. */
const STACKED = new Set(['vlan', 'macvlan', 'ipvlan']);

function familyOf({ to }: Packet): 4 | 6 {
  return to.length === 4 ? 4 : 6;
}
