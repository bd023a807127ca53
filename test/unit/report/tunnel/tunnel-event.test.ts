import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { streamLine } from '../../../../src/report/stream/stream-line.ts';
import { DROP_ADVICE, dropWords } from '../../../../src/report/tunnel/tunnel-drop.ts';
import { shortKey, tunnelEventWords } from '../../../../src/report/tunnel/tunnel-event.ts';
import { upStreamEvent } from '../../../../src/report/tunnel/tunnel-event-json.ts';
import { upEventWords } from '../../../../src/report/tunnel/tunnel-up-words.ts';
import type { DropReason, EventDetails } from '../../../../src/tunnel/wireguard/events.ts';
import { keyText, octets } from '../tunnel-samples.ts';

const AT = { address: '192.0.2.7', port: 51_820 };
const SIX = { address: '2001:db8::7', port: 9 };
const of = (happening: EventDetails, peer: Uint8Array | null = octets(2)) => ({ ...happening, peer, at: 5 });
const words = (happening: EventDetails, peer?: Uint8Array | null) => tunnelEventWords(of(happening, peer));
const PEER = `peer ${keyText(2).slice(0, 8)}…: `;

describe('tunnelEventWords()', () => {
  test('names a peer by the first characters of its key, and the device by nothing', () => {
    expect(shortKey(octets(2))).toBe('AgICAgIC…');
    expect(words({ tag: 'session-confirmed' })).toBe(`${PEER}handshake complete; the other end began it`);
    expect(words({ tag: 'under-load', queued: 300 }, null)).toMatch(/^under load: 300 handshakes wait/);
  });

  test('tells why a thread is lost, whatever is in its words', () => {
    const lost = { tag: 'thread-lost', reason: '5 octets at 7\u001b[2J' } as const;
    expect(words(lost, null)).toMatch(/^a thread that helps .* is lost \(5 octets at 7.*\): the others go on/);
    expect(words(lost, null)).not.toContain('\u001b');
    const json = upStreamEvent({ tag: 'tunnel', event: of(lost, null) }, '2026-01-02T03:04:05Z');
    expect(json).toEqual({
      event: 'thread-lost',
      time: '2026-01-02T03:04:05Z',
      peer: null,
      data: { reason: lost.reason },
    });
  });

  test('tells the round trip of a handshake', () => {
    expect(words({ tag: 'response-received', from: SIX, rttNs: 12_300_000 })).toBe(
      `${PEER}handshake complete with [2001:db8::7]:9 in 12.3 ms`,
    );
  });

  test('explains an absent answer once, and tells the end', () => {
    const sent = (attempt: number) =>
      words({ tag: 'initiation-sent', cause: 'retry', attempt, wronglyAnswered: false, to: AT });
    expect(words({ tag: 'initiation-sent', cause: 'no-key', attempt: 1, wronglyAnswered: false, to: AT })).toBe(
      `${PEER}handshake with 192.0.2.7:51820: there is a packet to send`,
    );
    expect(sent(2)).toBe(`${PEER}no answer from 192.0.2.7:51820 in 5 s, trying again`);
    expect(sent(3)).toMatch(/still no answer from 192.0.2.7:51820 to 3 handshakes: .*UDP.*firewalls.*public key/);
    expect([4, 17].map(sent)).toEqual([null, null]);
    const failed = (attempts: number) => words({ tag: 'handshake-failed', attempts, wronglyAnswered: false });
    expect(failed(20)).toBe(`${PEER}no answer to 20 handshakes, given up; the next packet for this peer begins again`);
    expect(failed(40)).toBeNull();
  });

  test('is silent about what is usual', () => {
    const usual: readonly EventDetails[] = [
      { tag: 'initiation-sent', cause: 'key-age', attempt: 1, wronglyAnswered: false, to: AT },
      { tag: 'initiation-received', from: AT },
      { tag: 'response-sent', to: AT },
      { tag: 'keepalive-sent' },
      { tag: 'keepalive-received' },
    ];
    expect(usual.map((each) => words(each))).toEqual(usual.map(() => null));
  });

  test('tells where a peer went', () => {
    expect(words({ tag: 'roamed', from: AT, to: SIX })).toBe(
      `${PEER}is at [2001:db8::7]:9 now, was at 192.0.2.7:51820`,
    );
  });

  test('shows what the network sent in visible characters', () => {
    const detail = '\u001b[2J';
    expect(words({ tag: 'dropped', reason: 'send-failed', count: 1, detail })).not.toContain('\u001b');
  });
});

describe('dropWords()', () => {
  const reasons = Object.keys(DROP_ADVICE) as DropReason[];

  test.each(reasons)('%s: one line with and without a detail, and no placeholder left', (reason) => {
    for (const detail of [null, '10.0.0.9']) {
      const text = dropWords(reason, 3, detail);
      expect(text).toMatch(new RegExp(`^3 packets dropped \\(${reason}\\): \\S`));
      expect(text).not.toMatch(/[%\n]|\[(?!Peer\])/);
    }
  });

  test('names the AllowedIPs that are missing', () => {
    expect(dropWords('source-not-allowed', 1, '10.0.0.9')).toBe(
      '1 packet dropped (source-not-allowed): a packet from 10.0.0.9 inside came from a peer that may not send from there; if it may, add to its [Peer] here: AllowedIPs = 10.0.0.9/32',
    );
    expect(dropWords('no-peer', 2, 'fd00::9')).toMatch(/destination fd00::9 .*AllowedIPs = fd00::9\/128$/);
  });

  test('tells preshared keys that differ from other trouble', () => {
    expect(dropWords('bad-response', 1, null)).toMatch(/preshared keys differ; compare PresharedKey at both ends/);
  });

  test('knows why sending failed', () => {
    expect(dropWords('send-failed', 1, 'ECONNREFUSED from the way to 192.0.2.7:1')).toMatch(/nothing listens/);
    expect(dropWords('send-failed', 1, 'EPERM')).toMatch(/firewall here/);
    expect(dropWords('send-failed', 1, 'ENETUNREACH')).toMatch(/ip route get/);
  });

  test.each(['ff02::2', 'fe80::1', 'febf::1', '224.0.0.251', '255.255.255.255', '169.254.1.1'])(
    'says nothing about %s, which hosts send to their neighbours by themselves',
    (address) => {
      expect(dropWords('no-peer', 1, address)).toBeNull();
      expect(dropWords('source-not-allowed', 1, address)).toBeNull();
      expect(dropWords('bad-mac1', 1, address)).not.toBeNull();
    },
  );

  test.each(['fec0::1', '169.253.0.1', '223.255.255.255'])('but about %s', (address) => {
    expect(dropWords('no-peer', 1, address)).not.toBeNull();
  });
});

describe('upEventWords()', () => {
  test('writes steps as wg-quick does, in one line whatever the snippet holds', () => {
    expect(upEventWords({ tag: 'step', words: 'echo a\u001bb' })).toBe('[#] echo a\\x1bb');
  });

  test('says how to end what is up', () => {
    expect(upEventWords({ tag: 'up', device: 'wg0', mtu: 1420, listenPort: 7 })).toBe(
      'wg0 is up: UDP port 7, MTU 1420; Ctrl-C, or winze tunnel down wg0, takes it down',
    );
  });

  test('says where the name of a peer leads now', () => {
    const endpoint = { address: '2001:db8::1', port: 7 };
    const event = { tag: 'resolved', publicKey: new Uint8Array(32).fill(2), host: 'vpn.example', endpoint } as const;
    expect(upEventWords(event)).toBe('peer AgICAgIC…: vpn.example resolves to [2001:db8::1]:7 now');
    expect(upStreamEvent(event, '')).toMatchObject({
      ...{ event: 'resolved', peer: keyText(2), data: { host: 'vpn.example', to: '[2001:db8::1]:7' } },
    });
  });

  test('names the setting and the snippet that forwarding needs', () => {
    const finding = (family: 4 | 6) => ({ tag: 'not-forwarding', family, packets: 5 }) as const;
    expect(upEventWords({ tag: 'forwarding', finding: finding(4) })).toMatch(
      /^5 packets came out .*PostUp = sysctl -w net\.ipv4\.ip_forward=1.*masquerade/,
    );
    expect(upEventWords({ tag: 'forwarding', finding: finding(6) })).toContain('net.ipv6.conf.all.forwarding=1');
    expect(upEventWords({ tag: 'forwarding', finding: { tag: 'no-answers', packets: 1 } })).toMatch(
      /^1 packet went on.*masquerade/,
    );
  });
});

describe('upStreamEvent()', () => {
  const TIME = '2026-01-02T03:04:05.000Z';

  test('is one object a line with the same four names', () => {
    const event = of({ tag: 'response-received', from: AT, rttNs: 5 });
    expect(streamLine(upStreamEvent({ tag: 'tunnel', event }, TIME))).toBe(
      `{"event":"response-received","time":"${TIME}","peer":"${keyText(2)}","data":{"from":"192.0.2.7:51820","rtt_ns":5}}\n`,
    );
  });

  test('has units in names, and null for no peer', () => {
    expect(upStreamEvent({ tag: 'up', device: 'wg0', mtu: 1420, listenPort: 7 }, TIME)).toEqual({
      event: 'up',
      time: TIME,
      peer: null,
      data: { device: 'wg0', mtu_bytes: 1420, listen_port: 7 },
    });
    const event = of({ tag: 'dropped', reason: 'no-peer', count: 2, detail: '10.0.0.9' }, null);
    expect(upStreamEvent({ tag: 'tunnel', event }, TIME)).toMatchObject({
      event: 'dropped',
      peer: null,
      data: { reason: 'no-peer', count: 2, detail: '10.0.0.9' },
    });
    expect(
      upStreamEvent({ tag: 'forwarding', finding: { tag: 'not-forwarding', family: 4, packets: 1 } }, TIME),
    ).toMatchObject({
      event: 'not-forwarding',
      data: { family: 4, packets: 1 },
    });
  });
});

describe('docs/tunnel.md', () => {
  const page = readFileSync(new URL('../../../../docs/tunnel.md', import.meta.url), 'utf8');

  test.each(Object.keys(DROP_ADVICE))('explains %s', (reason) => {
    expect(page).toMatch(new RegExp(`^\\| [^|]*\`${reason}\``, 'm'));
  });

  test('names every event', () => {
    const source = readFileSync(new URL('../../../../src/tunnel/wireguard/events.ts', import.meta.url), 'utf8');
    const names = [...source.matchAll(/readonly tag: '([a-z-]+)'/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(12);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
