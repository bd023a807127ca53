/**
 * The wait port on Linux: one ppoll() over all descriptors of a tunnel's thread.
 *
 * @module
 */
import type { Nanos } from '../../../../core/time.ts';
import { POLL } from '../../../../native/constants.ts';
import type { Libc } from '../../../../native/libc.ts';
import { Poller } from '../../../../native/poller.ts';
import type { Ready, SocketReady, WaitPort } from '../ports.ts';
import type { LinuxDatagrams } from './linux-datagrams.ts';
import type { LinuxPackets } from './linux-packets.ts';

/** Size of an eventfd's counter in octets. */
const COUNTER_BYTES = 8;

/** Waits for commands, link changes, packets and datagrams. */
export class LinuxWaiting implements WaitPort {
  readonly #libc: Libc;
  readonly #poller: Poller;
  readonly #wakeFd: number;
  readonly #packets: LinuxPackets;
  readonly #datagrams: LinuxDatagrams;
  readonly #sockets: readonly SocketReady[] = [
    { hasDatagrams: false, hasErrors: false },
    { hasDatagrams: false, hasErrors: false },
  ];
  readonly #ready: Ready = {
    isWoken: false,
    hasLinkChanged: false,
    hasPackets: false,
    isDeviceGone: false,
    sockets: this.#sockets,
  };

  /** @param wakeFd - an eventfd that is readable when there is a command */
  constructor(libc: Libc, wakeFd: number, packets: LinuxPackets, datagrams: LinuxDatagrams) {
    this.#libc = libc;
    this.#poller = new Poller(libc);
    this.#wakeFd = wakeFd;
    this.#packets = packets;
    this.#datagrams = datagrams;
  }

  wait(timeoutNs: Nanos): Ready {
    const poller = this.#poller;
    const ready = this.#ready;
    poller.clear();
    const wake = poller.add(this.#wakeFd, POLL.in);
    const link = poller.add(this.#packets.linkFd, POLL.in);
    const tun = poller.add(this.#packets.fd, POLL.in);
    // poll(2) ignores negative descriptors.
    const udp4 = poller.add(this.#datagrams.fd(0), POLL.in);
    const udp6 = poller.add(this.#datagrams.fd(1), POLL.in);
    poller.wait(timeoutNs);
    ready.isWoken = poller.ready(wake) !== 0 && this.#takeWakeUp();
    ready.hasLinkChanged = poller.ready(link) !== 0;
    // POLLERR means that the device was deleted. A device that was moved to another namespace does not report it.
    ready.isDeviceGone = (poller.ready(tun) & POLL.err) !== 0;
    ready.hasPackets = poller.ready(tun) !== 0 && !ready.isDeviceGone;
    this.#note(0, poller.ready(udp4));
    this.#note(1, poller.ready(udp6));
    return ready;
  }

  #note(socket: number, events: number): void {
    const ready = this.#sockets[socket];
    if (!ready) return;
    ready.hasDatagrams = events !== 0;
    ready.hasErrors = (events & POLL.err) !== 0;
  }

  #takeWakeUp(): boolean {
    return this.#libc.read(this.#wakeFd, this.#libc.scratch.address, COUNTER_BYTES) === COUNTER_BYTES;
  }
}
