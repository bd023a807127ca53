/** Whom a test that did not begin blames: a way that is blocked, or a server that is slow. */
import { describe, expect, test } from 'vitest';
import { blockedWay, udpSilence, udpUnready } from '../../../../src/run/streams/udp-silence.ts';

const SILENCE = udpSilence('192.0.2.1', 8888, 10e9, null);

describe('blockedWay', () => {
  test('no hello was received: the direction to the server is blocked', () => {
    expect(blockedWay(SILENCE, 0, 0.1e9, 8888)).toMatch(/^: nothing that is sent to UDP port 8888 reaches the server/);
  });

  test('hellos were received, and the server answers fast over TCP: the direction to the client is blocked', () => {
    expect(blockedWay(SILENCE, 50, 0.1e9, 8888)).toMatch(
      /^: 50 datagrams reached the server, .* comes back; a firewall/,
    );
  });

  test('hellos were received, and the server answers slowly over TCP: no firewall is named', () => {
    const words = blockedWay(SILENCE, 1, 3.24e9, 8888);
    expect(words).toMatch(
      /^: a datagram reached the server, which took 3\.2 s to answer over TCP; its host may be too busy/,
    );
    expect(words).not.toContain('firewall');
  });

  test('a server that answered over UDP is not blocked', () => {
    expect(blockedWay(udpUnready('192.0.2.1', 8888, 10e9), 50, 3e9, 8888)).toBe('');
  });
});
