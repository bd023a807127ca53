import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proofOf, sameOctets, tokenOf } from '../../../src/session/proof.ts';
import { CLIENT_NONCE, hmacSha256, SERVER_NONCE } from '../../support/control-messages.ts';

const SECRET = new TextEncoder().encode('correct horse');
const NONCES = { client: CLIENT_NONCE, server: SERVER_NONCE };

/** The proof as docs and both ends must agree on it, from Node's own HMAC over text. */
const expected = (text: string): string => createHmac('sha256', 'correct horse').update(text, 'utf8').digest('hex');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('proofOf()', () => {
  test('is HMAC-SHA-256 over role and both nonces (RFC 2104)', () => {
    expect(hex(proofOf('client', hmacSha256, SECRET, NONCES))).toBe(
      expected(`winze/1 client|${CLIENT_NONCE}|${SERVER_NONCE}|`),
    );
    expect(hex(proofOf('server', hmacSha256, SECRET, NONCES))).toBe(
      expected(`winze/1 server|${CLIENT_NONCE}|${SERVER_NONCE}|`),
    );
  });

  test('changes with role, secret and each nonce, and with nonces exchanged', () => {
    const proofs = [
      proofOf('client', hmacSha256, SECRET, NONCES),
      proofOf('server', hmacSha256, SECRET, NONCES),
      proofOf('client', hmacSha256, new TextEncoder().encode('correct hors'), NONCES),
      proofOf('client', hmacSha256, SECRET, { ...NONCES, client: '33'.repeat(32) }),
      proofOf('client', hmacSha256, SECRET, { ...NONCES, server: '33'.repeat(32) }),
      proofOf('client', hmacSha256, SECRET, { client: SERVER_NONCE, server: CLIENT_NONCE }),
      tokenOf(hmacSha256, SECRET, NONCES, 0),
    ].map(hex);
    expect(new Set(proofs).size).toBe(proofs.length);
  });
});

describe('tokenOf()', () => {
  test('is the first eight octets of an HMAC over both nonces and the serial number', () => {
    for (const serial of [0, 1, 10, 11]) {
      expect(hex(tokenOf(hmacSha256, SECRET, NONCES, serial))).toBe(
        expected(`winze/1 token|${CLIENT_NONCE}|${SERVER_NONCE}|${serial}`).slice(0, 16),
      );
    }
  });

  test('differs for each test and session', () => {
    const tokens = [0, 1, 2].map((serial) => hex(tokenOf(hmacSha256, SECRET, NONCES, serial)));
    tokens.push(hex(tokenOf(hmacSha256, SECRET, { ...NONCES, server: '33'.repeat(32) }, 0)));
    expect(new Set(tokens).size).toBe(4);
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

  test('sees one bit anywhere', () => {
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
