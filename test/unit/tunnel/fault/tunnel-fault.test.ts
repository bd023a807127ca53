import { describe, expect, test } from 'vitest';
import type { PeerStatus } from '../../../../src/core/shapes/tunnel-config.ts';
import { describeFault } from '../../../../src/tunnel/fault/describe-fault.ts';
import { peerFor, type TunnelEvidence } from '../../../../src/tunnel/fault/evidence.ts';
import { tunnelFault } from '../../../../src/tunnel/fault/tunnel-fault.ts';
import { device, keyText, NOW, octets, peer, ranges, secondsAgo } from '../../report/tunnel-samples.ts';

const INSIDE = ranges('10.0.0.2/32');
const ENDPOINT = { address: '192.0.2.2', port: 51820 };
const QUIET = { initiations: 0, responses: 0, cookies: 0, data: 0 };
const UP = { udpError: null, isUp: true };

const wg0 = (fields: Partial<PeerStatus> = {}, counts = {}) =>
  device({
    publicKey: octets(1),
    peers: [peer(2, { allowedIps: INSIDE, endpoint: ENDPOINT, txBytes: 296, ...fields })],
    counts,
  });

function evidence(wish: Partial<TunnelEvidence> = {}): TunnelEvidence {
  return {
    address: '10.0.0.2',
    localAddress: '10.0.0.1',
    device: 'wg0',
    kind: 'wireguard',
    errno: null,
    lineWorks: true,
    before: wg0(),
    after: wg0(),
    receivedPackets: 0,
    now: NOW,
    received: QUIET,
    probe: UP,
    outerDevice: 'eth0',
    ...wish,
  };
}

describe('tunnelFault()', () => {
  const fresh = secondsAgo(4);
  const cases: readonly (readonly [name: string, tag: string, wish: Partial<TunnelEvidence>])[] = [
    ['silence of a host that is up', 'silent-peer', {}],
    ['silence, and nobody may listen', 'silent-peer', { received: null, probe: null }],
    ['silence of a host that is not', 'dead-endpoint', { probe: { udpError: null, isUp: false } }],
    ['ICMP port unreachable', 'port-closed', { probe: { udpError: 'ECONNREFUSED', isUp: true } }],
    ['ICMP host unreachable', 'endpoint-unreachable', { probe: { udpError: 'EHOSTUNREACH', isUp: false } }],
    ['EPERM of the own firewall', 'forbidden-here', { probe: { udpError: 'EPERM', isUp: null } }],
    ['a response, and no handshake', 'preshared-key', { received: { ...QUIET, responses: 1 } }],
    [
      'a response that winze counted',
      'preshared-key',
      { received: null, after: wg0({ counts: { 'bad-response': 1 } }) },
    ],
    [
      'a response that winze counted before, where there was never a handshake',
      'preshared-key',
      { before: wg0({ counts: { 'bad-response': 3 } }), after: wg0({ counts: { 'bad-response': 3 } }) },
    ],
    [
      'a response that winze counted before, and a handshake since',
      'silent-peer',
      {
        before: wg0({ counts: { 'bad-response': 3 }, lastHandshake: secondsAgo(181) }),
        after: wg0({ counts: { 'bad-response': 3 }, lastHandshake: secondsAgo(181) }),
      },
    ],
    ['cookies only', 'under-load', { received: { ...QUIET, cookies: 1 } }],
    ['initiations of the far end', 'not-accepted-here', { received: { ...QUIET, initiations: 2 } }],
    [
      'initiations of the far end that are accepted',
      'not-confirmed',
      { received: { ...QUIET, initiations: 2 }, after: wg0({ rxBytes: 296 }) },
    ],
    ['a handshake in the future', 'clock-behind', { after: wg0({ lastHandshake: secondsAgo(-60) }) }],
    ['a handshake of long ago', 'silent-peer', { after: wg0({ lastHandshake: secondsAgo(181) }) }],
    ['the range of another peer', 'no-peer', { after: wg0({ allowedIps: ranges('10.0.0.3/32', 'fd00::/64') }) }],
    ['no endpoint', 'no-endpoint', { after: wg0({ endpoint: null }) }],
    ['no private key', 'no-private-key', { after: device({ peers: wg0().peers }) }],
    ['a handshake, and no answer', 'far-allowed-ips', { after: wg0({ lastHandshake: fresh, rxBytes: 92 }) }],
    [
      'a handshake, and keepalives only',
      'far-allowed-ips',
      { before: wg0({ lastHandshake: fresh }), after: wg0({ lastHandshake: fresh, rxBytes: 64 }) },
    ],
    [
      'a handshake, and answers that nobody gets',
      'answers-lost-here',
      { before: wg0({ lastHandshake: fresh }), after: wg0({ lastHandshake: fresh, rxBytes: 288 }) },
    ],
    ['a refusal inside', 'refused-inside', { errno: 'ECONNREFUSED', after: null }],
    [
      'no route behind the far end',
      'unreachable-inside',
      { errno: 'EHOSTUNREACH', after: wg0({ lastHandshake: fresh }) },
    ],
    ['silence, without root', 'unread', { before: null, after: null, received: null, probe: null }],
    ['an error, without root', 'unread-unreachable', { errno: 'EHOSTUNREACH', before: null, after: null }],
    [
      'an error of another tunnel',
      'nobody-inside',
      { errno: 'EHOSTUNREACH', kind: 'gretap', before: null, after: null },
    ],
  ];

  test.each(cases)('%s is %s', (_name, tag, wish) => {
    const found = tunnelFault(evidence(wish));
    expect(found.tag).toBe(tag);
    const words = describeFault(found, evidence(wish));
    expect(words).toMatch(/^[^\n]{20,900}[^.\n]$/);
    expect(words).not.toMatch(/undefined|null|NaN/);
  });

  test('distinguishes a TCP answer from a handshake by the octets received', () => {
    const received = (rxBytes: number) => evidence({ after: wg0({ lastHandshake: fresh, rxBytes }) });
    expect(tunnelFault(received(92 + 64)).tag).toBe('far-allowed-ips');
    expect(tunnelFault(received(92 + 3 * 96)).tag).toBe('answers-lost-here');
  });
});

describe('describeFault()', () => {
  const wordsOf = (wish: Partial<TunnelEvidence>) => describeFault(tunnelFault(evidence(wish)), evidence(wish));

  test('gives two causes of silence, the keys to compare, and the capture that distinguishes them', () => {
    const words = wordsOf({});
    expect(words).toMatch(/^no handshake was ever made: 192\.0\.2\.2:51820 does not answer\. That host is up/);
    expect(words).toContain('Either the far end refuses it (a wrong PublicKey at one of the ends, ');
    expect(words).toContain('or UDP port 51820 is dropped on the way');
    expect(words).toContain(`wg0 has public key ${keyText(1)} and wants that end to have ${keyText(2)}`);
    expect(words).toContain('Run sudo winze capture -i any udp port 51820 there');
  });

  test('names preshared keys among the causes of silence, unless a response would have been noticed', () => {
    const sent = { before: wg0(), after: wg0({ txBytes: 444 }) };
    expect(wordsOf({})).toContain('preshared keys that differ, or the clock of this host is behind');
    expect(wordsOf({ ...sent, received: null })).toContain('preshared keys');
    expect(wordsOf({ ...sent, before: null })).toContain('preshared keys');
    expect(wordsOf(sent)).not.toContain('preshared keys');
    expect(wordsOf({ received: null, after: wg0({ counts: { 'initiation-sent': 3 } }) })).not.toContain('preshared');
  });

  test('says when the last handshake of a tunnel was that worked before', () => {
    const words = wordsOf({ after: wg0({ lastHandshake: secondsAgo(600) }) });
    expect(words).toMatch(/^the last handshake with 192\.0\.2\.2:51820 was 10 min ago, and it answers no more/);
  });

  test('says by how much the clock is behind', () => {
    expect(wordsOf({ after: wg0({ lastHandshake: secondsAgo(-3600) }) })).toContain('is 3600 s in the future');
  });

  test('says what is known without root, and what root would add', () => {
    const unread = { before: null, after: null, received: null, probe: null };
    expect(wordsOf(unread)).toMatch(/^the line works, so it is the tunnel: .* no packet has ever come/);
    expect(wordsOf({ ...unread, receivedPackets: 7 })).toContain('7 packets have come');
    expect(wordsOf(unread)).toContain('sudo winze tunnel show wg0');
    expect(wordsOf({ ...unread, kind: 'vxlan', lineWorks: false })).toMatch(
      /^it goes through wg0 \(vxlan\), .*ip -s link show wg0/,
    );
    expect(wordsOf({ ...unread, kind: 'gretap', errno: 'EHOSTUNREACH', lineWorks: null })).toMatch(
      /^it goes through wg0 \(gretap\), .* nobody answers for 10\.0\.0\.2: .*ip neigh show dev wg0/,
    );
  });

  test('names the range to add where there is one peer, and none where there are several', () => {
    const one = wg0({ allowedIps: [] });
    expect(wordsOf({ after: one })).toContain(`(${keyText(2)}: AllowedIPs = ..., 10.0.0.2/32)`);
    expect(wordsOf({ after: { ...one, peers: [...one.peers, peer(3)] } })).not.toContain(keyText(2));
    expect(wordsOf({ after: { ...one, peers: [] } })).toContain('wg0 has no peer at all');
  });
});

test('peerFor() takes the longest range, as the device does', () => {
  const peers = [
    peer(1, { allowedIps: ranges('0.0.0.0/0', '::/0') }),
    peer(2, { allowedIps: ranges('10.0.0.0/24') }),
    peer(3, { allowedIps: ranges('10.0.0.0/16') }),
  ];
  const of = (address: string) => peerFor(device({ peers }), address)?.publicKey[0];
  expect([of('10.0.0.9'), of('10.0.1.9'), of('192.0.2.1'), of('fd00::1'), of('name')]).toEqual([2, 3, 1, 1, undefined]);
});
