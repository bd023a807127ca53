/**
 * From which local address, and by which device, a peer is answered.
 *
 * Who contacts a peer leaves the source to the route, which chooses it for each datagram: it follows whatever happens
 * to routes, rules, devices and addresses at once. Who is contacted answers from the address that was written to, by a
 * way of which packets to that address come back: a filter or a NAT in front of the peer takes no other. That holds
 * until the way changes; then the route chooses, until the peer writes to another address, or begins a handshake.
 *
 * ```text
 * the way from that address   leaves by the device that the message came by      that address
 * a way by that device        is there, though another is better (metric, VRF)   that address, by that device
 * neither                     the address is the device's own                    the route chooses
 *                             the address is of another device, as of lo         that address
 * ```
 *
 * The kernel's WireGuard answers so in the first case alone (`socket.c`, send4).
 *
 * @module
 */
import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { Libc } from '../../../native/libc.ts';
import type { RouteQuestion, RouteTable, Way } from '../../../native/netlink/route-table.ts';
import { type Contact, SocketEndpoint, type Source } from '../../../native/socket-endpoint.ts';

export type Routes = Pick<RouteTable, 'find' | 'sourceFor'>;

/** What a question for a route has to know of the sockets. */
export interface SocketFacts {
  readonly port: number;
  readonly fwmark: number;
  /** Index of the device that they are bound to, as in a VRF; 0 for none. */
  readonly device: number;
}

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

  /** To be called when anything about routes may have changed. Each way is looked at when it is used next. */
  changed(facts: SocketFacts = this.#facts): void {
    this.#facts = facts;
    this.#generation++;
  }

  /** The endpoint as the socket takes it, with its source decided. */
  ready(endpoint: Endpoint): SocketEndpoint {
    const ready = endpoint instanceof SocketEndpoint ? endpoint : SocketEndpoint.of(this.#libc, endpoint);
    if (ready.contact !== null) this.#settle(ready, ready.contact);
    return ready;
  }

  #settle(endpoint: SocketEndpoint, contact: Contact): void {
    const { source, decidedAt } = endpoint;
    if (decidedAt === this.#generation) return;
    endpoint.decidedAt = this.#generation;
    if (decidedAt === null) endpoint.source = this.#choose(endpoint, contact);
    else if (source && this.#find(endpoint, source.local, source.device)?.signature !== source.way)
      endpoint.source = null;
  }

  #choose(endpoint: SocketEndpoint, { local, device }: Contact): Source | null {
    const best = this.#find(endpoint, local, 0);
    if (best?.devices.includes(device)) return { local, device: 0, way: best.signature };
    const back = local.length === 4 ? this.#backBy4(endpoint, local, device) : this.#backBy6(endpoint, local, device);
    if (back) return back;
    const owner = this.#routes.find({ ...this.#question(local, 0), from: null });
    return best && owner && !owner.devices.includes(device) ? { local, device: 0, way: best.signature } : null;
  }

  #backBy4(endpoint: SocketEndpoint, local: Uint8Array, device: number): Source | null {
    const way = this.#find(endpoint, local, device);
    return way && { local, device, way: way.signature };
  }

  /** With a local address, IPv6 takes the device for no more than a hint (`ip6_route_output_flags`): so without. */
  #backBy6(endpoint: SocketEndpoint, local: Uint8Array, device: number): Source | null {
    const way = this.#find(endpoint, null, device);
    const { octets, port } = endpoint;
    const chosen = way && this.#routes.sourceFor({ ...this.#question(octets, port), from: null, device });
    return way && chosen?.every((octet, i) => octet === local[i]) ? { local: null, device, way: way.signature } : null;
  }

  #find(endpoint: SocketEndpoint, from: Uint8Array | null, device: number): Way | null {
    const { octets, port, scope } = endpoint;
    return this.#routes.find({ ...this.#question(octets, port), from, device: device || scope || this.#facts.device });
  }

  #question(to: Uint8Array, toPort: number): Omit<RouteQuestion, 'from'> {
    const { fwmark, port: fromPort, device } = this.#facts;
    return { to, toPort, fwmark, fromPort, device };
  }
}
