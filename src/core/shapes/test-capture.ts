/**
 * Counts of a tunnel's packets during a test, from captures at its two ends.
 *
 * These are counts only: no packet, address or port is sent to the other end.
 *
 * @module
 */

/**
 * Why an end has no counts. `not-allowed`: its operator does not allow captures. `cannot`: the host cannot capture, or
 * lacks the privilege. `busy`: it runs too many captures already. `no-path`: it does not know the device that the
 * tunnel's packets use. `broken`: the capture failed.
 */
export type CaptureReason = 'not-allowed' | 'cannot' | 'busy' | 'no-path' | 'broken';

/** Lower and upper bound of a count that is not known exactly. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** One direction of one session of WireGuard: the data messages with one receiver index. */
export interface CapturedSession {
  readonly receiver_index: number;
  /** Messages with different counters. */
  readonly received: number;
  /** Counters missing between the smallest and the largest. */
  readonly lost: number;
  readonly counter_min: number;
  readonly counter_max: number;
  /** Whether the session began during the capture, so that its first counter was 0. */
  readonly is_whole: boolean;
}

/** Data messages of WireGuard in one direction. */
export interface CapturedMessages {
  /** In the order in which the sessions began. */
  readonly lanes: readonly CapturedSession[];
  /** Data messages (type 4), including keepalives and copies. */
  readonly messages: number;
  readonly keepalives: number;
  /** Size of the outer IP packets. */
  readonly outer_bytes: number;
  /** Size of the inner IP packets. Two bounds, because up to 15 octets of padding are encrypted with each packet. */
  readonly inner_bytes: Bounds;
  /** Messages too old to be told from copies: each may make `lost` one too high. */
  readonly stale: number;
}

/** Counts of one end during a test, or why it has none. */
export interface EndCapture {
  readonly reason: CaptureReason | null;
  readonly device: string | null;
  /** Packets that the capture lost because its buffer was full; `null`: not known. */
  readonly kernel_drops: number | null;
  /** Tunnel packets that this end sent, and received. `null`: none were seen. */
  readonly sent: CapturedMessages | null;
  readonly received: CapturedMessages | null;
}

/** One direction of a test, from the captures of both ends. */
export interface CapturedDirection {
  /** Distinct data messages in the capture of the sender. */
  readonly messages_sent: number | null;
  /** Distinct data messages in the capture of the receiver. */
  readonly messages_received: number | null;
  /** Data messages that the tunnel sent and that the capture of the receiver did not see. */
  readonly lost: number | null;
  readonly loss_ratio: number | null;
  /** Those that the capture of the sender did not see either: they never left its host. */
  readonly lost_at_sender: number | null;
  readonly lost_on_path: number | null;
  readonly keepalives: number | null;
  /** Size of the outer IP packets, from the client's capture if it has them, otherwise from the server's. */
  readonly outer_bytes: number | null;
  /** Size of the inner IP packets of the same messages. */
  readonly inner_bytes: Bounds | null;
  readonly outer_bytes_per_inner_byte: Bounds | null;
  readonly outer_bytes_per_payload_byte: number | null;
}

/** Counts of a tunnel's packets during one test, in the result document. */
export interface TestCapture {
  readonly client: Pick<EndCapture, 'device' | 'kernel_drops'> & { readonly reason: CaptureReason | null };
  readonly server: Pick<EndCapture, 'device' | 'kernel_drops'> & { readonly reason: CaptureReason | 'silent' | null };
  readonly up: CapturedDirection;
  readonly down: CapturedDirection;
  /** What is missing and why, in words. */
  readonly notes: readonly string[];
}

/** Most sessions in the counts of one end. A session lasts two minutes, so this covers a test of two hours. */
export const MAX_CAPTURED_SESSIONS = 64;

/** Makes the report of an end that has no counts. */
export function withoutCapture(reason: CaptureReason, device: string | null = null): EndCapture {
  return { reason, device, kernel_drops: null, sent: null, received: null };
}
