/** Waiting that does not wait, for a tunnel's data path on ports in memory. */
import type { Nanos } from '../../src/core/time.ts';
import type { Ready, WaitPort } from '../../src/run/tunnel/data-path/ports.ts';
import type { MemoryDatagrams } from './memory-datagrams.ts';
import type { MemoryPackets } from './memory-packets.ts';

/** Tells what there is, at once. */
export class MemoryWaiting implements WaitPort {
  isDeviceGone = false;
  /** How long the thread would have slept. */
  readonly timeouts: Nanos[] = [];
  readonly #packets: MemoryPackets;
  readonly #datagrams: MemoryDatagrams;

  constructor(packets: MemoryPackets, datagrams: MemoryDatagrams) {
    this.#packets = packets;
    this.#datagrams = datagrams;
  }

  /** Whether `wait` would not wait. */
  get isReady(): boolean {
    const { hasLinkChanged, hasPackets, sockets } = this.#ready();
    return hasLinkChanged || hasPackets || sockets.some(({ hasDatagrams }) => hasDatagrams);
  }

  wait(timeoutNs: Nanos): Ready {
    this.timeouts.push(timeoutNs);
    return this.#ready();
  }

  #ready(): Ready {
    const datagrams = this.#datagrams;
    return {
      isWoken: false,
      hasLinkChanged: this.#packets.hasChanged,
      hasPackets: this.#packets.queued > 0,
      isDeviceGone: this.isDeviceGone,
      sockets: datagrams.told.map((errors, socket) => ({
        hasDatagrams: datagrams.queued(socket) + errors.length > 0,
        hasErrors: errors.length > 0,
      })),
    };
  }
}
