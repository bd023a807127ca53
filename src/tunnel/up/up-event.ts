/**
 * What is told while a tunnel is brought up, carries, and is taken down.
 *
 * @module
 */
import type { TunnelEvent } from '../wireguard/events.ts';
import type { ForwardingFinding } from './forwarding.ts';

export type UpEvent =
  /** Something is about to be done, or undone. */
  | { readonly tag: 'step'; readonly words: string }
  /** What could not be undone, or is not done; the tunnel goes on. */
  | { readonly tag: 'warning'; readonly message: string }
  | { readonly tag: 'up'; readonly device: string; readonly mtu: number; readonly listenPort: number }
  | { readonly tag: 'tunnel'; readonly event: TunnelEvent }
  | { readonly tag: 'forwarding'; readonly finding: ForwardingFinding };
