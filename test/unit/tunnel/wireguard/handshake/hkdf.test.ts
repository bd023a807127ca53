import { hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeAead } from '../../../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../../../src/crypto/primitives.ts';
import { kdf1, kdf2, kdf3 } from '../../../../../src/tunnel/wireguard/handshake/hkdf.ts';
import { ascii, hex } from '../../../../support/golden-handshakes.ts';

const p = createPrimitives(nodeAead);

/** wireguard-go, device/kdf_test.go. */
const VECTORS = [
  [
    'test-key',
    'test-input',
    '6f0e5ad38daba1bea8a0d213688736f19763239305e0f58aba697f9ffc41c633',
    'df1194df20802a4fe594cde27e92991c8cae66c366e8106aaa937a55fa371e8a',
    'fac6e2745a325f5dc5d11a5b165aad08b0ada28e7b4e666b7c077934a4d76c24',
  ],
  [
    'wireguard',
    'wireguard',
    '491d43bbfdaa8750aaf535e334ecbfe5129967cd64635101c566d4caefda96e8',
    '1e71a379baefd8a79aa4662212fcafe19a23e2b609a3db7d6bcba8f560e3d25f',
    '31e1ae48bddfbe5de38f295e5452b1909a1b4e38e183926af3780b0c1e1f0160',
  ],
  [
    '',
    '',
    '8387b46bf43eccfcf349552a095d8315c4055beb90208fb1be23b894bc2ed5d0',
    '58a0e5f6faefccf4807bff1f05fa8a9217945762040bcec2f4b4a62bdfe0e86e',
    '0ce6ea98ec548f8e281e93e32db65621c45eb18dc6f0a7ad94178610a2f7338e',
  ],
] as const;

test.each(VECTORS)('kdf1(), kdf2() and kdf3() of "%s" and "%s" (wireguard-go)', (key, input, first, second, third) => {
  const [k, i] = [ascii(key), ascii(input)];
  expect(kdf1(p, k, i)).toEqual(hex(first));
  expect(kdf2(p, k, i)).toEqual([first, second].map(hex));
  expect(kdf3(p, k, i)).toEqual([first, second, third].map(hex));
});

test('kdf3() is HKDF without info, the key as its salt (RFC 5869)', () => {
  const octets = fc.uint8Array({ minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(octets, octets, (key, input) => {
      const expected = new Uint8Array(hkdfSync('blake2s256', input, key, new Uint8Array(), 96));
      expect(kdf3(p, key, input)).toEqual([expected.slice(0, 32), expected.slice(32, 64), expected.slice(64)]);
    }),
  );
});
