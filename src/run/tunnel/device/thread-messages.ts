/**
 * What the main thread and the thread of a tunnel device tell each other.
 *
 * @module
 */
import type { ErrorCode } from '../../../core/errors.ts';
import type { DeviceChange, DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';

/** Given to the thread when it starts. */
export interface DeviceThreadPlan {
  readonly name: string;
  readonly mtu: number;
  /** Threads that seal and open, this one included. */
  readonly threads: number;
  /** Whether handshake secrets go to the main thread, for a key log. */
  readonly keylog: boolean;
  /** An eventfd that becomes readable when there is a message for the thread. */
  readonly wakeFd: number;
}

export type DeviceCommand =
  | { readonly tag: 'configure'; readonly id: number; readonly change: DeviceChange }
  | { readonly tag: 'status'; readonly id: number }
  | { readonly tag: 'close'; readonly id: number };

export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

export type DeviceReport =
  | { readonly tag: 'opened'; readonly name: string }
  | { readonly tag: 'done'; readonly id: number; readonly status: DeviceStatus | null }
  | { readonly tag: 'refused'; readonly id: number; readonly failure: Failure }
  | { readonly tag: 'events'; readonly events: readonly TunnelEvent[] }
  | { readonly tag: 'keylog'; readonly line: string }
  | { readonly tag: 'failed'; readonly failure: Failure };
