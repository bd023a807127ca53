/**
 * Bytes and packets sent and received by one network device.
 *
 * From /proc/net/dev, which has the same counters as `/sys/class/net/DEV/statistics` (both are `dev_get_stats()`) but
 * always those of the reader's own network namespace; see kernel-files.ts. The driver decides what counts as bytes: the
 * loopback device counts IP packets; veth and network cards count the Ethernet header too; none counts preamble, FCS
 * and gap. A GSO packet that leaves a veth unsegmented counts once (seen: 58 kB a packet for TCP), so the headers of
 * its segments are missing and bytes per payload are too low. The driver of a card that segments it counts what it
 * sends.
 *
 * @module
 */
import { join } from 'node:path';
import type { WireCount } from '../core/shapes/result.ts';
import { readText, SYSTEM_ROOTS, type SystemRoots } from './files/kernel-files.ts';

/** Counters since the device was created. */
export interface DeviceCounters {
  readonly txBytes: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly rxPackets: number;
}

/** Reads the counters of a device; `null` if there is no device of that name, or no /proc. Never throws. */
export function readDeviceCounters(device: string, roots: SystemRoots = SYSTEM_ROOTS): DeviceCounters | null {
  const table = readText(join(roots.proc, 'net/dev'));
  return table === null ? null : parseDeviceCounters(table, device);
}

/**
 * Finds one device in the text of /proc/net/dev: `NAME: ` and 16 numbers. The first two are bytes and packets received,
 * the ninth and tenth bytes and packets sent (net/core/net-procfs.c).
 */
export function parseDeviceCounters(table: string, device: string): DeviceCounters | null {
  for (const line of table.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0 || line.slice(0, colon).trim() !== device) continue;
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const [rxBytes, rxPackets, , , , , , , txBytes, txPackets] = fields;
    if (rxBytes === undefined || rxPackets === undefined || txBytes === undefined || txPackets === undefined)
      return null;
    return fields.every(Number.isFinite) ? { txBytes, rxBytes, txPackets, rxPackets } : null;
  }
  return null;
}

/** Returns the difference of two readings; `null` if one is missing or a counter decreased. */
export function wireCountSince(
  before: DeviceCounters | null,
  after: DeviceCounters | null,
  device: string,
): WireCount | null {
  if (before === null || after === null) return null;
  const count = {
    device,
    tx_bytes: after.txBytes - before.txBytes,
    rx_bytes: after.rxBytes - before.rxBytes,
    tx_packets: after.txPackets - before.txPackets,
    rx_packets: after.rxPackets - before.rxPackets,
  };
  // The device was created again in between, or has 32-bit counters that wrapped.
  const backwards = Math.min(count.tx_bytes, count.rx_bytes, count.tx_packets, count.rx_packets) < 0;
  return backwards ? null : count;
}
