import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AmneziaParameters } from '../../../../src/capture/amnezia/parameters.ts';
import { Dissector } from '../../../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../../../src/capture/dissect/layer-stack.ts';
import { AeadDecrypter, DECRYPT_RESULT } from '../../../../src/capture/keys/batches/message-decrypter.ts';
import { Decrypter } from '../../../../src/capture/keys/decrypter.ts';
import { DecryptionCounter } from '../../../../src/capture/keys/decryption-counts.ts';
import { readKeyLog } from '../../../../src/capture/keys/files/read-key-log.ts';
import { InnerPackets } from '../../../../src/capture/keys/inner-packets.ts';
import { KeyRing } from '../../../../src/capture/keys/key-ring.ts';
import { DecryptSessions, MAX_DIRECTIONS, MAX_INITIATIONS } from '../../../../src/capture/keys/sessions.ts';
import { Recogniser } from '../../../../src/capture/recognise/recogniser.ts';
import { nodeAead } from '../../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../../src/crypto/primitives.ts';
import { encodeCookieReply } from '../../../../src/wire/wireguard.ts';
import { disguise } from '../../../support/amnezia.ts';
import { type GoldenHandshake, KERNEL, KERNEL_DATA, OURS } from '../../../support/golden-handshakes.ts';
import { A, B, icmpEcho, ipv4, join, namesOf, recordOf, tcp, udp, zeros } from '../../../support/packets.ts';
import { backward, forward, initiatorLog, sealedData } from '../../../support/sealed-packets.ts';

const p = createPrimitives(nodeAead);
const ping = ipv4(1, icmpEcho());
/** 84 octets, padded to a multiple of 16. */
const padded = join(ping, zeros(12));

/** One capture, packet by packet. */
class Capture {
  readonly ring = new KeyRing(p);
  readonly decrypter = new Decrypter(p, this.ring, new AeadDecrypter(nodeAead));
  readonly counter = new DecryptionCounter();
  readonly inner = new InnerPackets();
  readonly stack = createLayerStack();
  readonly #dissector: Dissector;

  constructor(log = '', amnezia: readonly AmneziaParameters[] = []) {
    this.#dissector = new Dissector({ recogniser: new Recogniser(64, amnezia) });
    readKeyLog(log, this.ring);
  }

  open(packet: Uint8Array, capturedBytes = packet.length) {
    const record = recordOf(packet, { linkType: 101, capturedBytes });
    this.#dissector.dissect(record, this.stack);
    const opened = this.decrypter.decrypt(this.stack);
    this.counter.add(record, opened);
    const count = this.inner.dissect(record, opened);
    return {
      handshake: opened.handshake,
      openings: [...opened.results.subarray(0, opened.count)],
      missing: opened.missing,
      inner: Array.from({ length: count }, (_, i) => {
        const {
          record: { bytes, offset, capturedBytes: length },
          stack,
        } = this.inner.packet(i);
        return { bytes: bytes.slice(offset, offset + length), layers: namesOf(stack) };
      }),
    };
  }

  handshake({ initiation, response }: GoldenHandshake): void {
    this.open(forward(initiation));
    this.open(backward(response));
  }
}

const GOLDEN = [OURS, KERNEL].map((golden) => [golden.name, golden] as const);

describe.each(GOLDEN)('a handshake of %s', (_, golden) => {
  const data = sealedData(golden.forwardKey, golden.responderIndex, 0, padded);
  const back = sealedData(golden.backwardKey, golden.initiatorIndex, 7, padded);

  test('is decrypted with the key log of the initiator: peers, time, and data of both directions', () => {
    const capture = new Capture(initiatorLog(golden));
    const { handshake } = capture.open(forward(golden.initiation));
    expect(handshake?.initiator?.publicKey).toEqual(golden.initiatorPublic);
    expect(handshake?.responder?.publicKey).toEqual(golden.responderPublic);
    expect(handshake?.timestamp).toEqual(golden.timestamp);
    expect(capture.open(backward(golden.response)).handshake?.result).toBe(DECRYPT_RESULT.decrypted);
    for (const packet of [forward(data), backward(back)]) {
      expect(capture.open(packet)).toMatchObject({
        openings: [DECRYPT_RESULT.decrypted],
        inner: [{ bytes: ping, layers: 'ipv4 icmp' }],
      });
    }
  });

  test('is decrypted with the keys of the responder', () => {
    const capture = new Capture();
    capture.ring.addStaticPrivate(golden.responderStatic);
    capture.ring.addEphemeral(golden.responderEphemeral);
    if (golden === OURS) capture.ring.addPreshared(golden.presharedKey, null);
    capture.handshake(golden);
    expect(capture.open(forward(data)).openings).toEqual([DECRYPT_RESULT.decrypted]);
  });

  test('is decrypted with keys that follow it', () => {
    const capture = new Capture();
    capture.ring.addStaticPublic(new Uint8Array(32).fill(3));
    capture.handshake(golden);
    expect(capture.open(forward(data)).openings).toEqual([DECRYPT_RESULT.otherPeers]);
    readKeyLog(initiatorLog(golden), capture.ring);
    expect(capture.open(forward(data)).openings).toEqual([DECRYPT_RESULT.decrypted]);
  });

  const lacking: readonly (readonly [keyof typeof DECRYPT_RESULT, (ring: KeyRing) => unknown])[] = [
    ['noEphemeral', (ring: KeyRing) => ring.addStaticPrivate(golden.responderStatic)],
    ['noEphemeral', (ring: KeyRing) => ring.addStaticPublic(golden.responderPublic)],
    [
      'noStatic',
      (ring: KeyRing) => {
        ring.addStaticPublic(golden.responderPublic);
        ring.addEphemeral(golden.initiatorEphemeral);
      },
    ],
    ['otherPeers', (ring: KeyRing) => ring.addEphemeral(golden.initiatorEphemeral)],
  ];
  test.each(lacking)('is not decrypted without all keys: %s', (reason, fill) => {
    const capture = new Capture();
    fill(capture.ring);
    capture.handshake(golden);
    expect(capture.open(forward(data)).openings).toEqual([DECRYPT_RESULT[reason]]);
  });
});

test('Decrypter decrypts captured data of two kernels', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  capture.handshake(KERNEL);
  for (const packet of [forward(KERNEL_DATA.forward), backward(KERNEL_DATA.backward)]) {
    const { inner } = capture.open(packet);
    expect(inner.map(({ bytes, layers }) => [bytes.length, layers])).toEqual([[84, 'ipv4 icmp']]);
  }
});

const amnezia: AmneziaParameters = {
  prefixBytes: [3, 5, 0, 7],
  types: [0x0a0b_0c0d, 2000, 3000, 4_000_000_000].map((first) => ({ first, last: first + 9 })),
  junkBytes: null,
  signatureBytes: [],
  endpoints: [],
};

test('Decrypter decrypts AmneziaWG: the MACs cover its own message type, the handshake hash does not', () => {
  const { initiation, response, initiatorPublic, responderPublic } = KERNEL;
  const messages = [
    forward(disguise(initiation, 3, 0x0a0b_0c0d + 4, responderPublic)),
    backward(disguise(response, 5, 2009, initiatorPublic)),
    forward(disguise(KERNEL_DATA.forward, 7, 4_000_000_001)),
    backward(disguise(KERNEL_DATA.backward, 7, 4_000_000_009)),
  ];
  const capture = new Capture(initiatorLog(KERNEL), [amnezia]);
  const opened = messages.map((packet) => capture.open(packet));
  expect(opened[0]?.handshake).toMatchObject({ result: DECRYPT_RESULT.decrypted, timestamp: KERNEL.timestamp });
  expect(opened[1]?.handshake?.result).toBe(DECRYPT_RESULT.decrypted);
  expect(opened.flatMap(({ inner }) => inner.map(({ layers }) => layers))).toEqual(['ipv4 icmp', 'ipv4 icmp']);
  const copied = new Capture(initiatorLog(KERNEL), [amnezia]);
  const unchanged = disguise(initiation, 3, 0x0a0b_0c0d);
  expect(copied.open(forward(unchanged)).handshake?.result).toBe(DECRYPT_RESULT.otherPeers);
});

test('Decrypter decrypts messages that a SOCKS proxy forwards', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  const back = { source: B, destination: A };
  const relay = [5, 0, 0, 1, ...B, 0xd0, 0];
  for (const [isBack, payload] of [
    [false, [5, 1, 0]],
    [true, [5, 0]],
    [false, [5, 3, 0, 1, ...zeros(6)]],
    [true, relay],
  ] as const) {
    capture.open(ipv4(6, isBack ? tcp(1080, 30_000, payload) : tcp(30_000, 1080, payload), isBack ? back : {}));
  }
  const header = [0, 0, 0, 1, 9, 9, 9, 9, 0xca, 0x6c];
  const to = (message: Uint8Array): Uint8Array => ipv4(17, udp(40_000, 0xd000, join(header, message)));
  const from = (message: Uint8Array): Uint8Array => ipv4(17, udp(0xd000, 40_000, join(header, message)), back);
  capture.open(to(KERNEL.initiation));
  expect(capture.open(from(KERNEL.response)).handshake?.result).toBe(DECRYPT_RESULT.decrypted);
  expect(capture.open(to(KERNEL_DATA.forward)).inner.map(({ layers }) => layers)).toEqual(['ipv4 icmp']);
});

test('Decrypter decrypts WARP, whose reserved octets are covered by neither MAC nor hash', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  const warp = (message: Uint8Array, isBack = false) => {
    const changed = message.slice();
    changed.set([0x02, 0x78, 0x01], 1);
    return isBack
      ? ipv4(17, udp(2408, 40_000, changed), { source: B, destination: A })
      : ipv4(17, udp(40_000, 2408, changed));
  };
  capture.open(warp(KERNEL.initiation));
  expect(namesOf(capture.stack)).toBe('ipv4 udp warp');
  expect(capture.open(warp(KERNEL.response, true)).handshake?.result).toBe(DECRYPT_RESULT.decrypted);
  expect(capture.open(warp(KERNEL_DATA.forward)).openings).toEqual([DECRYPT_RESULT.decrypted]);
});

test('Decrypter ignores messages that an ICMP error quotes', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  capture.handshake(KERNEL);
  const quoted = ipv4(1, join([3, 1, 0, 0], zeros(4), forward(KERNEL_DATA.forward)), { source: B, destination: A });
  expect(capture.open(quoted)).toMatchObject({ handshake: null, openings: [], missing: 0 });
  expect(namesOf(capture.stack)).toMatch(/wireguard$/);
});

test('Decrypter reports that the preshared key is missing, and uses one that is added later', () => {
  const capture = new Capture(initiatorLog({ ...OURS, presharedKey: new Uint8Array(32).fill(1) }));
  capture.handshake(OURS);
  const data = forward(sealedData(OURS.forwardKey, OURS.responderIndex, 0, padded));
  expect(capture.open(data).openings).toEqual([DECRYPT_RESULT.noPreshared]);
  capture.ring.addPreshared(OURS.presharedKey, null);
  expect(capture.open(data).openings).toEqual([DECRYPT_RESULT.decrypted]);
});

test('Decrypter decrypts with transport keys alone, even if the handshake was not decrypted', () => {
  const capture = new Capture();
  capture.handshake(KERNEL);
  capture.ring.addTransport(KERNEL.responderIndex, KERNEL.forwardKey);
  expect(capture.open(forward(KERNEL_DATA.forward)).openings).toEqual([DECRYPT_RESULT.decrypted]);
  expect(capture.open(backward(KERNEL_DATA.backward)).openings).toEqual([DECRYPT_RESULT.otherPeers]);
});

test('Decrypter decrypts the sessions of two peers that chose the same index', () => {
  const capture = new Capture(`${initiatorLog(OURS)}\n${initiatorLog(KERNEL)}`);
  capture.handshake(KERNEL);
  capture.handshake(OURS);
  capture.ring.addTransport(KERNEL.responderIndex, OURS.forwardKey);
  const other = sealedData(OURS.forwardKey, KERNEL.responderIndex, 5, padded);
  expect(capture.open(forward(KERNEL_DATA.forward)).openings).toEqual([DECRYPT_RESULT.decrypted]);
  expect(capture.open(forward(other)).openings).toEqual([DECRYPT_RESULT.decrypted]);
});

test('Decrypter distinguishes a wrong tag, a cut message, and one without a handshake', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  const stranger = sealedData(KERNEL.forwardKey, 0x1234, 0, padded);
  expect(capture.open(forward(stranger)).openings).toEqual([DECRYPT_RESULT.noHandshake]);
  capture.handshake(KERNEL);
  const { length } = KERNEL_DATA.forward;
  for (const at of [8, 16, 40, length - 1]) {
    const forged = KERNEL_DATA.forward.with(at, (KERNEL_DATA.forward[at] ?? 0) ^ 1);
    expect(capture.open(forward(forged)).openings).toEqual([DECRYPT_RESULT.notAuthentic]);
  }
  expect(capture.open(forward(KERNEL_DATA.forward), 28 + length - 1).openings).toEqual([DECRYPT_RESULT.cut]);
  expect(capture.open(forward(KERNEL_DATA.forward)).openings).toEqual([DECRYPT_RESULT.decrypted]);
});

test('Decrypter reports for data that the handshake was cut', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  expect(capture.open(forward(KERNEL.initiation), 80).handshake?.result).toBe(DECRYPT_RESULT.cut);
  expect(capture.open(backward(KERNEL.response), 80).handshake?.result).toBe(DECRYPT_RESULT.cut);
  expect(capture.open(forward(KERNEL_DATA.forward)).openings).toEqual([DECRYPT_RESULT.cut]);
});

test('Decrypter decrypts each message of a GSO datagram, and counts those that were cut off', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  capture.handshake(KERNEL);
  const message = (counter: number) => sealedData(KERNEL.forwardKey, KERNEL.responderIndex, counter, padded);
  const last = sealedData(KERNEL.forwardKey, KERNEL.responderIndex, 103, ping.slice(0, 64));
  const train = forward(join(message(100), message(101), message(102), last));
  const whole = capture.open(train);
  expect(whole.openings).toEqual([0, 0, 0, 0]);
  expect(whole.inner.slice(0, 3).map(({ bytes }) => bytes)).toEqual([ping, ping, ping]);
  const cut = capture.open(train, 28 + 2 * 128 + 40);
  expect([cut.openings, cut.missing]).toEqual([[0, 0, DECRYPT_RESULT.cut], 1]);
  const middle = train.with(28 + 128 + 50, (train[28 + 128 + 50] ?? 0) ^ 1);
  expect(capture.open(middle).openings).toEqual([0, DECRYPT_RESULT.notAuthentic, 0, 0]);
});

test('Decrypter recognises copies of a handshake', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  for (let i = 0; i < 20; i++) capture.handshake(KERNEL);
  expect(capture.decrypter.forgotten).toBe(0);
  expect(capture.open(forward(KERNEL_DATA.forward)).openings).toEqual([DECRYPT_RESULT.decrypted]);
});

test('Decrypter decrypts cookie replies to an initiation and to a response, and no others', () => {
  const nonce = Uint8Array.from({ length: 24 }, (_, i) => i);
  const cookie = Uint8Array.from({ length: 16 }, (_, i) => 200 + i);
  const label = new TextEncoder().encode('cookie--');
  const reply = (of: Uint8Array, message: Uint8Array, receiverIndex: number) => {
    const mac1 = message.subarray(message.length - 32, message.length - 16);
    const encryptedCookie = p.xseal(p.hash(label, of), nonce, cookie, mac1);
    return encodeCookieReply({ receiverIndex, nonce, encryptedCookie });
  };
  const capture = new Capture(initiatorLog(KERNEL));
  capture.open(forward(KERNEL.initiation));
  const first = capture.open(backward(reply(KERNEL.responderPublic, KERNEL.initiation, KERNEL.initiatorIndex)));
  expect(first.handshake?.cookie).toEqual(cookie);
  capture.open(backward(KERNEL.response));
  const second = capture.open(forward(reply(KERNEL.initiatorPublic, KERNEL.response, KERNEL.responderIndex)));
  expect(second.handshake?.cookie).toEqual(cookie);
  const forged = capture.open(forward(reply(KERNEL.initiatorPublic, KERNEL.initiation, KERNEL.responderIndex)));
  expect(forged.handshake).toMatchObject({ cookie: null, result: DECRYPT_RESULT.otherPeers });
});

test('DecryptionCounter counts packets, padding, keepalives, and the peers of handshakes', () => {
  const capture = new Capture(initiatorLog(KERNEL));
  capture.handshake(KERNEL);
  capture.open(forward(KERNEL_DATA.forward));
  capture.open(forward(sealedData(KERNEL.forwardKey, KERNEL.responderIndex, 1, [])));
  capture.open(forward(sealedData(KERNEL.backwardKey, KERNEL.responderIndex, 2, padded)));
  const counts = capture.counter.result(0);
  expect(counts).toMatchObject({
    messages: 3,
    keepalives: 1,
    innerBytes: 84,
    paddingBytes: 12,
    handshakeMessages: 2,
    handshakeMessagesDecrypted: 2,
  });
  expect(counts.byResult).toEqual([2, 0, 0, 0, 0, 0, 0, 1, 0]);
  expect(counts.peers).toMatchObject([
    { initiations: 1, endpoint: '192.0.2.1:40000', initiator: { publicKey: KERNEL.initiatorPublic, name: null } },
  ]);
});

test('DecryptSessions drops the oldest entries, and counts them', () => {
  const sessions = new DecryptSessions();
  const lane = { toInitiator: true } as never;
  for (let i = 0; i < MAX_DIRECTIONS + 5; i++) sessions.addDirection(i, lane);
  expect(sessions.forgotten).toBe(5);
  expect([sessions.directionsOf(4).length, sessions.directionsOf(5).length]).toEqual([0, 1]);
  for (let i = 0; i < 20; i++) sessions.addDirection(9, lane);
  expect([sessions.directionsOf(9).length, sessions.forgotten]).toEqual([8, 18]);
  expect(MAX_INITIATIONS).toBeGreaterThan(1000);
});

test('Decrypter never throws, whatever octets of a session are changed or missing', () => {
  const packets = [
    forward(KERNEL.initiation),
    backward(KERNEL.response),
    forward(KERNEL_DATA.forward),
    backward(KERNEL_DATA.backward),
  ];
  const change = fc.record({ at: fc.nat(220), value: fc.nat(255), cut: fc.nat(220), packet: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
      const capture = new Capture(initiatorLog(KERNEL));
      const changed = packets.map((packet) => packet.slice());
      for (const { at, value, packet } of changes) {
        const bytes = changed[packet];
        if (bytes && at < bytes.length) bytes[at] = value;
      }
      changed.forEach((bytes, i) => {
        const cut = changes.find(({ packet }) => packet === i)?.cut ?? bytes.length;
        const { openings, inner } = capture.open(bytes, Math.min(cut, bytes.length));
        expect(inner.length).toBeLessThanOrEqual(
          openings.filter((opening) => opening === DECRYPT_RESULT.decrypted).length,
        );
      });
    }),
    { numRuns: 200 },
  );
});

test('Decrypter never throws on plaintexts of any kind', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0x45, 0x60, null), (octets, first) => {
      const capture = new Capture();
      capture.ring.addTransport(KERNEL.responderIndex, KERNEL.forwardKey);
      const text = first === null || octets.length === 0 ? octets : octets.with(0, first);
      const { openings, inner } = capture.open(forward(sealedData(KERNEL.forwardKey, KERNEL.responderIndex, 1, text)));
      expect([openings, inner.length]).toEqual([[DECRYPT_RESULT.decrypted], text.length === 0 ? 0 : 1]);
      const { innerBytes, paddingBytes } = capture.counter.result(0);
      expect(innerBytes + paddingBytes).toBe(text.length);
    }),
  );
});
