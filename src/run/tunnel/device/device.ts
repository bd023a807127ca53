/**
 * A tunnel device of this host as the rest of the program sees it, whatever carries its packets.
 *
 * @module
 */
import type { DeviceChange, DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';

export interface TunnelDeviceOptions {
  /** 1 to 15 characters; `%d` in it is replaced by the kernel. */
  readonly name: string;
  /** Largest packet inside; it decides about padding and is to be set on the device too. */
  readonly mtu: number;
  /** Threads that seal and open, 1 to 16; `null` for what suits this host. */
  readonly threads: number | null;
  /** Takes the lines of a key log, with which anyone can decrypt what the tunnel carries; `null` for none. */
  readonly onKeylog: ((line: string) => void) | null;
}

export interface TunnelHostDevice {
  /** As the kernel gave it. */
  readonly name: string;
  /** Settles when the device can carry no more, also by `close`. */
  readonly failed: Promise<Error>;
  onEvent(listener: (event: TunnelEvent) => void): void;
  status(): Promise<DeviceStatus>;
  /** All of a change, or nothing of it. @throws NetError, `ERR_USAGE` for a port that is taken */
  configure(change: DeviceChange): Promise<void>;
  /** Takes the device away; its keys are zeroed. */
  close(): Promise<void>;
}
