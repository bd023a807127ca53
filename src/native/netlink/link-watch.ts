/**
 * State of a network device (up or down, MTU), and notifications when the devices, addresses, routes or rules of this
 * host change.
 *
 * @see rtnetlink(7), netdevice(7)
 * @module
 */
import { NetError } from '../../core/errors.ts';
import { DEVICE_IOCTL, IFF_UP, MSG, NETLINK, NETLINK_GROUPS, SOCK } from '../constants.ts';
import type { Libc } from '../libc.ts';
import type { Memory } from '../memory/memory.ts';

/** struct ifreq: 16 octets of name, then a union. */
const NAME_BYTES = 16;
const MESSAGE_BYTES = 8192;
const SOCKADDR_NL_BYTES = 12;
const ALL_GROUPS = Object.values(NETLINK_GROUPS).reduce((all, group) => all | group, 0);

/** State of a network device; `mtu` in bytes of IP packet. */
export interface LinkState {
  readonly isUp: boolean;
  readonly mtu: number;
}

/** A netlink socket that becomes readable when something changes, and the state of one device. */
export class LinkWatch {
  /** Becomes readable when a device, an address, a route or a rule changes. */
  readonly fd: number;
  readonly #libc: Libc;
  readonly #name: Uint8Array;
  readonly #messages: Memory;

  /**
   * @param device - whose state `read` returns; it may be created later
   * @throws NetError `ERR_UNSUPPORTED`
   */
  constructor(libc: Libc, device: string) {
    this.#libc = libc;
    this.#name = new TextEncoder().encode(device);
    this.fd = libc.socket(NETLINK.family, SOCK.raw | SOCK.nonblock | SOCK.cloexec, NETLINK.route);
    if (this.fd < 0) throw new NetError('ERR_UNSUPPORTED', `cannot watch devices: ${libc.errno()}`);
    const { bytes, view, address } = libc.scratch;
    bytes.fill(0, 0, SOCKADDR_NL_BYTES);
    view.setUint16(0, NETLINK.family, true);
    view.setUint32(8, ALL_GROUPS, true);
    libc.bind(this.fd, address, SOCKADDR_NL_BYTES);
    this.#messages = libc.allocate(MESSAGE_BYTES);
  }

  /** Reads and drops the notifications. Some may have been lost (ENOBUFS), so the caller reads the present state. */
  drain(): void {
    while (this.#libc.recv(this.fd, this.#messages.address, MESSAGE_BYTES, MSG.dontwait) > 0);
  }

  /** Reads the state of the device; `null` if it does not exist, or was moved to another namespace. */
  read(): LinkState | null {
    const flags = this.#ask(DEVICE_IOCTL.flags);
    const mtu = this.#ask(DEVICE_IOCTL.mtu);
    return flags < 0 || mtu < 0 ? null : { isUp: (flags & IFF_UP) !== 0, mtu };
  }

  close(): void {
    this.#libc.close(this.fd);
    this.#libc.free(this.#messages);
  }

  #ask(request: number): number {
    const { bytes, view, address } = this.#libc.scratch;
    bytes.fill(0, 0, 2 * NAME_BYTES);
    bytes.set(this.#name);
    if (this.#libc.ioctl(this.fd, request, address) !== 0) return -1;
    // ifr_flags is a short, ifr_mtu an int.
    return request === DEVICE_IOCTL.flags ? view.getUint16(NAME_BYTES, true) : view.getInt32(NAME_BYTES, true);
  }
}
