/** Messages that are opened in batches: all that is said of them is what the decrypter says of them one by one. */
import { describe, expect, test } from 'vitest';
import { Dissector } from '../../../../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../../../../src/capture/dissect/layer-stack.ts';
import { decryptBatch } from '../../../../../src/capture/keys/batches/decrypt-batch.ts';
import { MESSAGE_BATCH_BYTES, MessageBatch } from '../../../../../src/capture/keys/batches/message-batch.ts';
import { AeadDecrypter, DECRYPT_RESULT } from '../../../../../src/capture/keys/batches/message-decrypter.ts';
import { createDeferred, type DecryptedPacket, Decrypter } from '../../../../../src/capture/keys/decrypter.ts';
import { DecryptionCounter } from '../../../../../src/capture/keys/decryption-counts.ts';
import { readKeyLog } from '../../../../../src/capture/keys/files/read-key-log.ts';
import { KeyRing, MAX_TRANSPORT_KEYS_EACH } from '../../../../../src/capture/keys/key-ring.ts';
import { nodeAead } from '../../../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../../../src/crypto/primitives.ts';
import { KERNEL, KERNEL_DATA } from '../../../../support/golden-handshakes.ts';
import { icmpEcho, ipv4, join, recordOf, u16, udp, zeros } from '../../../../support/packets.ts';
import { backward, forward, initiatorLog, sealedData } from '../../../../support/sealed-packets.ts';

const p = createPrimitives(nodeAead);
const ping = join(ipv4(1, icmpEcho()), zeros(12));
const OTHER = new Uint8Array(32).fill(4);
const data = (counter: number, text = ping, key = KERNEL.forwardKey): Uint8Array =>
  sealedData(key, KERNEL.responderIndex, counter, text);

/** A packet in two IP fragments (RFC 791 §3.2). */
function fragments(packet: Uint8Array): readonly Uint8Array[] {
  const payload = packet.subarray(20);
  return [payload.subarray(0, 64), payload.subarray(64)].map((part, i) => {
    const piece = ipv4(17, part);
    piece.set(u16(7), 4);
    piece.set(u16(i === 0 ? 0x2000 : 8), 6);
    return piece;
  });
}

/** Packets, and octets of each that were captured. */
const PACKETS: readonly (readonly [string, Uint8Array, number?])[] = [
  ['before its handshake', forward(data(1))],
  ['initiation', forward(KERNEL.initiation)],
  ['response', backward(KERNEL.response)],
  ['of a kernel', forward(KERNEL_DATA.forward)],
  ['of a kernel, back', backward(KERNEL_DATA.backward)],
  ['ping', forward(data(2))],
  ['keepalive', forward(data(3, new Uint8Array()))],
  ['forged', forward(data(4, ping, OTHER))],
  ['train', forward(join(...[5, 6, 7].map((counter) => data(counter))))],
  ['train with a forged message', forward(join(data(8), data(9, ping, OTHER), data(10)))],
  ['train that was cut', forward(join(...[11, 12, 13].map((counter) => data(counter)))), 28 + 128 + 100],
  ['train of which only the first is there', forward(join(...[14, 15, 16].map((c) => data(c)))), 28 + 140],
  ['cut', forward(data(17)), 28 + 60],
  ...fragments(forward(data(18))).map((piece) => ['fragment', piece] as const),
  ['no IP inside', forward(data(19, new Uint8Array(64).fill(0xee)))],
  ['nothing of WireGuard', ipv4(17, udp(5, 6, zeros(30)))],
  ['of another session', forward(sealedData(OTHER, 77, 0, ping))],
  ['long', forward(data(20, new Uint8Array(60_000).fill(1)))],
];

/** What is said of a packet, and its plaintexts. */
function told({ handshake, source, count, missing, results: openings, offsets, lengths, bytes }: DecryptedPacket) {
  return {
    handshake,
    source: handshake && source,
    missing,
    messages: Array.from({ length: count }, (_, i) => {
      const [at = 0, length = 0] = [offsets[i], lengths[i]];
      return [openings[i], Buffer.from(bytes.subarray(at, at + length)).toString('hex')];
    }),
  };
}

/** Reads the packets, and says of each what came of it. */
function read(fill: (ring: KeyRing) => void, batched: 'texts' | 'sums' | null) {
  const ring = new KeyRing(p);
  fill(ring);
  const opener = new AeadDecrypter(nodeAead);
  const decrypter = new Decrypter(p, ring, opener);
  const counter = new DecryptionCounter();
  const dissector = new Dissector();
  const batch = new MessageBatch(new SharedArrayBuffer(MESSAGE_BATCH_BYTES));
  batch.isSummed = batched === 'sums';
  const said: ReturnType<typeof told>[] = [];
  const later: (() => void)[] = [];
  PACKETS.forEach(([, packet, capturedBytes = packet.length], i) => {
    const stack = createLayerStack();
    const record = recordOf(packet, { linkType: 101, capturedBytes, frame: i + 1 });
    if (batched === 'texts') {
      record.offset = batch.addOctets(packet, 0, capturedBytes);
      record.bytes = batch.frames;
    }
    dissector.dissect(record, stack);
    const deferred = createDeferred();
    const say = (opened: DecryptedPacket): void => {
      counter.add(record, opened);
      said.push(told(opened));
    };
    if (batched === null) {
      say(decrypter.decrypt(stack));
      return;
    }
    expect(batch.hasRoomFor(0)).toBe(true);
    expect(decrypter.defer(stack, batch, deferred)).toBe(true);
    if (batched === 'sums') counter.addOutsideBatch(record, deferred);
    else later.push(() => say(decrypter.resultOf(batch, deferred)));
  });
  decryptBatch(batch, opener);
  // It may be done twice, where a thread dies over it.
  decryptBatch(batch, opener);
  for (const step of later) step();
  if (batched === 'sums') counter.addSums(batch);
  return { said, counts: counter.result(0) };
}

describe.each<readonly [string, (ring: KeyRing) => void]>([
  ['the key log of the initiator', (ring) => void readKeyLog(initiatorLog(KERNEL), ring)],
  ['a transport key alone', (ring) => void ring.addTransport(KERNEL.responderIndex, KERNEL.forwardKey)],
  [
    'many transport keys, the right one last',
    (ring) => {
      for (let i = 1; i < MAX_TRANSPORT_KEYS_EACH; i++) {
        ring.addTransport(KERNEL.responderIndex, new Uint8Array(32).fill(i));
      }
      ring.addTransport(KERNEL.responderIndex, KERNEL.forwardKey);
    },
  ],
  [
    'a key log, and the transport keys of two',
    (ring) => {
      readKeyLog(initiatorLog(KERNEL), ring);
      ring.addTransport(KERNEL.responderIndex, KERNEL.forwardKey);
      ring.addTransport(KERNEL.responderIndex, OTHER);
    },
  ],
  ['a static key of no use', (ring) => void ring.addStaticPrivate(KERNEL.responderStatic)],
  ['no keys', () => undefined],
])('messages in a batch, with %s', (_, fill) => {
  const oneByOne = read(fill, null);

  test('have the same results as one by one', () => {
    expect(read(fill, 'texts')).toEqual(oneByOne);
  });

  test('have the same sums', () => {
    expect(read(fill, 'sums').counts).toEqual(oneByOne.counts);
  });
});

test('the packets of this test have the results after which they are named', () => {
  const { said } = read((ring) => void readKeyLog(initiatorLog(KERNEL), ring), null);
  const byName = new Map(PACKETS.map(([name], i) => [name, said[i]?.messages.map(([opening]) => opening)]));
  expect(Object.fromEntries(byName)).toMatchObject({
    'before its handshake': [DECRYPT_RESULT.noHandshake],
    ping: [DECRYPT_RESULT.decrypted],
    forged: [DECRYPT_RESULT.notAuthentic],
    train: [DECRYPT_RESULT.decrypted, DECRYPT_RESULT.decrypted, DECRYPT_RESULT.decrypted],
    'train that was cut': [DECRYPT_RESULT.decrypted, DECRYPT_RESULT.cut],
    cut: [DECRYPT_RESULT.cut],
    // The second of the two has that name.
    fragment: [DECRYPT_RESULT.decrypted],
    long: [DECRYPT_RESULT.decrypted],
  });
});

test('a batch is full before any of its parts can overflow', () => {
  const batch = new MessageBatch(new ArrayBuffer(MESSAGE_BATCH_BYTES));
  for (let packets = 0; batch.hasRoomFor(60_000); packets++) {
    expect(packets).toBeLessThan(100);
    const end = batch.addOctets(new Uint8Array(60_000), 0, 60_000) + 60_000;
    // What was put together of fragments may follow, and is no longer.
    expect(end + 65_536).toBeLessThanOrEqual(batch.frames.length);
  }
  batch.clear();
  let keys = 0;
  while (batch.hasRoomFor(0)) {
    const several = [0, 1, 2].map((i) => new Uint8Array(32).fill(keys + i));
    expect(batch.addKeys(several, 3)).toBe(keys);
    keys += 3;
  }
  expect(keys).toBeGreaterThan(1000);
  batch.clear();
  while (batch.hasRoomFor(0)) batch.addMessage(0, 32, 0, 0, DECRYPT_RESULT.cut);
  expect(batch.count).toBeGreaterThanOrEqual(2048);
});

test('a repeated key takes no further room', () => {
  const batch = new MessageBatch(new ArrayBuffer(MESSAGE_BATCH_BYTES));
  const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const places = [one, two, one, two].map((key) => batch.addKeys([key], 1));
  expect(places).toEqual([0, 1, 0, 1]);
  expect([batch.key(0), batch.key(1)]).toEqual([one, two]);
  batch.clear();
  expect(batch.key(0)).toEqual(new Uint8Array(32));
});

test('a cleared batch is empty', () => {
  const batch = new MessageBatch(new ArrayBuffer(MESSAGE_BATCH_BYTES));
  for (let round = 0; round < 2; round++) {
    batch.isSummed = round === 0;
    expect([batch.count, batch.addOctets(new Uint8Array(64).fill(1), 0, 64)]).toEqual([0, 0]);
    const key = batch.addKeys([OTHER], 1);
    batch.addMessage(0, 64, key, 1, DECRYPT_RESULT.notAuthentic);
    batch.addMessage(0, 64, key, 1, DECRYPT_RESULT.notAuthentic);
    expect([key, batch.plaintextOf(0), batch.plaintextOf(1), batch.isSummed]).toEqual([0, 0, 32, round === 0]);
    batch.clear();
  }
});
