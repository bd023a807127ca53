import { createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionKeys, sameOctets } from '../../../src/session/session-keys.ts';
import { hmacSha256 } from '../../support/control-messages.ts';

const SECRET = new TextEncoder().encode('correct horse battery');
const FRAMES = [Uint8Array.of(0, 0, 0, 2, 0x7b, 0x7d), Uint8Array.of(0, 0, 0, 1, 0x31)];
const hex = (bytes: ArrayBuffer | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString('hex');

/** The key as docs/protocol.md has it, by Node's own HKDF. */
const expected = (label: string): string =>
  hex(hkdfSync('sha256', SECRET, 'winze/2', Buffer.concat([Buffer.from(label), ...FRAMES]), 32));

/** Everything that is derived in one session. */
function all(secret: Uint8Array = SECRET, frames = FRAMES): readonly string[] {
  const keys = new SessionKeys(hmacSha256, secret, frames);
  return [hex(keys.keyOf('client')), hex(keys.keyOf('server')), hex(keys.tokenOf(0)), hex(keys.tokenOf(1))];
}

describe('SessionKeys', () => {
  test('are HKDF-SHA-256 of the secret and the first two frames (RFC 5869)', () => {
    const [client, server, first, second] = all();
    expect([client, server]).toEqual([expected('winze/2 client'), expected('winze/2 server')]);
    expect([first, second]).toEqual([0, 1].map((serial) => expected(`winze/2 token ${serial}`).slice(0, 16)));
  });

  test('differ by role, serial, secret and every octet of the transcript', () => {
    const sets = [all(), all(new TextEncoder().encode('correct horse batterz'))];
    for (const [f, frame] of FRAMES.entries()) {
      for (let i = 0; i < frame.length; i++) {
        const other = FRAMES.map((one) => one.slice());
        const octets = other[f];
        if (octets) octets[i] = (octets[i] ?? 0) ^ 1;
        sets.push(all(SECRET, other));
      }
    }
    expect(new Set(sets.flat()).size).toBe(sets.length * 4);
  });

  test('the HMAC that is passed in is that of RFC 2104', () => {
    expect(hex(hmacSha256(SECRET, Uint8Array.of(1)))).toBe(createHmac('sha256', SECRET).update('\x01').digest('hex'));
  });
});

describe('sameOctets()', () => {
  test('agrees with Buffer.equals()', () => {
    const octets = fc.uint8Array({ maxLength: 6 });
    fc.assert(
      fc.property(octets, octets, (a, b) => {
        expect(sameOctets(a, b)).toBe(Buffer.from(a).equals(Buffer.from(b)));
        expect(sameOctets(a, a.slice())).toBe(true);
      }),
    );
  });

  test('detects a difference of one bit anywhere', () => {
    const a = Uint8Array.from({ length: 32 }, (_, i) => i);
    for (let i = 0; i < 32; i++) {
      for (let bit = 0; bit < 8; bit++) {
        const b = a.slice();
        b[i] = (b[i] ?? 0) ^ (1 << bit);
        expect(sameOctets(a, b)).toBe(false);
      }
    }
  });

  test('a prefix is not the same', () => {
    expect(sameOctets(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
    expect(sameOctets(new Uint8Array(0), Uint8Array.of(0))).toBe(false);
  });
});
