/**
 * Packets of a Linux host: a TUN device with virtio-net headers, and word of whether it is up.
 *
 * @module
 */
import type { Libc } from '../../../../native/libc.ts';
import type { Memory } from '../../../../native/memory/memory.ts';
import { type LinkState, LinkWatch } from '../../../../native/netlink/link-watch.ts';
import type { TunDevice } from '../../../../native/tun.ts';
import type { PacketPort } from '../ports.ts';

export class LinuxPackets implements PacketPort {
  readonly #libc: Libc;
  readonly #tun: TunDevice;
  readonly #link: LinkWatch;
  readonly #address: number;

  /** @throws NetError `ERR_UNSUPPORTED` saying what this host lacks */
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

  /** Readable when there are packets. */
  get fd(): number {
    return this.#tun.fd;
  }

  /** Readable when a device, an address, a route or a rule changed. */
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
