/**
 * What is told while a tunnel is brought up, carries, and is taken down.
 *
 * @module
 */
import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import type { TunnelEvent } from '../wireguard/events.ts';
import type { ForwardingFinding } from './forwarding.ts';

export type UpEvent =
  /** Something is about to be done, or undone. */
  | { readonly tag: 'step'; readonly words: string }
  /** What could not be undone, or is not done; the tunnel goes on. */
  | { readonly tag: 'warning'; readonly message: string }
  | { readonly tag: 'up'; readonly device: string; readonly mtu: number; readonly listenPort: number }
  /** The name of a peer's endpoint has this address now, and the peer is written to there. */
  | {
      readonly tag: 'resolved';
      readonly publicKey: Uint8Array;
      readonly host: string;
      readonly endpoint: Endpoint;
    }
  | { readonly tag: 'tunnel'; readonly event: TunnelEvent }
  | { readonly tag: 'forwarding'; readonly finding: ForwardingFinding };
