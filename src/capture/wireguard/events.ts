/**
 * What happens in a capture, packet by packet: the lines of `--json-stream`.
 *
 * @module
 */

export interface EventPlace {
  readonly frame: number;
  /** Since the first frame with a time. */
  readonly at_ns: number | null;
  readonly source: string;
  readonly destination: string;
}

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
    /** Counters that are missing so far; some may still come. */
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

export type WireguardObserver = (event: WireguardEvent) => void;
