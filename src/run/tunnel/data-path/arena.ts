/**
 * One piece of memory for a tunnel's data path, so that a packet is read, sealed and sent without
 * leaving it and every place in it is an offset.
 *
 * ```text
 * received   RECEIVE_MESSAGES messages of 64 KiB, each with the datagrams that UDP_GRO joined
 * device     what a read from the TUN device gave: virtio-net header and packet
 * opened     packets of one such message, and a verdict on each
 * outgoing   sealed datagrams, one after the other
 * joined     packets on their way to the TUN device
 * scratches  one packet for each thread, as it is sealed or opened
 * ```
 *
 * Each part has room for a cipher's headroom before it.
 *
 * @module
 */
import type { Libc } from '../../../native/libc.ts';
import type { Memory } from '../../../native/memory/memory.ts';
import { CIPHER_HEADROOM } from '../../../native/udp/packet-bounds.ts';
import { MESSAGE_BYTES } from '../../../native/udp/udp-receiver.ts';
import { VERDICT_BYTES } from './opening.ts';

export const RECEIVE_MESSAGES = 8;
/** Datagrams that UDP_GRO joins at most (UDP_GRO_CNT_MAX of Linux), and more than that of tiny ones. */
export const OPENED_PACKETS = 128;
/** Largest IP packet, with the virtio-net header before it and padding and tag after it. */
const PACKET_BYTES = 65_536 + 64;
const OPENED_BYTES = MESSAGE_BYTES + OPENED_PACKETS * (CIPHER_HEADROOM + 16);
const OUTGOING_BYTES = 512 * 1024;

export interface Arena {
  readonly memory: Memory;
  readonly received: number;
  readonly device: number;
  readonly opened: number;
  readonly verdicts: number;
  readonly outgoing: { readonly begin: number; readonly end: number };
  readonly joined: { readonly begin: number; readonly end: number };
  /** The first is of the thread that made the arena. */
  readonly scratches: readonly number[];
  /** Returns the memory. Nobody may use it afterwards. */
  free(): void;
}

export const DEVICE_READ_BYTES = PACKET_BYTES;

/**
 * @param allocator - gives zeroed memory, and takes it back
 * @param joinedBytes - what the packets on their way in need
 * @param threads - that seal and open
 */
export function createArena(allocator: Pick<Libc, 'allocate' | 'free'>, joinedBytes: number, threads: number): Arena {
  let at = 0;
  const place = (bytes: number): number => {
    const begin = (at + CIPHER_HEADROOM + 15) & ~15;
    at = begin + bytes;
    return begin;
  };
  const received = place(RECEIVE_MESSAGES * MESSAGE_BYTES);
  const device = place(PACKET_BYTES);
  const opened = place(OPENED_BYTES);
  const verdicts = place(VERDICT_BYTES * OPENED_PACKETS);
  const outgoing = place(OUTGOING_BYTES);
  const joined = place(joinedBytes);
  const scratches = Array.from({ length: threads }, () => place(PACKET_BYTES));
  const memory = allocator.allocate(at + CIPHER_HEADROOM);
  return {
    memory,
    received,
    device,
    opened,
    verdicts,
    outgoing: { begin: outgoing, end: outgoing + OUTGOING_BYTES },
    joined: { begin: joined, end: joined + joinedBytes },
    scratches,
    free: () => allocator.free(memory),
  };
}
