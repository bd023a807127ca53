/**
 * Results of searches for the path MTU, written out by hand.
 *
 * @module
 */
import type { MtuDirection, MtuResult } from '../../../../src/core/shapes/path/mtu.ts';

export function direction(changes: Partial<MtuDirection> = {}): MtuDirection {
  return {
    path_mtu_bytes: 1400,
    failed_bytes: 1401,
    sender_mtu_bytes: 1500,
    verdict: 'icmp-tells',
    words: '1400 octets pass, and 192.0.2.9 says by ICMP that no more do',
    reported: [{ mtu_bytes: 1400, origin: 'icmp', from: '192.0.2.9', count: 30 }],
    fragment_bytes: null,
    vanishes: null,
    probes_sent: 60,
    answers: 31,
    loss_ratio: 0,
    min_rtt_ns: 20e6,
    duration_ns: 700e6,
    ...changes,
  };
}

export function mtuResult(changes: Partial<MtuResult> = {}): MtuResult {
  return {
    test: 'mtu',
    protocol: 'udp',
    family: 4,
    source: { address: '192.0.2.77', device: 'eth0' },
    via: null,
    address: '198.51.100.7',
    port: 8888,
    method: 'padded datagrams, answered by the server',
    complete: true,
    error: null,
    warnings: [],
    duration_ns: 1.2e9,
    path_mtu_bytes: 1387,
    forward: direction(),
    backward: direction({
      path_mtu_bytes: 1387,
      failed_bytes: 1388,
      verdict: 'black-hole',
      words: 'black hole: 1388 octets and more vanish, no ICMP; 1387 pass',
      reported: [],
      vanishes: { after: { ttl: 2, address: '192.0.2.9' }, before: { ttl: 3, address: null } },
    }),
    tcp: null,
    wireguard: [
      { outer_family: 4, mtu_bytes: 1327, arithmetic: '1387 - 20 IP - 8 UDP - 16 header - 16 tag' },
      { outer_family: 6, mtu_bytes: 1307, arithmetic: '1387 - 40 IP - 8 UDP - 16 header - 16 tag' },
    ],
    tunnel_device: null,
    findings: ['the two directions differ: 1400 octets pass from here, 1387 towards here'],
    compared: null,
    ...changes,
  };
}
