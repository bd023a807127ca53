/**
 * Erasing the secret keys in changes and in the status of a tunnel device.
 *
 * @module
 */
import type { DeviceChange, DeviceStatus } from './tunnel-config.ts';

/** Zeroes private and preshared keys in place. Call it after the receiver has copied them. */
export function wipeSecrets({ privateKey, peers }: DeviceChange | DeviceStatus): void {
  privateKey?.fill(0);
  for (const { presharedKey } of peers) presharedKey?.fill(0);
}
