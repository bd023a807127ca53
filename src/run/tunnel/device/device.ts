/**
 * The interface of a tunnel device of this host.
 *
 * @module
 */
import type { DeviceChange, DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';

/** How to create the device. */
export interface TunnelDeviceOptions {
  /** 1 to 15 characters; the kernel replaces `%d` by a number. */
  readonly name: string;
  /** Largest packet inside the tunnel, in bytes. It limits padding. The caller sets it on the device too. */
  readonly mtu: number;
  /** Threads that encrypt and decrypt, 1 to 16; `null` to choose by the number of processors. */
  readonly threads: number | null;
  /** Called with the lines of a key log, with which all traffic of the tunnel can be decrypted; `null` for none. */
  readonly onKeylog: ((line: string) => void) | null;
}

/** A device that is open. */
export interface TunnelHostDevice {
  /** Name that the kernel assigned. */
  readonly name: string;
  /** Resolves with the reason when the device has ended, also after `close`. */
  readonly failed: Promise<Error>;
  /** Adds a listener for events of the engine. */
  onEvent(listener: (event: TunnelEvent) => void): void;
  /** The state of the device and its peers, with keys, which the caller zeroes. */
  status(): Promise<DeviceStatus>;
  /**
   * Applies a change completely, or not at all.
   *
   * @throws NetError `ERR_USAGE` for a port that is in use; others
   */
  configure(change: DeviceChange): Promise<void>;
  /** Removes the device and zeroes its keys. */
  close(): Promise<void>;
}
