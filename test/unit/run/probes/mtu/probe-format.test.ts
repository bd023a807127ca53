import { describe, expect, test } from 'vitest';
import { datagramFormat, echoFormat, readTag, writeTag } from '../../../../../src/run/probes/mtu/probe-format.ts';

const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

describe('tags', () => {
  test('are read with their own nonce only, and where they are whole', () => {
    const bytes = new Uint8Array(24);
    writeTag(new DataView(bytes.buffer), 8, NONCE, 0x0200_0007);
    expect(readTag(bytes, 8, NONCE)).toBe(0x0200_0007);
    expect(readTag(bytes, 8, Uint8Array.of(...NONCE.subarray(0, 7), 9))).toBeNull();
    expect(readTag(bytes.subarray(0, 19), 8, NONCE)).toBeNull();
    expect(readTag(new Uint8Array(0), 0, NONCE)).toBeNull();
  });
});

describe('echoFormat()', () => {
  test('a reply is read behind its IP header on a raw socket for IPv4, and as it is elsewhere', () => {
    const reply = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 2, ...NONCE);
    const packet = Uint8Array.of(0x46, ...Array(23).fill(0), ...reply);
    expect(echoFormat(4, 1, true).answerIn(packet)).toEqual(reply);
    expect(echoFormat(4, 1, false).answerIn(reply)).toEqual(reply);
    const reply6 = Uint8Array.of(129, ...reply.subarray(1));
    expect(echoFormat(6, 1, true).answerIn(reply6)).toEqual(reply6);
    expect(echoFormat(6, 1, true).addedBytes).toBe(40);
  });

  test('requests, errors and what is too short are no answer', () => {
    for (const type of [8, 3, 11])
      expect(echoFormat(4, 1, false).answerIn(Uint8Array.of(type, ...Array(15).fill(0)))).toBeNull();
    expect(echoFormat(4, 1, true).answerIn(Uint8Array.of(0x45, 1, 2))).toBeNull();
    expect(echoFormat(4, 1, true).answerIn(new Uint8Array(0))).toBeNull();
  });
});

test('datagramFormat() counts the headers of IP and UDP', () => {
  expect([datagramFormat(4).addedBytes, datagramFormat(6).addedBytes]).toEqual([28, 48]);
});
