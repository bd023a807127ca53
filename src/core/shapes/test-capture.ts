/**
 * What captures of a test at its two ends tell of the tunnel that it went through.
 *
 * Counts only: no packet, no address and no port leaves the end that captured.
 *
 * @module
 */

/**
 * Why an end has no counts: its operator does not allow it, nothing there can capture or may, it has too many
 * captures already, it does not know where the tunnel's packets pass, or the capture broke off.
 */
export type CaptureReason = 'not-allowed' | 'cannot' | 'busy' | 'no-path' | 'broken';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** One direction of one session of WireGuard: the data messages with one receiver index. */
export interface CapturedLane {
  readonly receiver_index: number;
  /** Different counters that passed. */
  readonly received: number;
  /** Counters between the smallest and the largest that did not pass. */
  readonly lost: number;
  readonly counter_min: number;
  readonly counter_max: number;
  /** Whether the session began while the capture ran, so that its first counter was 0. */
  readonly is_whole: boolean;
}

/** Data messages of WireGuard in one direction, in the order in which their sessions began. */
export interface CapturedWay {
  readonly lanes: readonly CapturedLane[];
  /** Of type 4, keepalives and copies included. */
  readonly messages: number;
  readonly keepalives: number;
  /** IP packets outside. */
  readonly outer_bytes: number;
  /** IP packets inside: padding of up to 15 octets is encrypted too, so two bounds. */
  readonly inner_bytes: Bounds;
  /** Too late to be told from copies: each may make the lost one too many. */
  readonly stale: number;
}

/** What one end counted while a test ran, or why it did not. */
export interface EndCapture {
  readonly reason: CaptureReason | null;
  readonly device: string | null;
  /** Packets that the capture lost for want of room; `null`: it did not say. */
  readonly kernel_drops: number | null;
  /** As this end sent and received. `null`: nothing of a tunnel passed. */
  readonly sent: CapturedWay | null;
  readonly received: CapturedWay | null;
}

/** One direction of a test, as the captures have it. */
export interface CapturedDirection {
  /** Different data messages at the capture of the sending, and of the receiving end. */
  readonly messages_sent: number | null;
  readonly messages_received: number | null;
  /** Sent by the tunnel, and not seen by the capture of the receiving end. */
  readonly lost: number | null;
  readonly loss_ratio: number | null;
  /** Those of them that the capture of the sending end has not seen either: they never left its host. */
  readonly lost_at_sender: number | null;
  readonly lost_on_path: number | null;
  readonly keepalives: number | null;
  /** IP packets of the tunnel on the line, as the client's capture has them, or else the server's. */
  readonly outer_bytes: number | null;
  /** IP packets inside the tunnel, the same messages. */
  readonly inner_bytes: Bounds | null;
  readonly outer_bytes_per_inner_byte: Bounds | null;
  readonly outer_bytes_per_payload_byte: number | null;
}

export interface TestCapture {
  readonly client: Pick<EndCapture, 'device' | 'kernel_drops'> & { readonly reason: CaptureReason | null };
  readonly server: Pick<EndCapture, 'device' | 'kernel_drops'> & { readonly reason: CaptureReason | 'silent' | null };
  readonly up: CapturedDirection;
  readonly down: CapturedDirection;
  /** What is missing and why, in words. */
  readonly notes: readonly string[];
}

/** Sessions that an end tells of: one lasts two minutes. */
export const MAX_CAPTURED_LANES = 64;

/** Counts of an end that has none. */
export function uncaptured(reason: CaptureReason, device: string | null = null): EndCapture {
  return { reason, device, kernel_drops: null, sent: null, received: null };
}
