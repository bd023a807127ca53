/**
 * Chooses the source address and the device for datagrams to a peer.
 *
 * If this host contacts the peer first, the route chooses the source for each datagram, so that changes of routes,
 * rules, devices and addresses take effect at once. If the peer contacted this host, answers are sent from the address
 * that the peer has sent to, over a route whose packets the peer can receive: a filter or a NAT in front of the peer
 * accepts no other source. This choice is used until the route changes. Then the route chooses, until the peer sends to
 * another address, or begins a handshake.
 *
 * ```text
 * the route from that address   uses the device that received the message        that address
 * a route over that device      exists, but another is better (metric, VRF)      that address, over that device
 * neither                       the address belongs to that device               the route chooses
 *                               the address belongs to another, such as lo       that address
 * ```
 *
 * The kernel's WireGuard does this in the first case only (`socket.c`, send4).
 *
 * @module
 */
import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Libc } from '../../../native/libc.ts';
import type { FoundRoute, RouteQuery, RouteTable } from '../../../native/netlink/route-table.ts';
import { type Arrival, SocketEndpoint, type Source } from '../../../native/socket-endpoint.ts';

/** The lookups that are used; tests replace them. */
export type Routes = Pick<RouteTable, 'find' | 'sourceFor'>;

/** Properties of the sockets that a route lookup needs. */
export interface SocketFacts {
  readonly port: number;
  readonly fwmark: number;
  /** Index of the device that the sockets are bound to, for example in a VRF; 0 for none. */
  readonly device: number;
}

/** Chooses sources, and checks each choice again after routes have changed. */
export class Sources {
  readonly #libc: Libc;
  readonly #routes: Routes;
  #facts: SocketFacts;
  #generation = 0;

  constructor(libc: Libc, routes: Routes, facts: SocketFacts) {
    this.#libc = libc;
    this.#routes = routes;
    this.#facts = facts;
  }

  /** Called when routes may have changed. Each choice is checked again when it is used next. */
  changed(facts: SocketFacts = this.#facts): void {
    this.#facts = facts;
    this.#generation++;
  }

  /** The endpoint in the form of socket calls, with its source decided. */
  ready(endpoint: Endpoint): SocketEndpoint {
    const ready = endpoint instanceof SocketEndpoint ? endpoint : SocketEndpoint.of(this.#libc, endpoint);
    if (ready.arrival !== null) this.#settle(ready, ready.arrival);
    return ready;
  }

  #settle(endpoint: SocketEndpoint, arrival: Arrival): void {
    const { source, decidedAt } = endpoint;
    if (decidedAt === this.#generation) return;
    endpoint.decidedAt = this.#generation;
    if (decidedAt === null) endpoint.source = this.#choose(endpoint, arrival);
    else if (source && this.#find(endpoint, source.local, source.device)?.signature !== source.signature)
      endpoint.source = null;
  }

  #choose(endpoint: SocketEndpoint, { local, device }: Arrival): Source | null {
    const best = this.#find(endpoint, local, 0);
    if (best?.devices.includes(device)) return { local, device: 0, signature: best.signature };
    const back = local.length === 4 ? this.#backBy4(endpoint, local, device) : this.#backBy6(endpoint, local, device);
    if (back) return back;
    const owner = this.#routes.find({ ...this.#query(local, 0), from: null });
    return best && owner && !owner.devices.includes(device) ? { local, device: 0, signature: best.signature } : null;
  }

  #backBy4(endpoint: SocketEndpoint, local: Uint8Array, device: number): Source | null {
    const route = this.#find(endpoint, local, device);
    return route && { local, device, signature: route.signature };
  }

  /**
   * If a source address is given, IPv6 treats the device only as a hint (`ip6_route_output_flags`), so the lookup has
   * no source address.
   */
  #backBy6(endpoint: SocketEndpoint, local: Uint8Array, device: number): Source | null {
    const route = this.#find(endpoint, null, device);
    const { octets, port } = endpoint;
    const chosen = route && this.#routes.sourceFor({ ...this.#query(octets, port), from: null, device });
    return route && chosen?.every((octet, i) => octet === local[i])
      ? { local: null, device, signature: route.signature }
      : null;
  }

  #find(endpoint: SocketEndpoint, from: Uint8Array | null, device: number): FoundRoute | null {
    const { octets, port, scope } = endpoint;
    return this.#routes.find({ ...this.#query(octets, port), from, device: device || scope || this.#facts.device });
  }

  #query(to: Uint8Array, toPort: number): Omit<RouteQuery, 'from'> {
    const { fwmark, port: fromPort, device } = this.#facts;
    return { to, toPort, fwmark, fromPort, device };
  }
}
