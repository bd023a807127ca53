/** Captures of this project that an earlier version read wrongly, each with what is right. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeAll } from '../support/decode-all.ts';

const documentOf = (path: string) =>
  decodeAll(new Uint8Array(readFileSync(join(import.meta.dirname, 'found', path)))).document;

describe('a path that fragments, and a capture at its sender with `udp port 51820`', () => {
  const sender = documentOf('fragments-filtered/sender.pcap');
  const receiver = documentOf('fragments-filtered/receiver-unfiltered.pcap');
  const [peer] = sender.wireguard?.peers ?? [];

  test('107 messages one way, 92 the other, none lost, taken at A', () => {
    expect(peer?.a_to_b).toMatchObject({ messages: 107, delivery: { received: 107, lost: 0 } });
    expect(peer?.b_to_a).toMatchObject({ messages: 92, delivery: { received: 92, lost: 0 } });
    expect(peer?.capture_point.at).toBe('a');
    expect(peer?.a_to_b.fragments).toMatchObject({ packets: 88, without_rest: 88 });
  });

  test('neither loss nor a black hole; the filter is to blame, and one that is not', () => {
    const codes = sender.findings.map(({ code }) => code);
    expect(codes).toEqual(['outer-fragments', 'outer-fragments', 'fragments-hidden', 'capture-cut']);
    const next = sender.findings.find(({ code }) => code === 'fragments-hidden')?.next_step;
    expect(next).toContain('udp port 51820 or (ip[6:2] & 0x1fff != 0)');
  });

  test('what both captures have is the same in both', () => {
    const [other] = receiver.wireguard?.peers ?? [];
    for (const direction of ['a_to_b', 'b_to_a'] as const) {
      for (const field of [
        'messages',
        'outer_bytes',
        'inner_bytes',
        'sizes',
        'largest_outer_bytes',
        'padding',
      ] as const) {
        expect(peer?.[direction][field], `${direction} ${field}`).toEqual(other?.[direction][field]);
      }
    }
  });
});

test('five responses whose initiations are not in the capture: one-sided, and they do not arrive or are not accepted', () => {
  const { findings } = documentOf('one-sided-responses.pcap');
  expect(findings.map(({ code }) => code)).toEqual(['response-not-accepted', 'capture-one-sided']);
});

test('what netfilter logged: WireGuard and ESP', () => {
  const { wireguard, summary, tunnels } = documentOf('nflog.pcap');
  expect(wireguard?.messages).toMatchObject({ initiation: 1, response: 1, keepalive: 1 });
  expect(tunnels.kinds.map(({ kind }) => kind)).toEqual(['wireguard', 'esp']);
  expect(summary.errors).toEqual([]);
});

test('a clock that was set by 53 years between frames 3 and 4: that is said, and no key is old', () => {
  const { findings, file } = documentOf('time-jump.pcap');
  expect(findings).toMatchObject([{ code: 'clock-jump', frames: [3, 4] }]);
  expect(findings[0]?.what).toContain('19,564.7 days');
  expect(file.clock_jumps).toMatchObject([{ frame: 4, frame_before: 3 }]);
});
