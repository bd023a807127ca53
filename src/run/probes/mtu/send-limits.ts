/**
 * The largest packet that this host can send on a path, before anything is sent.
 *
 * @module
 */
import type { PathFacts } from '../../../core/shapes/path.ts';
import { readDeviceMtu } from '../../../system/device-mtu.ts';

/** What this host can send. */
export interface SendLimits {
  /** Largest packet to try: where the device's MTU is not known, the kernel refuses what is larger. */
  readonly most: number;
  /** MTU of the device; `null` if it is not known. */
  readonly deviceMtu: number | null;
}

/** The largest IP packet; for IPv6 what one of the same payload has as IPv4 (RFC 791, RFC 8200 §3). */
const LARGEST = 65_535;

/** Reads the limits of a path. The MTU of a route is none of them: it is a hint, as a word of ICMP is. */
export function sendLimits({ device, mtu_bytes }: PathFacts): SendLimits {
  const deviceMtu = device === null ? null : readDeviceMtu(device);
  const most = Math.max(deviceMtu ?? 0, mtu_bytes ?? 0) || LARGEST;
  return { most: Math.min(LARGEST, most), deviceMtu: deviceMtu ?? mtu_bytes };
}
