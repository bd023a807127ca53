/**
 * The packet port on Linux: a TUN device with virtio-net headers, and its link state.
 *
 * @module
 */
import type { Libc } from '../../../../native/libc.ts';
import type { Memory } from '../../../../native/memory/memory.ts';
import { type LinkState, LinkWatch } from '../../../../native/netlink/link-watch.ts';
import type { TunDevice } from '../../../../native/tun.ts';
import type { PacketPort } from '../ports.ts';

/** The TUN device of a tunnel. */
export class LinuxPackets implements PacketPort {
  readonly #libc: Libc;
  readonly #tun: TunDevice;
  readonly #link: LinkWatch;
  readonly #address: number;

  /** @throws NetError `ERR_UNSUPPORTED` with what is missing on this host */
  constructor(libc: Libc, tun: TunDevice, arena: Memory) {
    this.#libc = libc;
    this.#tun = tun;
    this.#link = new LinkWatch(libc, tun.name);
    this.#address = arena.address;
  }

  get name(): string {
    return this.#tun.name;
  }

  get udpSegmentation(): boolean {
    return this.#tun.udpSegmentation;
  }

  /** Descriptor that is readable when there are packets. */
  get fd(): number {
    return this.#tun.fd;
  }

  /** Descriptor that is readable when a device, an address, a route or a rule has changed. */
  get linkFd(): number {
    return this.#link.fd;
  }

  read(at: number, mostBytes: number): number {
    return this.#libc.read(this.#tun.fd, this.#address + at, mostBytes);
  }

  write(at: number, length: number): boolean {
    return this.#libc.write(this.#tun.fd, this.#address + at, length) >= 0;
  }

  failure(): string {
    return this.#libc.errno();
  }

  link(): LinkState | null {
    this.#link.drain();
    return this.#link.read();
  }

  close(): void {
    this.#libc.close(this.#tun.fd);
    this.#link.close();
  }
}
