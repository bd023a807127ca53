/**
 * Asks the kernel which route a datagram would take, with the rules of policy routing.
 *
 * ```text
 * request   nlmsghdr 16 · rtmsg 12 · attributes (length 2 · type 2 · value, padded to 4)
 * reply     the same with the entry of the routing table that fits (RTM_F_FIB_MATCH), or nlmsghdr · errno 4
 * ```
 *
 * The kernel answers before send(2) returns, so nothing here waits. Request and reply take 10 µs together.
 *
 * @see rtnetlink(7); linux/rtnetlink.h
 * @module
 */
import { writeU16be } from '../../core/bytes.ts';
import { NetError } from '../../core/errors.ts';
import { AF, MSG, NETLINK, RTA, SOCK } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';

const HEADER_BYTES = 16;
const RTMSG_BYTES = 12;
const ATTRIBUTES = HEADER_BYTES + RTMSG_BYTES;
/** Enough for a route with hundreds of next hops. */
const REPLY_BYTES = 16_384;

const NLM_F_REQUEST = 1;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
/**
 * Returns the entry of the table itself instead of the result of the lookup. Otherwise an address that no route covers
 * would look as if it were on the link.
 */
const RTM_F_FIB_MATCH = 0x2000;
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
/** RTNH_F_DEAD, RTNH_F_LINKDOWN: the device is down, or has no carrier. */
const UNUSABLE = 1 | 16;
const IPPROTO_UDP = 17;
const INDEX_BYTES = 4;
/** struct rtnexthop: length 2, flags 1, hops 1, index 4; attributes. */
const NEXT_HOP_BYTES = 8;

/** The datagram whose route is asked for. */
export interface RouteQuery {
  /** Destination address, 4 or 16 octets. */
  readonly to: Uint8Array;
  /** Source address, 4 or 16 octets; `null` leaves it to the route. */
  readonly from: Uint8Array | null;
  /** Index of the outgoing device; 0 for any. */
  readonly device: number;
  /** Mark of the socket (SO_MARK), which rules may match; 0 for none. */
  readonly fwmark: number;
  readonly fromPort: number;
  readonly toPort: number;
}

/** A route that was found. */
export interface FoundRoute {
  /** Indices of the outgoing devices: several with a multipath route. */
  readonly devices: readonly number[];
  /** Devices and gateways as text: two routes are the same if their signatures are equal. */
  readonly signature: string;
}

/** A netlink socket (rtnetlink) that looks up routes. */
export class RouteTable {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #message: Memory;
  #sequence = 0;

  /** @throws NetError `ERR_UNSUPPORTED` */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#fd = libc.socket(NETLINK.family, SOCK.raw | SOCK.nonblock | SOCK.cloexec, NETLINK.route);
    if (this.#fd < 0) throw new NetError('ERR_UNSUPPORTED', `cannot ask for routes: ${libc.errno()}`);
    this.#message = libc.allocate(REPLY_BYTES);
  }

  /** Looks up the route; `null` where there is none, or it is unreachable, a blackhole, or its device is down. */
  find(query: RouteQuery): FoundRoute | null {
    const length = this.#ask(query, RTM_F_FIB_MATCH);
    return length === 0 ? null : this.#readRoute(length);
  }

  /** The source address that the kernel would choose; `null` where there is none. */
  sourceFor(query: RouteQuery): Uint8Array | null {
    for (const { kind, at, end } of this.#attributes(this.#ask(query, 0))) {
      if (kind === RTA.prefsrc && end - at === query.to.length) return this.#message.bytes.slice(at, end);
    }
    return null;
  }

  close(): void {
    this.#libc.close(this.#fd);
    this.#libc.free(this.#message);
  }

  /** Returns the length of the reply in octets; 0 if it is an error. */
  #ask(query: RouteQuery, flags: number): number {
    const { address, view } = this.#message;
    const length = this.#write(query, flags);
    if (this.#libc.send(this.#fd, address, length, MSG.nosignal) !== length) return 0;
    const received = this.#libc.recv(this.#fd, address, REPLY_BYTES, MSG.dontwait);
    if (received < ATTRIBUTES || view.getUint16(4, true) !== RTM_NEWROUTE) return 0;
    return view.getUint32(8, true) === this.#sequence ? Math.min(received, view.getUint32(0, true)) : 0;
  }

  #write({ to, from, device, fwmark, fromPort, toPort }: RouteQuery, flags: number): number {
    const { bytes, view } = this.#message;
    bytes.fill(0, 0, ATTRIBUTES);
    view.setUint16(4, RTM_GETROUTE, true);
    view.setUint16(6, NLM_F_REQUEST, true);
    view.setUint32(8, ++this.#sequence, true);
    view.setUint8(HEADER_BYTES, to.length === 4 ? AF.inet : AF.inet6);
    view.setUint8(HEADER_BYTES + 1, to.length * 8);
    view.setUint8(HEADER_BYTES + 2, from ? from.length * 8 : 0);
    view.setUint32(HEADER_BYTES + 8, flags, true);
    let end = this.#attribute(ATTRIBUTES, RTA.dst, to);
    if (from) end = this.#attribute(end, RTA.src, from);
    if (device !== 0) end = this.#attribute(end, RTA.oif, littleEndian(device));
    if (fwmark !== 0) end = this.#attribute(end, RTA.mark, littleEndian(fwmark));
    // Rules may match protocol and ports (ip-rule(8), Linux 4.17).
    end = this.#attribute(end, RTA.ipProto, Uint8Array.of(IPPROTO_UDP));
    end = this.#attribute(end, RTA.sport, portOctets(fromPort));
    end = this.#attribute(end, RTA.dport, portOctets(toPort));
    view.setUint32(0, end, true);
    return end;
  }

  #attribute(at: number, type: number, value: Uint8Array): number {
    const { bytes, view } = this.#message;
    const end = (at + 4 + value.length + 3) & ~3;
    bytes.fill(0, at, end);
    view.setUint16(at, 4 + value.length, true);
    view.setUint16(at + 2, type, true);
    bytes.set(value, at + 4);
    return end;
  }

  #readRoute(length: number): FoundRoute | null {
    const { bytes, view } = this.#message;
    const type = view.getUint8(HEADER_BYTES + 7);
    if (type !== RTN_UNICAST && type !== RTN_LOCAL) return null;
    if ((view.getUint32(HEADER_BYTES + 8, true) & UNUSABLE) !== 0) return null;
    const devices: number[] = [];
    let signature = '';
    for (const { kind, at, end } of this.#attributes(length)) {
      if (kind === RTA.oif && end - at >= INDEX_BYTES) devices.push(view.getUint32(at, true));
      if (kind === RTA.multipath) devices.push(...this.#nextHops(at, end));
      if (kind === RTA.oif || kind === RTA.multipath || kind === RTA.gateway || kind === RTA.via) {
        signature += `${kind}:${bytes.subarray(at, end).join('.')} `;
      }
    }
    return { devices, signature };
  }

  *#attributes(length: number): Generator<{ kind: number; at: number; end: number }> {
    const { view } = this.#message;
    for (let at = ATTRIBUTES; at + 4 <= length; ) {
      const end = at + view.getUint16(at, true);
      if (end < at + 4 || end > length) return;
      yield { kind: view.getUint16(at + 2, true), at: at + 4, end };
      at = (end + 3) & ~3;
    }
  }

  #nextHops(from: number, end: number): readonly number[] {
    const { view } = this.#message;
    const devices: number[] = [];
    for (let at = from; at + NEXT_HOP_BYTES <= end; ) {
      const length = view.getUint16(at, true);
      if (length < NEXT_HOP_BYTES || at + length > end) break;
      if ((view.getUint8(at + 2) & UNUSABLE) === 0) devices.push(view.getUint32(at + 4, true));
      at += (length + 3) & ~3;
    }
    return devices;
  }
}

function littleEndian(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function portOctets(port: number): Uint8Array {
  const octets = new Uint8Array(2);
  writeU16be(octets, 0, port);
  return octets;
}
