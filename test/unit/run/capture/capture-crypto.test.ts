import { expect, test } from 'vitest';
import {
  AeadDecrypter,
  PLAINTEXT_BYTES,
  PLAINTEXT_HEADROOM,
} from '../../../../src/capture/keys/batches/message-decrypter.ts';
import { nodeAead } from '../../../../src/crypto/aead-node.ts';
import { loadCaptureCrypto } from '../../../../src/run/capture/capture-crypto.ts';
import { sealedData } from '../../../support/sealed-packets.ts';

const KEYS = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6)] as const;
const LENGTHS = [0, 1, 15, 16, 63, 64, 65, 1420, 65_000];

test.each([
  ['the opener of this host', loadCaptureCrypto().messageDecrypter],
  ['AeadOpener', new AeadDecrypter(nodeAead)],
])('%s decrypts what node:crypto encrypted, several messages side by side, and nothing else', (_, opener) => {
  expect(opener.bytes.length).toBeGreaterThanOrEqual(PLAINTEXT_BYTES);
  let to = PLAINTEXT_HEADROOM;
  const opened: { at: number; text: Uint8Array }[] = [];
  LENGTHS.forEach((length, i) => {
    const key = KEYS[i % 2] as Uint8Array;
    const text = Uint8Array.from({ length }, (__, j) => (7 * j + length) & 0xff);
    // As in a packet: headers before the message, and something behind it.
    const message = sealedData(key, 1, 1000 + i, text);
    const packet = new Uint8Array(message.length + 50).fill(0xee);
    packet.set(message, 42);
    const encrypted = packet.subarray(42 + 16, 42 + 16 + length + 16);
    expect(opener.decrypt(key, 0, 1000 + i, encrypted, to)).toBe(true);
    expect(opener.decrypt(key, 0, 1001 + i, encrypted, to)).toBe(false);
    expect(opener.decrypt(key, 1, 1000 + i, encrypted, to)).toBe(false);
    expect(opener.decrypt(KEYS[1 - (i % 2)] as Uint8Array, 0, 1000 + i, encrypted, to)).toBe(false);
    expect(opener.decrypt(key, 0, 1000 + i, encrypted, to)).toBe(true);
    if (length < 65_000) opened.push({ at: to, text });
    if (length < 65_000) to += length + PLAINTEXT_HEADROOM;
  });
  for (const { at, text } of opened) expect(opener.bytes.slice(at, at + text.length)).toEqual(text);
});
