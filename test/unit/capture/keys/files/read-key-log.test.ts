import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readKeyLog } from '../../../../../src/capture/keys/files/read-key-log.ts';
import { KeyRing, MAX_STATIC_KEYS } from '../../../../../src/capture/keys/key-ring.ts';
import { nodeAead } from '../../../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../../../src/crypto/primitives.ts';
import { clampPrivateKey, formatKey } from '../../../../../src/tunnel/keys.ts';

const p = createPrimitives(nodeAead);
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const text = (fill: number): string => formatKey(key(fill));

function read(log: string) {
  const ring = new KeyRing(p);
  return { ring, ...readKeyLog(log, ring) };
}

test('readKeyLog() takes the four lines of Wireshark, and a transport key', () => {
  const log = [
    `LOCAL_STATIC_PRIVATE_KEY=${text(1)}`,
    `  REMOTE_STATIC_PUBLIC_KEY  =  ${text(2)}\r`,
    '# a comment',
    '',
    `LOCAL_EPHEMERAL_PRIVATE_KEY = ${text(3)}`,
    `PRESHARED_KEY = ${text(4)}`,
    `TRANSPORT_KEY 0xab7df406 = ${text(5)}`,
  ].join('\n');
  const { ring, keys, problems } = read(log);
  expect([keys, problems]).toEqual([5, []]);
  expect(ring.staticOf(p.publicKey(key(1)))?.privateKey).toEqual(clampPrivateKey(key(1)));
  expect(ring.staticOf(key(2))).toMatchObject({ privateKey: null, name: null });
  expect(ring.ephemeralOf(p.publicKey(key(3)))?.presharedKeys).toEqual([key(4)]);
  expect(ring.transportOf(0xab7d_f406)).toEqual([key(5)]);
  expect(ring.presharedKeys).toEqual([]);
});

test('readKeyLog() takes a line with only a private key, as wg genkey writes it', () => {
  const { ring, problems } = read(`${text(9)}\n`);
  expect(problems).toEqual([]);
  expect(ring.staticOf(p.publicKey(key(9)))?.privateKey).not.toBeNull();
});

test.each([
  ['bananas', 'no line of a key log: want NAME = key'],
  [`BANANAS = ${text(1)}`, 'no key has this name'],
  [`PRESHARED_KEY = ${text(1)}`, 'a preshared key without an ephemeral key before it is not used, as in Wireshark'],
  ['LOCAL_STATIC_PRIVATE_KEY = AAAA', 'not a key: it has 4 characters; a key has 44'],
  [`TRANSPORT_KEY = ${text(1)}`, 'TRANSPORT_KEY without an index: want TRANSPORT_KEY 0x1f2e3d4c = key'],
  [`LOCAL_STATIC_PRIVATE_KEY 0x1 = ${text(1)}`, 'a word between the name and "="'],
])('readKeyLog() rejects %j, with the line number', (line, message) => {
  const { keys, problems } = read(`# first\n${line}\nREMOTE_STATIC_PUBLIC_KEY = ${text(2)}\n`);
  expect([keys, problems]).toEqual([1, [{ line: 2, message }]]);
});

test('readKeyLog() does not use a second preshared key after one ephemeral key', () => {
  const log = `LOCAL_EPHEMERAL_PRIVATE_KEY = ${text(3)}\nPRESHARED_KEY = ${text(4)}\nPRESHARED_KEY = ${text(5)}`;
  const { ring, problems } = read(log);
  expect(problems.map(({ line }) => line)).toEqual([3]);
  expect(ring.ephemeralOf(p.publicKey(key(3)))?.presharedKeys).toEqual([key(4)]);
});

test('readKeyLog() takes a log that repeats its static keys with each handshake, and derives each key once', () => {
  let derived = 0;
  const publicKey = (privateKey: Uint8Array): Uint8Array => {
    derived++;
    return p.publicKey(privateKey);
  };
  const ring = new KeyRing({ ...p, publicKey });
  const handshake = (fill: number) =>
    `LOCAL_STATIC_PRIVATE_KEY=${text(1)}\nLOCAL_EPHEMERAL_PRIVATE_KEY=${text(fill)}\nPRESHARED_KEY=${text(9)}\n`;
  const { keys, problems } = readKeyLog(handshake(3) + handshake(4) + handshake(3), ring);
  expect([keys, problems, derived]).toEqual([9, [], 3]);
  const { version } = ring;
  readKeyLog(handshake(4), ring);
  expect(ring.version).toBe(version);
});

test('readKeyLog() stops after many problems, and keeps no more keys than the limit', () => {
  expect(read('x\n'.repeat(1000)).problems.length).toBe(21);
  const many = Array.from({ length: MAX_STATIC_KEYS + 2 }, (_, i) => {
    const publicKey = new Uint8Array(32);
    new DataView(publicKey.buffer).setUint32(0, i);
    return `REMOTE_STATIC_PUBLIC_KEY = ${formatKey(publicKey)}`;
  });
  const { keys, problems } = read(many.join('\n'));
  expect(keys).toBe(MAX_STATIC_KEYS);
  expect(problems.map(({ message }) => message)).toEqual(['too many keys: not kept', 'too many keys: not kept']);
});

test('readKeyLog() never throws, and no message repeats what might be a key', () => {
  const line = fc.oneof(
    fc.string(),
    fc.stringMatching(
      /^(LOCAL_EPHEMERAL_PRIVATE_KEY|PRESHARED_KEY|TRANSPORT_KEY 0x[0-9a-f]{1,9})\s*=\s*[A-Za-z0-9+/=]{40,46}$/,
    ),
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => `PRESHARED_KEY=${formatKey(octets)}`),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const { keys, problems } = read(lines.join('\n'));
      expect(keys + problems.length).toBeLessThanOrEqual(lines.join('\n').split('\n').length);
      for (const { message } of problems) expect(message).not.toMatch(/[A-Za-z0-9+/]{30}/);
    }),
  );
});
