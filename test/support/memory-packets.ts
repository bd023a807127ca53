/**
 * A TUN device in memory, for a tunnel's data path: what is queued is read, and super-packets that are written are cut as
 * the kernel cuts them.
 */

import type { Memory } from '../../src/native/memory/memory.ts';
import type { LinkState } from '../../src/native/netlink/link-watch.ts';
import type { PacketPort } from '../../src/run/tunnel/data-path/ports.ts';
import { Segmenter } from '../../src/tunnel/offload/segment.ts';
import { Queue } from './memory-queue.ts';

const VIRTIO_NET_HEADER_BYTES = 10;

/** Memory of JavaScript, which no address leads to. */
export const scriptMemory = {
  allocate: (bytes: number): Memory => {
    const buffer = new ArrayBuffer(bytes);
    return { address: 0, bytes: new Uint8Array(buffer), view: new DataView(buffer) };
  },
  free: (): void => undefined,
};

/** Where super-packets are cut: the packet at the beginning, a piece of it after that. */
const cutting = scriptMemory.allocate(3 * 65_536);
const PIECE = 2 * 65_536;

export class MemoryPackets implements PacketPort {
  readonly name = 'wg0';
  readonly udpSegmentation = true;
  state: LinkState = { isUp: false, mtu: 0 };
  hasChanged = false;
  /** Whether the host takes no more. */
  isFull = false;
  isClosed = false;
  /** What the host answers to a packet at once, as to an echo; `null` for nothing. */
  answer: (packet: Uint8Array) => Uint8Array | null = () => null;
  /** What was written, with its virtio-net header. */
  readonly written: Uint8Array[] = [];
  readonly #memory: Memory;
  readonly #queue = new Queue<Uint8Array>();
  readonly #onPacket: (packet: Uint8Array) => void;

  /** @param onPacket - takes the packets that were written, cut apart */
  constructor(memory: Memory, onPacket: (packet: Uint8Array) => void) {
    this.#memory = memory;
    this.#onPacket = onPacket;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Queues what a read is to give: virtio-net header and packet. */
  queue(octets: Uint8Array): void {
    this.#queue.push(octets);
  }

  /** Queues a packet that is complete. */
  queuePacket(packet: Uint8Array): void {
    const octets = new Uint8Array(VIRTIO_NET_HEADER_BYTES + packet.length);
    octets.set(packet, VIRTIO_NET_HEADER_BYTES);
    this.queue(octets);
  }

  change(state: Partial<LinkState>): void {
    this.state = { ...this.state, ...state };
    this.hasChanged = true;
  }

  read(at: number, mostBytes: number): number {
    const octets = this.#queue.shift();
    if (!octets) return -1;
    this.#memory.bytes.set(octets.subarray(0, mostBytes), at);
    return Math.min(mostBytes, octets.length);
  }

  write(at: number, length: number): boolean {
    if (this.isFull) return false;
    const octets = this.#memory.bytes.slice(at, at + length);
    this.written.push(octets);
    cutting.bytes.set(octets);
    const segmenter = new Segmenter(cutting);
    const packets = segmenter.begin(0, length);
    if (packets < 0) throw new Error('the data path wrote what is no packet');
    for (let i = 0; i < packets; i++) {
      const bytes = segmenter.write(i, PIECE);
      const packet = cutting.bytes.slice(PIECE, PIECE + bytes);
      this.#onPacket(packet);
      const answer = this.answer(packet);
      if (answer) this.queuePacket(answer);
    }
    return true;
  }

  failure(): string {
    return 'EIO';
  }

  link(): LinkState {
    this.hasChanged = false;
    return this.state;
  }

  close(): void {
    this.isClosed = true;
  }
}
