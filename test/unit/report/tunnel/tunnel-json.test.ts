import { expect, test } from 'vitest';
import { tunnelJson } from '../../../../src/report/tunnel/tunnel-json.ts';
import { device, EMPTY, keyText, NOW, OFFICE, octets, peer, ranges, secondsAgo } from '../tunnel-samples.ts';

test('prints snake_case names with units, and null for what is not known', () => {
  const status = device({
    publicKey: octets(0x11),
    counts: { 'bad-mac1': 2 },
    peers: [
      peer(2),
      peer(3, {
        endpoint: { address: '::1', port: 9 },
        allowedIps: ranges('10.0.0.0/24'),
        lastHandshake: { ...secondsAgo(5), nanoseconds: 7 },
        handshakeRttNs: 1234,
        rxBytes: 1,
        txBytes: 2,
        persistentKeepaliveSeconds: 25,
        presharedKey: octets(9),
        counts: { replayed: 1 },
      }),
    ],
  });
  expect(JSON.parse(tunnelJson([status], { showKeys: false }))).toEqual({
    schema: 'winze-tunnel/1',
    devices: [
      {
        name: 'wg0',
        public_key: keyText(0x11),
        listen_port: 0,
        fwmark: 0,
        counts: { 'bad-mac1': 2 },
        peers: [
          {
            public_key: keyText(2),
            has_preshared_key: false,
            endpoint: null,
            allowed_ips: [],
            persistent_keepalive_s: 0,
            latest_handshake_unix_s: null,
            latest_handshake_fraction_ns: null,
            handshake_rtt_ns: null,
            rx_bytes: 0,
            tx_bytes: 0,
            counts: {},
          },
          {
            public_key: keyText(3),
            has_preshared_key: true,
            endpoint: '[::1]:9',
            allowed_ips: ['10.0.0.0/24'],
            persistent_keepalive_s: 25,
            latest_handshake_unix_s: NOW.seconds - 5,
            latest_handshake_fraction_ns: 7,
            handshake_rtt_ns: 1234,
            rx_bytes: 1,
            tx_bytes: 2,
            counts: { replayed: 1 },
          },
        ],
      },
    ],
  });
});

test('has private and preshared keys only when asked, and ends in a line break', () => {
  const hidden = tunnelJson([OFFICE, EMPTY], { showKeys: false });
  for (const secret of [keyText(1), keyText(9), '"private_key"', '"preshared_key"'])
    expect(hidden).not.toContain(secret);
  expect(hidden.endsWith('}\n')).toBe(true);
  const [office, empty] = JSON.parse(tunnelJson([OFFICE, EMPTY], { showKeys: true })).devices;
  expect([office.private_key, office.peers[0].preshared_key, office.peers[1].preshared_key]).toEqual([
    keyText(1),
    null,
    keyText(9),
  ]);
  expect(empty.private_key).toBeNull();
});
