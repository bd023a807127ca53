/**
 * The secret parts of what is told of a tunnel device, and to one.
 *
 * @module
 */
import type { DeviceChange, DeviceStatus } from './tunnel-config.ts';

/** Zeroes private and preshared keys, in place: whoever was to have them has copies. */
export function wipeSecrets({ privateKey, peers }: DeviceChange | DeviceStatus): void {
  privateKey?.fill(0);
  for (const { presharedKey } of peers) presharedKey?.fill(0);
}
