import { expect, test } from 'vitest';
import { readConfKeys } from '../../../../../src/capture/keys/files/read-conf-keys.ts';
import { KeyRing } from '../../../../../src/capture/keys/key-ring.ts';
import { nodeAead } from '../../../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../../../src/crypto/primitives.ts';
import { parseTunnelConfig } from '../../../../../src/tunnel/config/parse.ts';
import { formatKey } from '../../../../../src/tunnel/keys.ts';

const p = createPrimitives(nodeAead);
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const text = (fill: number): string => formatKey(key(fill));

function read(conf: string) {
  const ring = new KeyRing(p);
  return { ring, problems: readConfKeys(conf, parseTunnelConfig(conf), ring) };
}

test('readConfKeys() takes all keys, and names from comments', () => {
  const { ring, problems } = read(`[Interface]
PrivateKey = ${text(1)}
# AllowedIPs = 10.0.0.0/8
[Peer] # behind
PublicKey = ${text(2)}
PresharedKey = ${text(7)}

[Peer]
# Name = below
PublicKey = ${text(3)}

# above
[Peer]
PublicKey = ${text(4)}

# ----------
[Peer]
# Endpoint = 192.0.2.1:51820
PublicKey = ${text(5)}
`);
  expect(problems).toEqual([]);
  expect(ring.staticOf(p.publicKey(key(1)))?.privateKey).not.toBeNull();
  expect([2, 3, 4, 5].map((fill) => ring.staticOf(key(fill))?.name)).toEqual(['behind', 'below', 'above', null]);
  expect(ring.staticOf(key(2))?.presharedKeys).toEqual([key(7)]);
});

test('readConfKeys() reports problems of keys, and no others', () => {
  const { problems } = read(`[Interface]\nPrivateKey = AAAA\nMTU = bananas\n[Peer]\nPublicKey = ${text(2)}\n`);
  expect(problems.map(({ line }) => line)).toEqual([2]);
});
