import { expect, test } from 'vitest';
import type { Aead, AeadKey } from '../../../src/core/primitives.ts';
import { nobleAead } from '../../../src/crypto/aead-noble.ts';
import { nodeAead } from '../../../src/crypto/aead-node.ts';
import { hostPrimitives, selectAead } from '../../../src/crypto/select.ts';
import { loadLibc } from '../../../src/native/libc.ts';

type Seal = AeadKey['seal'];
type Open = AeadKey['open'];
const flipped = (octets: Uint8Array, at: number): Uint8Array => octets.with(at, (octets[at] ?? 0) ^ 1);

let now = 0;
const clock = (): number => now;

/** An implementation by node:crypto that takes `sealNs` and lies as told. */
function fake(
  name: string,
  sealNs: number,
  lie: { seal?: (real: Seal) => Seal; open?: (real: Open) => Open } = {},
): Aead {
  return {
    name,
    key: (secret) => {
      const key = nodeAead.key(secret);
      const seal = lie.seal?.(key.seal.bind(key)) ?? key.seal.bind(key);
      return {
        seal: (...args) => {
          now += sealNs;
          seal(...args);
        },
        open: lie.open?.(key.open.bind(key)) ?? key.open.bind(key),
        destroy: () => key.destroy(),
      };
    },
  };
}

const swapHalves = {
  seal:
    (real: Seal): Seal =>
    (high, low, ...rest) =>
      real(low, high, ...rest),
  open: swappedOpen,
};
function swappedOpen(real: Open): Open {
  return (high, low, ...rest) => real(low, high, ...rest);
}

const spoil =
  (when: (length: number) => boolean) =>
  (real: Seal): Seal =>
  (high, low, input, output, aad) => {
    real(high, low, input, output, aad);
    if (when(input.length)) output.set(flipped(output.slice(0, input.length + 16), 0));
  };

const LIARS: readonly (readonly [string, Aead, string | RegExp])[] = [
  ['exchanges the halves of the counter', fake('liar', 1, swapHalves), 'another tag for the example of RFC 8439'],
  [
    'writes the counter big-endian',
    fake('liar', 1, {
      seal:
        (real) =>
        (high, low, ...rest) =>
          real(swap32(high), swap32(low), ...rest),
    }),
    'another tag for the example of RFC 8439',
  ],
  [
    'leaves out the associated data',
    fake('liar', 1, { seal: (real) => (high, low, input, output) => real(high, low, input, output) }),
    'another tag for the example of RFC 8439',
  ],
  [
    'errs behind a block boundary',
    fake('liar', 1, { seal: spoil((n) => n === 65) }),
    'another ciphertext at 65 octets',
  ],
  ['errs without a text', fake('liar', 1, { seal: spoil((n) => n === 0) }), 'another ciphertext at 0 octets'],
  ['errs with a full packet', fake('liar', 1, { seal: spoil((n) => n === 1420) }), 'another ciphertext at 1420 octets'],
  ['refuses all', fake('liar', 1, { open: () => () => false }), 'its own ciphertext refused at 0 octets'],
  ['accepts wrong tags', fake('liar', 1, { open: tolerant }), 'a wrong tag accepted at 0 octets'],
  ['opens to nothing', fake('liar', 1, { open: () => () => true }), 'a wrong tag accepted at 0 octets'],
  [
    'opens to another text',
    fake('liar', 1, {
      open: (real) => (high, low, input, output, aad) => {
        const genuine = real(high, low, input, output, aad);
        if (output.length > 0) output.set(flipped(output, 0));
        return genuine;
      },
    }),
    'another plaintext at 1 octets',
  ],
  [
    'throws when sealing',
    fake('liar', 1, {
      seal: () => () => {
        throw new Error('no such cipher');
      },
    }),
    'no such cipher',
  ],
  [
    'throws when opening',
    fake('liar', 1, {
      open: () => () => {
        throw new Error('no such cipher');
      },
    }),
    'no such cipher',
  ],
  [
    'throws for a key',
    {
      name: 'liar',
      key: () => {
        throw new Error('no keys today');
      },
    },
    'no keys today',
  ],
];

test.each(LIARS)('selectAead() rejects an implementation that %s, even if it is the fastest', (_, liar, reason) => {
  const { aead, verdicts } = selectAead([liar, fake('slow', 900), fake('reference', 1000)], clock);
  expect(aead.name).toBe('slow');
  expect(verdicts[0]).toEqual({ name: 'liar', usable: false, reason, sealNs: null });
  expect(verdicts.slice(1).map(({ usable }) => usable)).toEqual([true, true]);
});

test('selectAead() rejects a wrong reference, and not implementations that differ from it', () => {
  const { aead, verdicts } = selectAead([fake('good', 500), fake('liar', 1, swapHalves)], clock);
  expect(aead.name).toBe('good');
  expect(verdicts.map(({ usable }) => usable)).toEqual([true, false]);
});

test.each([
  ['first', [10, 20, 30], 'a'],
  ['between others', [20, 10, 30], 'b'],
  ['last', [30, 20, 10], 'c'],
  ['first of equals', [10, 10, 10], 'a'],
])('selectAead() selects the fastest when it is %s', (_, [a = 0, b = 0, c = 0], name) => {
  const { aead, verdicts } = selectAead([fake('a', a), fake('b', b), fake('c', c)], clock);
  expect(aead.name).toBe(name);
  expect(verdicts.map(({ sealNs }) => sealNs)).toEqual([a, b, c]);
  expect(verdicts.every(({ usable, reason }) => usable && reason === '')).toBe(true);
});

test('selectAead() throws when no implementation passes', () => {
  expect(() => selectAead([], clock)).toThrow('no implementation of ChaCha20-Poly1305 passed its self-test');
  expect(() => selectAead([fake('liar', 1, swapHalves)], clock)).toThrow(/passed its self-test/);
});

test('selectAead() accepts all real implementations', () => {
  const { verdicts } = selectAead([nodeAead, nobleAead], clock);
  expect(verdicts.map(({ reason }) => reason)).toEqual(['', '']);
});

test('hostPrimitives() works without the C library', () => {
  const { primitives, verdicts } = hostPrimitives(null, () => Number(process.hrtime.bigint()));
  expect(verdicts.map(({ name, usable }) => [name, usable])).toEqual([
    ['node', true],
    ['noble', true],
  ]);
  expect(['node', 'noble']).toContain(primitives.aead.name);
});

const libc = loadLibc();
if (!libc) console.warn('skipped: OpenSSL by address needs koffi and 64-bit Linux');
test.skipIf(!libc)('hostPrimitives() tests OpenSSL, and it passes', () => {
  const { verdicts } = hostPrimitives(libc, () => Number(process.hrtime.bigint()));
  expect(verdicts.map(({ name, reason }) => [name, reason])).toEqual([
    ['openssl', ''],
    ['node', ''],
    ['noble', ''],
  ]);
});

/** Opens whatever comes, as one that never looks at the tag. */
function tolerant(real: Open): Open {
  return (high, low, input, output, aad) => {
    if (!real(high, low, input, output, aad)) output.fill(0);
    return true;
  };
}

function swap32(word: number): number {
  return Buffer.from(Uint32Array.of(word).buffer).swap32().readUInt32LE();
}
