/**
 * Coalesces packets for a TUN device with IFF_VNET_HDR into super-packets of up to 64 KiB: one system call
 * and one pass through the kernel for up to 46 segments of 1400 octets.
 *
 * Packets of one flow keep their order: a packet that cannot be coalesced is written after the pending
 * packet of its flow, and a packet without a flow after all pending packets. Payload is copied once if the
 * packet may be coalesced, otherwise not at all.
 *
 * @module
 */
import { PROTOCOL_TCP } from '../../wire/ip.ts';
import type { PacketMemory } from '../../wire/packet-memory.ts';
import { VIRTIO_NET_HEADER_BYTES, writePlainVirtioHeader } from '../../wire/virtio-net.ts';
import { CoalescedPacket } from './coalesced-packet.ts';
import { FlowPacket } from './flow-packet.ts';

/** Flows with a pending packet at the same time; a batch of 64 datagrams rarely has more. */
const FLOWS = 8;
/** Room for the virtio-net header, rounded up so that packets begin at a multiple of four. */
const HEADROOM = 16;
const FLOW_BYTES = HEADROOM + 65_536;

/** Memory that one coalescer needs, in octets. */
export const COALESCER_BYTES = FLOWS * FLOW_BYTES;

/** Writes a virtio-net header and the packet after it to the device. The memory may be reused when it returns. */
export type WritePacket = (at: number, length: number) => void;

/** Coalesces the packets of one batch after another. */
export class Coalescer {
  readonly #memory: PacketMemory;
  readonly #joinUdp: boolean;
  readonly #packet: FlowPacket;
  readonly #flows: readonly CoalescedPacket[];
  /** Used for a further flow if all places are taken, so that the other flows continue to be coalesced. */
  readonly #shared: CoalescedPacket;

  /**
   * @param begin - offset of its `COALESCER_BYTES` in `memory`
   * @param joinUdp - whether the device accepts UDP super-packets (TUN_F_USO4 and TUN_F_USO6, Linux 6.2)
   */
  constructor(memory: PacketMemory, begin: number, joinUdp: boolean) {
    this.#memory = memory;
    this.#joinUdp = joinUdp;
    this.#packet = new FlowPacket(memory);
    const place = (i: number): CoalescedPacket => new CoalescedPacket(memory, begin + i * FLOW_BYTES + HEADROOM);
    this.#shared = place(FLOWS - 1);
    this.#flows = [...Array.from({ length: FLOWS - 1 }, (_, i) => place(i)), this.#shared];
  }

  /**
   * Adds one IP packet of exactly that length. The 10 octets before it are overwritten.
   * The packet is written or copied before this returns.
   */
  offer(at: number, length: number, write: WritePacket): void {
    const packet = this.#packet;
    if (!packet.read(at, length)) {
      this.flush(write);
      return this.#pass(at, length, write);
    }
    const joinable = packet.isCoalescable && (this.#joinUdp || packet.protocol === PROTOCOL_TCP);
    const flow = this.#flowOf(packet);
    if (flow) {
      if (joinable && flow.isContinuedBy(packet) && packet.isIntact()) return flow.append(packet);
      flow.flush(write);
    }
    // No segment may be appended to one with PSH, so copying it would be useless.
    if (!joinable || packet.hasPsh || !packet.isIntact()) return this.#pass(at, length, write);
    (flow ?? this.#vacate(write)).start(packet);
  }

  /** Writes all pending packets. Call it at the end of each batch. */
  flush(write: WritePacket): void {
    for (const flow of this.#flows) if (flow.isPending) flow.flush(write);
  }

  #pass(at: number, length: number, write: WritePacket): void {
    const header = at - VIRTIO_NET_HEADER_BYTES;
    writePlainVirtioHeader(this.#memory.view, header);
    write(header, VIRTIO_NET_HEADER_BYTES + length);
  }

  #flowOf(packet: FlowPacket): CoalescedPacket | undefined {
    for (const flow of this.#flows) if (flow.isFlowOf(packet)) return flow;
    return undefined;
  }

  #vacate(write: WritePacket): CoalescedPacket {
    for (const flow of this.#flows) if (!flow.isPending) return flow;
    this.#shared.flush(write);
    return this.#shared;
  }
}
