/**
 * Metrics of the WireGuard devices of a host, of any implementation.
 *
 * @module
 */
import { formatEndpoint } from '../core/address.ts';
import type { DeviceStatus } from '../core/shapes/tunnel-config.ts';
import { NS_PER_S } from '../core/time.ts';
import type { Exposition, Labels, Sample } from './exposition.ts';

/** A device that was read. A peer is known by its public key, in base64. */
export interface TunnelStatus {
  readonly device: Pick<DeviceStatus, 'name' | 'counts' | 'peers'>;
  readonly keyText: (publicKey: Uint8Array) => string;
}

/**
 * Adds the metrics of devices.
 *
 * @param unread - devices that did not answer, or that this process may not read
 */
export function addTunnelMetrics(out: Exposition, tunnels: readonly TunnelStatus[], unread: readonly string[]): void {
  const ofPeers = (sample: (peer: DeviceStatus['peers'][number], labels: Labels) => Sample): readonly Sample[] =>
    tunnels.flatMap(({ device, keyText }) =>
      device.peers.map((peer) => sample(peer, { device: device.name, peer: keyText(peer.publicKey) })),
    );
  out.gauge('winze_tunnel_up', 'Whether the WireGuard device answers: 1 or 0.', [
    ...tunnels.map(({ device }): Sample => [{ device: device.name }, 1]),
    ...unread.map((device): Sample => [{ device }, 0]),
  ]);
  out.gauge(
    'winze_tunnel_info',
    'A constant 1, with the endpoint of a peer; empty if it has none.',
    ofPeers(({ endpoint }, labels) => [
      { ...labels, endpoint: endpoint ? formatEndpoint(endpoint.address, endpoint.port) : '' },
      1,
    ]),
  );
  out.gauge(
    'winze_tunnel_last_handshake_timestamp_seconds',
    'Completion of the last handshake since 1970 in seconds; there is no series before the first.',
    ofPeers(({ lastHandshake }, labels) => [
      labels,
      lastHandshake && lastHandshake.seconds + lastHandshake.nanoseconds / NS_PER_S,
    ]),
  );
  out.counter(
    'winze_tunnel_bytes_total',
    'Octets of WireGuard messages, without headers of UDP and IP.',
    tunnels.flatMap(({ device, keyText }) =>
      device.peers.flatMap((peer): Sample[] => {
        const labels = { device: device.name, peer: keyText(peer.publicKey) };
        return [
          [{ ...labels, direction: 'receive' }, peer.rxBytes],
          [{ ...labels, direction: 'transmit' }, peer.txBytes],
        ];
      }),
    ),
  );
  out.counter(
    'winze_tunnel_events_total',
    'Packets that a tunnel of winze dropped, by reason, and its other events; the kernel does not tell them.',
    tunnels.flatMap(({ device }) => {
      const sums = new Map<string, number>();
      for (const counts of [device.counts, ...device.peers.map((peer) => peer.counts)]) {
        for (const [event, count] of Object.entries(counts)) sums.set(event, (sums.get(event) ?? 0) + count);
      }
      return [...sums].map(([event, count]): Sample => [{ device: device.name, event }, count]);
    }),
  );
}
