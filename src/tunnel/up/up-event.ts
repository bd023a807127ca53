/**
 * Events while a tunnel is brought up, runs, and is taken down.
 *
 * @module
 */
import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import type { TunnelEvent } from '../wireguard/events.ts';
import type { ForwardingFinding } from './forwarding.ts';

/** Events of `winze tunnel up`. */
export type UpEvent =
  /** An action is about to be done or undone; `words` is its command line. */
  | { readonly tag: 'step'; readonly words: string }
  /** An action that failed or could not be undone; the tunnel continues. */
  | { readonly tag: 'warning'; readonly message: string }
  | { readonly tag: 'up'; readonly device: string; readonly mtu: number; readonly listenPort: number }
  /** The name of a peer's endpoint resolved to a new address, which is now in use. */
  | {
      readonly tag: 'resolved';
      readonly publicKey: Uint8Array;
      readonly host: string;
      readonly endpoint: Endpoint;
    }
  | { readonly tag: 'tunnel'; readonly event: TunnelEvent }
  | { readonly tag: 'forwarding'; readonly finding: ForwardingFinding };
