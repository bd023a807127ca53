/**
 * WireGuard events of a capture, in the shape of the lines of `--json-stream`.
 *
 * @module
 */

/**
 * Fields of every event: which packet, when, and between which endpoints.
 */
export interface EventPlace {
  /** Number of the frame in the capture, from 1. */
  readonly frame: number;
  /** Time of day of this frame: RFC 3339, in UTC, with nanoseconds; `null` if it has none. */
  readonly time: string | null;
  /** Relative to the first frame with a time; `null` if this frame has none. */
  readonly at_ns: number | null;
  /** Address and port, as in `[2001:db8::1]:51820`. */
  readonly source: string;
  readonly destination: string;
}

/** One event, told apart by `event`. The fields are in docs/json.md. */
export type WireguardEvent = EventPlace &
  (
    | { readonly event: 'initiation'; readonly sender_index: number; readonly has_mac2: boolean }
    | {
        readonly event: 'response';
        readonly sender_index: number;
        readonly receiver_index: number;
        readonly latency_ns: number | null;
      }
    | { readonly event: 'cookie-reply'; readonly receiver_index: number }
    | { readonly event: 'keepalive'; readonly counter: number }
    | {
        readonly event: 'roam';
        readonly from: string;
        readonly to: string;
        readonly receiver_index: number;
        readonly counter: number;
      }
    /** Counters that are missing so far; some may arrive later. */
    | {
        readonly event: 'gap';
        readonly receiver_index: number;
        readonly first_counter: number;
        readonly counters: number;
      }
    | {
        readonly event: 'icmp';
        readonly router: string;
        readonly error: string;
        readonly next_hop_mtu_bytes: number | null;
      }
  );

/** Called once for each event, in the order of the capture. */
export type WireguardObserver = (event: WireguardEvent) => void;
