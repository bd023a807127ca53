import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nodeAead } from '../../../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../../../src/crypto/primitives.ts';
import { localIdentity, publicIdentity } from '../../../../../src/tunnel/wireguard/handshake/identity.ts';
import { COOKIE, KERNEL, OURS, VECTORS } from '../../../../support/golden-handshakes.ts';

const p = createPrimitives(nodeAead);

test('publicIdentity() derives the keys for mac1 and cookies (wireguard-ping-tcp.pcap)', () => {
  expect(publicIdentity(p, KERNEL.responderPublic)).toEqual({
    publicKey: KERNEL.responderPublic,
    mac1Key: COOKIE.mac1Key,
    cookieKey: COOKIE.cookieKey,
  });
});

describe.each([OURS, KERNEL].map((golden) => [golden.name, golden] as const))('localIdentity() of %s', (_, golden) => {
  test.each([
    ['initiator', golden.initiatorStatic, golden.initiatorPublic],
    ['responder', golden.responderStatic, golden.responderPublic],
  ])('has the public key of the %s', (_, secret, publicKey) => {
    const identity = localIdentity(p, secret);
    expect(identity.publicKey).toEqual(publicKey);
    expect(identity).toEqual({ privateKey: identity.privateKey, ...publicIdentity(p, publicKey) });
  });
});

test('localIdentity() clamps the private key, and leaves the one that was given (RFC 7748 §5)', () => {
  const given = new Uint8Array(32).fill(0xff);
  const { privateKey, publicKey } = localIdentity(p, given);
  expect([privateKey[0], privateKey[1], privateKey[31]]).toEqual([0xf8, 0xff, 0x7f]);
  expect(given).toEqual(new Uint8Array(32).fill(0xff));
  expect(localIdentity(p, privateKey).publicKey).toEqual(publicKey);
});

test.each([
  ['static-i', 'initiator_static_private'],
  ['static-r', 'responder_static_private'],
  ['ephemeral-i', 'initiator_ephemeral_private'],
  ['ephemeral-r', 'responder_ephemeral_private'],
])('the private key of our vectors with the label %s is what test/vectors/README.md says', (label, field) => {
  const digest = new Uint8Array(createHash('sha256').update(`wg-test-vector/${label}`).digest());
  expect(Buffer.from(localIdentity(p, digest).privateKey).toString('hex')).toBe(VECTORS[field]);
});
