import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nestPrefixes } from '../../../../../src/tunnel/config/check/prefix-nesting.ts';
import { containsPrefix, formatPrefix } from '../../../../../src/tunnel/prefix.ts';
import { maskPrefix } from '../../../../../src/tunnel/wireguard/allowed-ips.ts';

/** Few distinct addresses, so that ranges lie in each other. */
const claim = fc.record({
  prefix: fc
    .record({ octets: fc.array(fc.constantFrom(0, 1, 128), { minLength: 4, maxLength: 4 }), bits: fc.nat(32) })
    .map(({ octets, bits }) => maskPrefix({ octets: Uint8Array.from(octets), bits })),
  owner: fc.nat(99),
});

test('nestPrefixes() finds the smallest range around each, as comparing all with all does', () => {
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 30 }), (claims) => {
      const nested = nestPrefixes(claims);
      const texts = new Set(claims.map(({ prefix }) => formatPrefix(prefix)));
      expect(new Set(nested.map(({ prefix }) => formatPrefix(prefix)))).toEqual(texts);
      for (const { prefix, owners, around } of nested) {
        const text = formatPrefix(prefix);
        expect(owners).toEqual(claims.filter((other) => formatPrefix(other.prefix) === text).map(({ owner }) => owner));
        const wider = claims
          .map((other) => other.prefix)
          .filter((other) => other.bits < prefix.bits && containsPrefix(other, prefix));
        const smallest = wider.sort((a, b) => b.bits - a.bits)[0];
        expect(around && formatPrefix(around.prefix)).toBe(smallest ? formatPrefix(smallest) : null);
      }
    }),
  );
});
