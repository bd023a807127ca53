/**
 * Messages between the main thread and the thread of a tunnel device.
 *
 * @module
 */
import type { ErrorCode } from '../../../core/errors.ts';
import type { DeviceChange, DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';

/** Parameters of the thread. */
export interface DeviceThreadPlan {
  readonly name: string;
  readonly mtu: number;
  /** Threads that encrypt and decrypt, this one included. */
  readonly threads: number;
  /** Whether secrets of handshakes are sent to the main thread, for a key log. */
  readonly keylog: boolean;
  /** An eventfd that is readable when there is a message for the thread. */
  readonly wakeFd: number;
}

/** Commands to the thread; the report to each has the same `id`. */
export type DeviceCommand =
  | { readonly tag: 'configure'; readonly id: number; readonly change: DeviceChange }
  | { readonly tag: 'status'; readonly id: number }
  | { readonly tag: 'close'; readonly id: number };

/** An error as a message. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Messages from the thread. */
export type DeviceReport =
  | { readonly tag: 'opened'; readonly name: string }
  | { readonly tag: 'done'; readonly id: number; readonly status: DeviceStatus | null }
  | { readonly tag: 'refused'; readonly id: number; readonly failure: Failure }
  | { readonly tag: 'events'; readonly events: readonly TunnelEvent[] }
  | { readonly tag: 'keylog'; readonly line: string }
  | { readonly tag: 'failed'; readonly failure: Failure };
