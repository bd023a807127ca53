import { createCipheriv, createHash } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type Libc, loadLibc } from '../../../src/native/libc.ts';
import type { Memory } from '../../../src/native/memory/memory.ts';
import { loadOpenssl, type Openssl } from '../../../src/native/openssl.ts';
import { createPacketCipher, type PacketCipher } from '../../../src/native/packet-cipher.ts';
import { CIPHER_HEADROOM } from '../../../src/native/udp/packet-bounds.ts';

const libc = loadLibc();
const openssl = libc && loadOpenssl(libc);

interface Way {
  readonly name: string;
  readonly libc: Libc;
  readonly openssl: Openssl;
}

const ways: Way[] = [];
if (libc && openssl?.chachaPoly) ways.push({ name: 'by ChaCha20 and Poly1305', libc, openssl });
else console.warn('skipped: packets by ChaCha20 and Poly1305 need koffi, 64-bit Linux and a Node that exports them');
if (libc && openssl?.evp) ways.push({ name: 'by EVP', libc, openssl: { ...openssl, chachaPoly: null } });
else console.warn('skipped: packets by EVP need koffi, 64-bit Linux and a Node that exports it');

const FILLING = 0xee;
const TAG_BYTES = 16;
/** Where a text lies, far enough from each other for the longest. */
const INPUT = 4096;
const OUTPUT = INPUT + 70_000;
const ARENA_BYTES = OUTPUT + 70_000;
const KEY = pattern(32, 'key');
const LENGTHS = [...Array(131).keys(), 255, 256, 511, 512, 1279, 1280, 1420, 1500, 9000, 65_535];

test('createPacketCipher() returns null where OpenSSL cannot be called', () => {
  // Neither the C library nor the arena is looked at.
  const none = {} as Libc & Memory;
  expect(createPacketCipher(none, null, none)).toBeNull();
  expect(createPacketCipher(none, { chachaPoly: null, evp: null }, none)).toBeNull();
});

describe.each(ways.map((way) => [way.name, way] as const))('%s', (_, way) => {
  const arena = way.libc.allocate(ARENA_BYTES);
  const cipher = createPacketCipher(way.libc, way.openssl, arena) as PacketCipher;

  beforeEach(() => void arena.bytes.fill(FILLING));
  afterAll(() => {
    cipher.free();
    way.libc.free(arena);
  });

  const put = (octets: Uint8Array, at = INPUT): void => arena.bytes.set(octets, at);
  const at = (offset: number, length: number): Uint8Array => arena.bytes.slice(offset, offset + length);

  test.each([
    ['elsewhere', OUTPUT],
    ['in place', INPUT],
  ])('seal() writes the same as node:crypto, %s', (_, output) => {
    for (const [counter, length] of LENGTHS.entries()) {
      const text = pattern(length, 'text');
      put(text);
      cipher.seal({ key: KEY, high: 0xffff_fffe, low: counter, input: INPUT, length, output });
      const same = Buffer.compare(at(output, length + TAG_BYTES), sealed(KEY, 0xffff_fffe, counter, text)) === 0;
      expect(same, `${length} octets`).toBe(true);
    }
  });

  test('open() decrypts messages of node:crypto', () => {
    for (const [counter, length] of LENGTHS.entries()) {
      const text = pattern(length, 'text');
      put(sealed(KEY, counter, 0x8000_0001, text));
      expect(
        cipher.open({
          key: KEY,
          high: counter,
          low: 0x8000_0001,
          input: INPUT,
          length: length + TAG_BYTES,
          output: OUTPUT,
        }),
        `${length} octets`,
      ).toBe(true);
      expect(Buffer.compare(at(OUTPUT, length), text), `${length} octets`).toBe(0);
    }
  });

  test('seal() does not change octets before the output and after the tag', () => {
    for (const length of [0, 1, 15, 16, 17, 64, 1420]) {
      arena.bytes.fill(FILLING);
      put(pattern(length, 'text'));
      cipher.seal({ key: KEY, high: 0, low: 1, input: INPUT, length, output: OUTPUT });
      expect(isFilling(at(INPUT + length, OUTPUT - INPUT - length)), `before, ${length} octets`).toBe(true);
      expect(isFilling(at(OUTPUT + length + TAG_BYTES, 5000)), `behind, ${length} octets`).toBe(true);
      expect(isFilling(at(0, INPUT - CIPHER_HEADROOM)), `before the headroom, ${length} octets`).toBe(true);
    }
  });

  test('seal() does not change the header before the output', () => {
    const header = pattern(16, 'header');
    put(header, OUTPUT - 16);
    put(pattern(100, 'text'));
    cipher.seal({ key: KEY, high: 0, low: 1, input: INPUT, length: 100, output: OUTPUT });
    expect(at(OUTPUT - 16, 16)).toEqual(header);
  });

  test('seal() of adjacent packets in a batch does not change the others', () => {
    const texts = [120, 1420, 1, 0, 64].map((length, i) => pattern(length, `text ${i}`));
    let end = OUTPUT;
    for (const [i, text] of texts.entries()) {
      put(pattern(16, `header ${i}`), end);
      put(text);
      cipher.seal({ key: KEY, high: 0, low: i, input: INPUT, length: text.length, output: end + 16 });
      end += 16 + text.length + TAG_BYTES;
    }
    const expected = texts.map((text, i) => Buffer.concat([pattern(16, `header ${i}`), sealed(KEY, 0, i, text)]));
    expect(Buffer.compare(at(OUTPUT, end - OUTPUT), Buffer.concat(expected))).toBe(0);
  });

  test('open() changes only both headrooms and the plaintext', () => {
    for (const length of [0, 1, 17, 1420]) {
      arena.bytes.fill(FILLING);
      const message = sealed(KEY, 0, 1, pattern(length, 'text'));
      put(message);
      expect(cipher.open({ key: KEY, high: 0, low: 1, input: INPUT, length: message.length, output: OUTPUT })).toBe(
        true,
      );
      expect(at(INPUT, message.length)).toEqual(message);
      expect(isFilling(at(0, INPUT - CIPHER_HEADROOM))).toBe(true);
      const between = INPUT + message.length;
      expect(isFilling(at(between, OUTPUT - CIPHER_HEADROOM - between))).toBe(true);
      expect(isFilling(at(OUTPUT + length, 5000))).toBe(true);
    }
  });

  test('open() refuses a change of any octet of ciphertext or tag', () => {
    const message = sealed(KEY, 0, 9, pattern(50, 'text'));
    for (let i = 0; i < message.length; i++) {
      put(message.with(i, (message[i] ?? 0) ^ 0x80));
      expect(
        cipher.open({ key: KEY, high: 0, low: 9, input: INPUT, length: message.length, output: OUTPUT }),
        `octet ${i}`,
      ).toBe(false);
    }
    put(message);
    expect(cipher.open({ key: KEY, high: 0, low: 9, input: INPUT, length: message.length, output: OUTPUT })).toBe(true);
  });

  test('open() refuses a changed keepalive, another counter and another length', () => {
    const keepalive = sealed(KEY, 1, 2, new Uint8Array());
    put(keepalive.with(15, (keepalive[15] ?? 0) ^ 1));
    expect(cipher.open({ key: KEY, high: 1, low: 2, input: INPUT, length: TAG_BYTES, output: OUTPUT })).toBe(false);
    put(keepalive);
    for (const [high, low] of [
      [2, 1],
      [1, 3],
      [0, 2],
    ] as const) {
      expect(cipher.open({ key: KEY, high, low, input: INPUT, length: TAG_BYTES, output: OUTPUT })).toBe(false);
    }
    const message = sealed(KEY, 1, 2, pattern(32, 'text'));
    put(message);
    expect(cipher.open({ key: KEY, high: 1, low: 2, input: INPUT, length: message.length - 1, output: OUTPUT })).toBe(
      false,
    );
    expect(cipher.open({ key: KEY, high: 1, low: 2, input: INPUT, length: message.length + 1, output: OUTPUT })).toBe(
      false,
    );
  });

  test('keys change from packet to packet, in both directions', () => {
    const keys = [KEY, pattern(32, 'second'), pattern(32, 'third')];
    const text = pattern(200, 'text');
    for (let counter = 0; counter < 12; counter++) {
      const key = keys[counter % 3] ?? KEY;
      const other = keys[(counter + 1) % 3] ?? KEY;
      put(text);
      cipher.seal({ key, high: 0, low: counter, input: INPUT, length: 200, output: OUTPUT });
      const message = at(OUTPUT, 216);
      expect(message).toEqual(sealed(key, 0, counter, text));
      put(message);
      expect(cipher.open({ key: other, high: 0, low: counter, input: INPUT, length: 216, output: OUTPUT })).toBe(false);
      expect(cipher.open({ key, high: 0, low: counter, input: INPUT, length: 216, output: OUTPUT })).toBe(true);
      // Twice with one key: the second time it is not set anew.
      put(message);
      expect(cipher.open({ key, high: 0, low: counter, input: INPUT, length: 216, output: OUTPUT })).toBe(true);
      expect(at(OUTPUT, 200)).toEqual(text);
    }
  });

  test('two ciphers on one arena are independent', () => {
    const second = createPacketCipher(way.libc, way.openssl, arena) as PacketCipher;
    const text = pattern(33, 'text');
    for (const [i, by] of [cipher, second, cipher, second].entries()) {
      const key = pattern(32, `key ${i}`);
      put(text);
      by.seal({ key, high: 0, low: i, input: INPUT, length: 33, output: OUTPUT });
      expect(at(OUTPUT, 49)).toEqual(sealed(key, 0, i, text));
    }
    second.free();
  });
});

/** The oracle: node:crypto with the nonce written out (whitepaper §5.4.6). */
function sealed(key: Uint8Array, high: number, low: number, text: Uint8Array): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE((BigInt(high) << 32n) | BigInt(low), 4);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  return new Uint8Array(Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]));
}

function pattern(length: number, seed: string): Uint8Array {
  const digest = createHash('shake256', { outputLength: Math.max(1, length) })
    .update(seed)
    .digest();
  return new Uint8Array(digest).subarray(0, length);
}

function isFilling(bytes: Uint8Array): boolean {
  return bytes.every((octet) => octet === FILLING);
}
