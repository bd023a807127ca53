/**
 * What a search for the path MTU needs of a socket: probes of a size and a TTL out, what became of them in.
 *
 * @module
 */

/** The searches that share a socket. The number of a probe tells to which one it belongs. */
export const CHANNEL = { forward: 0, backward: 1, hops: 2 } as const;
/** Numbers of each channel; a search sends far fewer probes. */
const CHANNEL_SIZE = 0x100_0000;

/** The number of a probe on the wire, of 32 bits. */
export function probeNumber(channel: number, id: number): number {
  return channel * CHANNEL_SIZE + id;
}

/** The channel of a probe, and its number there. */
export function probeOf(number: number): { readonly channel: number; readonly id: number } {
  return { channel: Math.floor(number / CHANNEL_SIZE), id: number % CHANNEL_SIZE };
}

/** A probe to send. */
export interface OutgoingProbe {
  readonly number: number;
  /** Octets of IP packet: of the probe, or of its answer in the channel `backward`. */
  readonly size: number;
  /** TTL or hop limit; `null` for that of the system. */
  readonly ttl: number | null;
}

/** What became of a probe that was to be sent: the kernel took it, or not for its size, or not now. */
export type SendResult =
  | { readonly tag: 'sent' }
  | { readonly tag: 'too-large'; readonly most: number | null }
  | { readonly tag: 'failed'; readonly reason: string };

/** What a socket reports. */
export type PortEvent =
  /** The target acknowledged a probe, of the right size. */
  | { readonly tag: 'answer'; readonly number: number; readonly from: string | null }
  /** A probe, or the server's answer, arrived in fragments. */
  | { readonly tag: 'fragmented'; readonly number: number; readonly fragmentBytes: number }
  /** A router said what fits: of a probe to the target, or of an answer of the server. */
  | { readonly tag: 'hint'; readonly way: 'forward' | 'backward'; readonly mtu: number; readonly from: string | null }
  /** A router said that the TTL of a probe was exceeded. */
  | { readonly tag: 'exceeded'; readonly number: number; readonly from: string | null }
  /** The server's system does not send an answer of this size. */
  | { readonly tag: 'refused'; readonly number: number; readonly most: number }
  /** Somebody said that the target cannot be reached. */
  | { readonly tag: 'unreachable'; readonly reason: string; readonly from: string | null };

/** A socket for probes. */
export interface MtuPort {
  readonly fd: number;
  /** Answers that could not be told apart, because they quote too little of the probe. */
  readonly unmatched: number;
  send(probe: OutgoingProbe): SendResult;
  /** What was received since the last call, without waiting. */
  receive(): readonly PortEvent[];
  close(): void;
}
