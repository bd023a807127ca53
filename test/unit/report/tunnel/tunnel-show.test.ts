import { describe, expect, test } from 'vitest';
import type { DeviceStatus } from '../../../../src/core/shapes/tunnel-config.ts';
import { tunnelShow } from '../../../../src/report/tunnel/tunnel-show.ts';
import { device, EMPTY, keyText, NOW, OFFICE, octets, peer, secondsAgo } from '../tunnel-samples.ts';

const show = (...devices: readonly DeviceStatus[]) => tunnelShow(devices, { now: NOW, showKeys: false });
const lineOf = (fields: Parameters<typeof peer>[1], label: string) =>
  show(device({ peers: [peer(2, fields)] }))
    .split('\n')
    .find((line) => line.startsWith(`  ${label}: `))
    ?.slice(label.length + 4);

test('prints devices and peers as wg show does, the most recent handshake first', () => {
  expect(show(OFFICE, EMPTY)).toBe(`interface: wg0
  public key: ${keyText(0x11)}
  private key: (hidden)
  listening port: 51820
  fwmark: 0xca6c

peer: ${keyText(4)}
  endpoint: 192.0.2.1:1
  allowed ips: 0.0.0.0/0
  latest handshake: 2 seconds ago

peer: ${keyText(3)}
  preshared key: (hidden)
  endpoint: [2001:db8::1]:51820
  allowed ips: 10.0.0.0/24, fd00::/64
  latest handshake: 1 minute, 3 seconds ago
  transfer: 1.00 KiB received, 1023 B sent
  persistent keepalive: every 25 seconds

peer: ${keyText(2)}
  allowed ips: (none)

interface: wg1
`);
});

test('prints nothing of no device', () => {
  expect(show()).toBe('');
});

test('shows keys only when asked', () => {
  const secrets = [keyText(1), keyText(9)];
  for (const secret of secrets) expect(show(OFFICE)).not.toContain(secret);
  const shown = tunnelShow([OFFICE], { now: NOW, showKeys: true });
  expect(shown).toContain(`  private key: ${keyText(1)}\n`);
  expect(shown).toContain(`  preshared key: ${keyText(9)}\n`);
});

describe('in the words of wg(8)', () => {
  // As printed by wg 1.0.20210914 for a device with these values.
  test.each([
    [0, 'Now'],
    [1, '1 second ago'],
    [60, '1 minute ago'],
    [2 * 86_400, '2 days ago'],
    [400 * 86_400 + 3 * 3600 + 61, '1 year, 35 days, 3 hours, 1 minute, 1 second ago'],
    [-1000, '(System clock wound backward; connection problems may ensue.)'],
  ])('a handshake %i seconds ago is "%s"', (seconds, text) => {
    expect(lineOf({ lastHandshake: secondsAgo(seconds) }, 'latest handshake')).toBe(text);
  });

  test.each([
    [1, 0, '1 B received, 0 B sent'],
    [2 ** 20 - 1, 0, '1024.00 KiB received, 0 B sent'],
    [1.25 * 2 ** 30, 5.5 * 2 ** 20, '1.25 GiB received, 5.50 MiB sent'],
    [0, 2 ** 41 + 12_345_678_912, '0 B received, 2.01 TiB sent'],
  ])('%d and %d bytes are "%s"', (rxBytes, txBytes, text) => {
    expect(lineOf({ rxBytes, txBytes }, 'transfer')).toBe(text);
  });

  test('an interval has its parts too', () => {
    expect(lineOf({ persistentKeepaliveSeconds: 65_535 }, 'persistent keepalive')).toBe(
      'every 18 hours, 12 minutes, 15 seconds',
    );
  });
});

describe('beyond wg(8)', () => {
  test('the round trip of the handshake, where it was measured', () => {
    expect(lineOf({ handshakeRttNs: 1_530_000 }, 'handshake RTT')).toBe('1.53 ms');
    expect(lineOf({}, 'handshake RTT')).toBeUndefined();
  });

  test('counts of device and peer, the most frequent first, and none that is zero', () => {
    expect(lineOf({ counts: { replayed: 1, 'handshake-completed': 7, 'no-peer': 0, aa: 1 } }, 'events')).toBe(
      '7 handshake-completed, 1 aa, 1 replayed',
    );
    expect(lineOf({ counts: { replayed: 0 } }, 'events')).toBeUndefined();
    expect(show(device({ counts: { 'bad-mac1': 3 } }))).toBe('interface: wg0\n  events: 3 bad-mac1\n');
  });
});

test('what came from elsewhere cannot steer the terminal', () => {
  const hostile = device({
    name: 'wg\x1b]0;x\x07\u202e\n',
    peers: [peer(2, { endpoint: { address: 'fe80::1%\x1b[2J', port: 1 }, counts: { '\x1b[1m': 2 } })],
    publicKey: octets(1),
  });
  const text = show(hostile);
  expect(text.replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/);
  expect(text.split('\n')[0]).toBe('interface: wg\\x1b]0;x\\x07\\u{202e}\\n');
});

test('sorting leaves the device as it was', () => {
  const before = [...OFFICE.peers];
  show(OFFICE);
  expect(OFFICE.peers).toEqual(before);
});
