/**
 * Reads the counters that show whether this host forwards packets from a tunnel.
 *
 * @module
 */
import { join } from 'node:path';
import { readDeviceCounters } from '../../../system/counters.ts';
import { isDeviceName, readText, SYSTEM_ROOTS, type SystemRoots } from '../../../system/files/kernel-files.ts';
import { parseSnmp, parseSnmp6 } from '../../../system/snmp.ts';
import type { FamilySample, ForwardingSample } from '../../../tunnel/up/forwarding.ts';

/** Reads the counters of a device; `null` if the device does not exist, or without /proc. Never throws. */
export function readForwardingSample(device: string, roots: SystemRoots = SYSTEM_ROOTS): ForwardingSample | null {
  const counters = isDeviceName(device) ? readDeviceCounters(device, roots) : null;
  if (counters === null) return null;
  return {
    outOfTunnel: counters.rxPackets,
    intoTunnel: counters.txPackets,
    ip4: readIp4(device, roots),
    ip6: readIp6(device, roots),
  };
}

function readIp4(device: string, { proc }: SystemRoots): FamilySample | null {
  const snmp = readText(join(proc, 'net/snmp')) ?? '';
  const undelivered = parseSnmp(snmp, 'Ip', 'InAddrErrors');
  const forwarded = parseSnmp(snmp, 'Ip', 'ForwDatagrams');
  if (undelivered === null || forwarded === null) return null;
  return { forwards: isOn(join(proc, 'sys/net/ipv4/conf', device, 'forwarding')), undelivered, forwarded };
}

/** IPv6 counts by device. A host that does not forward counts such packets as packets without a route too. */
function readIp6(device: string, { proc }: SystemRoots): FamilySample | null {
  const snmp = readText(join(proc, 'net/dev_snmp6', device)) ?? '';
  const addrErrors = parseSnmp6(snmp, 'Ip6InAddrErrors');
  const noRoutes = parseSnmp6(snmp, 'Ip6InNoRoutes');
  const forwarded = parseSnmp6(snmp, 'Ip6OutForwDatagrams');
  if (addrErrors === null || noRoutes === null || forwarded === null) return null;
  const forwards = isOn(join(proc, 'sys/net/ipv6/conf/all/forwarding'));
  return { forwards, undelivered: addrErrors + noRoutes, forwarded };
}

function isOn(path: string): boolean {
  return readText(path)?.trim() !== '0';
}
