/**
 * One allocation for the data path of a tunnel. Packets are read, encrypted and sent within it, and every position is
 * an offset.
 *
 * ```text
 * received   RECEIVE_MESSAGES messages of 64 KiB, each with the datagrams that UDP_GRO joined
 * device     result of a read from the TUN device: virtio-net header and packet
 * decrypted  decrypted packets of one such message, and a verdict on each
 * outgoing   encrypted datagrams, one after the other
 * joined     packets to be written to the TUN device
 * scratches  one packet for each thread, while it is encrypted or decrypted
 * ```
 *
 * Each part is preceded by headroom for the cipher.
 *
 * @module
 */
import type { Libc } from '../../../native/libc.ts';
import type { Memory } from '../../../native/memory/memory.ts';
import { CIPHER_HEADROOM } from '../../../native/udp/packet-bounds.ts';
import { MESSAGE_BYTES } from '../../../native/udp/udp-receiver.ts';
import { VERDICT_BYTES } from './message-decrypter.ts';

/** Messages that one recvmmsg() receives at most: 512 KiB of buffers. */
export const RECEIVE_MESSAGES = 8;
/** Most packets decrypted in one job: twice what UDP_GRO joins (UDP_GRO_CNT_MAX of Linux is 64). */
export const DECRYPTED_PACKETS = 128;
/** Largest IP packet, with the virtio-net header before it and padding and tag after it. */
const PACKET_BYTES = 65_536 + 64;
const DECRYPTED_BYTES = MESSAGE_BYTES + DECRYPTED_PACKETS * (CIPHER_HEADROOM + 16);
const OUTGOING_BYTES = 512 * 1024;

/** The memory and the offsets of its parts. */
export interface Arena {
  readonly memory: Memory;
  readonly received: number;
  readonly device: number;
  readonly decrypted: number;
  readonly verdicts: number;
  readonly outgoing: { readonly begin: number; readonly end: number };
  readonly joined: { readonly begin: number; readonly end: number };
  /** The first one belongs to the thread that created the arena. */
  readonly scratches: readonly number[];
  /** Frees the memory. */
  free(): void;
}

/** Size of the part for reads from the device, in octets. */
export const DEVICE_READ_BYTES = PACKET_BYTES;

/**
 * Allocates an arena.
 *
 * @param allocator - gives zeroed memory, and takes it back
 * @param joinedBytes - size of the part for packets to the TUN device
 * @param threads - number of threads that encrypt and decrypt
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
  const decrypted = place(DECRYPTED_BYTES);
  const verdicts = place(VERDICT_BYTES * DECRYPTED_PACKETS);
  const outgoing = place(OUTGOING_BYTES);
  const joined = place(joinedBytes);
  const scratches = Array.from({ length: threads }, () => place(PACKET_BYTES));
  const memory = allocator.allocate(at + CIPHER_HEADROOM);
  return {
    memory,
    received,
    device,
    decrypted,
    verdicts,
    outgoing: { begin: outgoing, end: outgoing + OUTGOING_BYTES },
    joined: { begin: joined, end: joined + joinedBytes },
    scratches,
    free: () => allocator.free(memory),
  };
}
