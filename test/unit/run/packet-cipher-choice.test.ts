import { createCipheriv } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { nodeAead } from '../../../src/crypto/aead-node.ts';
import { type Libc, loadLibc } from '../../../src/native/libc.ts';
import type { Memory } from '../../../src/native/memory/memory.ts';
import type { PacketCipher } from '../../../src/native/packet-cipher.ts';
import { AeadCipher, agrees, choosePacketCipher } from '../../../src/run/tunnel/data-path/cipher.ts';

const libc = loadLibc();
if (!libc) console.warn('skipped: the data path needs koffi and 64-bit Linux');

const SCRATCH = 8192;
const KEY = new Uint8Array(32).fill(5);
let arena: Memory | undefined;

function memory(of: Libc): Memory {
  arena ??= of.allocate(64 * 1024);
  return arena;
}

afterAll(() => {
  if (arena) libc?.free(arena);
});

/** Written with the nonce of whitepaper §5.4.6. */
function sealed(counter: bigint, text: Uint8Array): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(counter, 4);
  const cipher = createCipheriv('chacha20-poly1305', KEY, nonce, { authTagLength: 16 });
  return new Uint8Array(Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]));
}

test.skipIf(!libc)('choosePacketCipher() returns a cipher that agrees with node:crypto', () => {
  if (!libc) return;
  const cipher = choosePacketCipher(libc, memory(libc), SCRATCH, nodeAead);
  const text = Uint8Array.from({ length: 1420 }, (_, i) => i);
  memory(libc).bytes.set(text, SCRATCH);
  cipher.seal({ key: KEY, high: 1, low: 2, input: SCRATCH, length: 1420, output: SCRATCH });
  expect(memory(libc).bytes.slice(SCRATCH, SCRATCH + 1436)).toEqual(sealed(0x1_0000_0002n, text));
  cipher.free();
});

test.skipIf(!libc)('AeadCipher encrypts and decrypts in the arena, and changes keys', () => {
  if (!libc) return;
  const { bytes } = memory(libc);
  const cipher = new AeadCipher(memory(libc), nodeAead);
  const other = new Uint8Array(32).fill(6);
  const text = Uint8Array.from({ length: 100 }, (_, i) => i);
  bytes.set(text, SCRATCH);
  cipher.seal({ key: KEY, high: 0, low: 7, input: SCRATCH, length: 100, output: SCRATCH });
  expect(bytes.slice(SCRATCH, SCRATCH + 116)).toEqual(sealed(7n, text));
  expect(cipher.open({ key: other, high: 0, low: 7, input: SCRATCH, length: 116, output: SCRATCH + 4096 })).toBe(false);
  expect(cipher.open({ key: KEY, high: 0, low: 7, input: SCRATCH, length: 116, output: SCRATCH + 4096 })).toBe(true);
  expect(bytes.slice(SCRATCH + 4096, SCRATCH + 4196)).toEqual(text);
  cipher.free();
});

test.skipIf(!libc).each<[string, (right: PacketCipher, bytes: Uint8Array) => Partial<PacketCipher>]>([
  [
    'exchanges the halves of the counter',
    (right) => ({ seal: (packet) => right.seal({ ...packet, high: packet.low, low: packet.high }) }),
  ],
  ['accepts every tag', (right) => ({ open: (packet) => right.open(packet) || true })],
  ['refuses every tag', () => ({ open: () => false })],
  [
    'gives another plaintext',
    (right, bytes) => ({
      open: (packet) => {
        const genuine = right.open(packet);
        bytes[packet.output] = (bytes[packet.output] ?? 0) ^ 1;
        return genuine;
      },
    }),
  ],
])('agrees() rejects a cipher that %s', (_name, lie) => {
  if (!libc) return;
  const right = new AeadCipher(memory(libc), nodeAead);
  const { bytes } = memory(libc);
  const liar: PacketCipher = {
    seal: (packet) => right.seal(packet),
    open: (packet) => right.open(packet),
    forget: () => right.forget(),
    free: () => {},
    ...lie(right, bytes),
  };
  expect(agrees(right, memory(libc), SCRATCH, nodeAead)).toBe(true);
  expect(agrees(liar, memory(libc), SCRATCH, nodeAead)).toBe(false);
});
