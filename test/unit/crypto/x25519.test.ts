import { expect, test } from 'vitest';
import { dh, publicKeyOf } from '../../../src/crypto/x25519.ts';
import { hex } from '../../support/golden-handshakes.ts';

const ALICE = {
  secret: hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
  public: hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'),
};
const BOB = {
  secret: hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'),
  public: hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
};
const SHARED = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');

test.each([
  [
    'the first',
    'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  ],
  [
    'the second, whose u has its top bit set',
    '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  ],
])('dh() computes %s vector (RFC 7748 §5.2)', (_, scalar, u, result) => {
  expect(dh(hex(scalar), hex(u))).toEqual(hex(result));
});

test('dh() computes the results of 1 and 1000 iterations (RFC 7748 §5.2)', () => {
  let k: Uint8Array = Uint8Array.of(9, ...Array(31).fill(0));
  let u = k;
  for (let i = 1; i <= 1000; i++) {
    [k, u] = [dh(k, u) ?? new Uint8Array(), k];
    if (i === 1) expect(k).toEqual(hex('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079'));
  }
  expect(k).toEqual(hex('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'));
});

test('publicKeyOf() and dh() compute the example of a key exchange (RFC 7748 §6.1)', () => {
  expect(publicKeyOf(ALICE.secret)).toEqual(ALICE.public);
  expect(publicKeyOf(BOB.secret)).toEqual(BOB.public);
  expect(dh(ALICE.secret, BOB.public)).toEqual(SHARED);
  expect(dh(BOB.secret, ALICE.public)).toEqual(SHARED);
});

test('dh() masks the top bit of a public key (RFC 7748 §5)', () => {
  expect(dh(ALICE.secret, BOB.public.with(31, (BOB.public[31] ?? 0) | 0x80))).toEqual(SHARED);
});

/** Five points of order 1, 2, 4 and 8, and two that are they plus p: those of WireGuard's netns.sh. */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

test.each(LOW_ORDER)('dh() returns null for the point of low order %s', (point) => {
  const u = hex(point);
  expect(dh(ALICE.secret, u)).toBeNull();
  expect(dh(BOB.secret, u.with(31, (u[31] ?? 0) | 0x80))).toBeNull();
});
