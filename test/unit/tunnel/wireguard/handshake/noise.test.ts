import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Primitives } from '../../../../../src/core/primitives.ts';
import { nodeAead } from '../../../../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../../../../src/crypto/primitives.ts';
import { localIdentity } from '../../../../../src/tunnel/wireguard/handshake/identity.ts';
import {
  authenticateInitiation,
  consumeResponse,
  createInitiation,
  createResponse,
  decryptInitiation,
} from '../../../../../src/tunnel/wireguard/handshake/noise.ts';
import { decodeMessage, type Initiation, type Response } from '../../../../../src/wire/wireguard.ts';
import {
  type GoldenHandshake,
  hex,
  KERNEL,
  KERNEL_DATA,
  KERNEL_STEPS,
  OURS,
  VECTORS,
} from '../../../../support/golden-handshakes.ts';

const p = createPrimitives(nodeAead);
const GOLDEN = [OURS, KERNEL].map((golden) => [golden.name, golden] as const);
const LOW_ORDER = new Uint8Array(32);
/** Octets before mac1: what Noise is responsible for. */
const INITIATION_BODY = 116;
const RESPONSE_BODY = 60;

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('nothing there');
  return value;
}

function initiationOf(bytes: Uint8Array): Initiation {
  const message = decodeMessage(bytes);
  if (message?.tag !== 'initiation') throw new Error('no initiation');
  return message;
}

function responseOf(bytes: Uint8Array): Response {
  const message = decodeMessage(bytes);
  if (message?.tag !== 'response') throw new Error('no response');
  return message;
}

const initiatorOf = (golden: GoldenHandshake) => localIdentity(p, golden.initiatorStatic);
const responderOf = (golden: GoldenHandshake) => localIdentity(p, golden.responderStatic);
const sharedOf = (golden: GoldenHandshake) => must(p.dh(golden.initiatorStatic, golden.responderPublic));
const flip = (bytes: Uint8Array, at: number, bit = 1) => bytes.with(at, (bytes[at] ?? 0) ^ bit);

function initiate(golden: GoldenHandshake, by: Primitives = p) {
  return createInitiation(by, initiatorOf(golden), golden.responderPublic, sharedOf(golden), {
    senderIndex: golden.initiatorIndex,
    ephemeralPrivate: golden.initiatorEphemeral.slice(),
    timestamp: golden.timestamp,
  });
}

function receive(golden: GoldenHandshake, bytes = golden.initiation, by: Primitives = p) {
  const message = initiationOf(bytes);
  const opened = decryptInitiation(by, responderOf(golden), message);
  return opened && authenticateInitiation(by, opened, message, sharedOf(golden));
}

function respond(golden: GoldenHandshake, presharedKey = golden.presharedKey, by: Primitives = p) {
  return createResponse(by, must(receive(golden)).state, golden.initiatorPublic, presharedKey, {
    senderIndex: golden.responderIndex,
    ephemeralPrivate: golden.responderEphemeral.slice(),
  });
}

describe.each(GOLDEN)('the handshake of %s', (_, golden) => {
  test('createInitiation() gives its initiation, byte for byte', () => {
    const { message, state } = must(initiate(golden));
    expect(message.slice(0, INITIATION_BODY)).toEqual(golden.initiation.slice(0, INITIATION_BODY));
    expect(message.slice(INITIATION_BODY)).toEqual(new Uint8Array(32));
    expect(state).toEqual({
      chainingKey: golden.chainingKeyAfterInitiation,
      hash: golden.hashAfterInitiation,
      ephemeralPrivate: golden.initiatorEphemeral,
    });
  });

  test('decryptInitiation() finds the initiator, authenticateInitiation() the timestamp', () => {
    const message = initiationOf(golden.initiation);
    const opened = must(decryptInitiation(p, responderOf(golden), message));
    expect(opened.remoteStatic).toEqual(golden.initiatorPublic);
    const { timestamp, state } = must(authenticateInitiation(p, opened, message, sharedOf(golden)));
    expect(timestamp).toEqual(golden.timestamp);
    expect(state).toEqual({
      chainingKey: golden.chainingKeyAfterInitiation,
      hash: golden.hashAfterInitiation,
      remoteEphemeral: p.publicKey(golden.initiatorEphemeral),
      remoteIndex: golden.initiatorIndex,
    });
  });

  test('createResponse() gives its response, byte for byte, and its keys', () => {
    const { message, keys } = must(respond(golden));
    expect(message.slice(0, RESPONSE_BODY)).toEqual(golden.response.slice(0, RESPONSE_BODY));
    expect(message.slice(RESPONSE_BODY)).toEqual(new Uint8Array(32));
    expect(keys).toEqual({ send: golden.backwardKey, receive: golden.forwardKey });
  });

  test('consumeResponse() takes its response and gives its keys', () => {
    const { state } = must(initiate(golden));
    const response = responseOf(golden.response);
    expect(consumeResponse(p, state, initiatorOf(golden), golden.presharedKey, response)).toEqual({
      send: golden.forwardKey,
      receive: golden.backwardKey,
    });
  });

  test('decryptInitiation() or authenticateInitiation() refuses any octet that was changed', () => {
    for (let at = 8; at < INITIATION_BODY; at++) {
      for (const bit of [1, 0x80]) expect(receive(golden, flip(golden.initiation, at, bit)), `octet ${at}`).toBeNull();
    }
  });

  test('consumeResponse() refuses any octet that was changed, and its state stands', () => {
    const { state } = must(initiate(golden));
    const before = structuredClone(state);
    const consume = (bytes: Uint8Array) =>
      consumeResponse(p, state, initiatorOf(golden), golden.presharedKey, responseOf(bytes));
    for (let at = 12; at < RESPONSE_BODY; at++) {
      for (const bit of [1, 0x80]) expect(consume(flip(golden.response, at, bit)), `octet ${at}`).toBeNull();
    }
    expect(state).toEqual(before);
    expect(consume(golden.response)).not.toBeNull();
  });

  test('consumeResponse() refuses a response made with another preshared key, and its state stands', () => {
    const { state } = must(initiate(golden));
    const wrong = must(respond(golden, flip(golden.presharedKey, 31))).message;
    const local = initiatorOf(golden);
    expect(consumeResponse(p, state, local, golden.presharedKey, responseOf(wrong))).toBeNull();
    expect(consumeResponse(p, state, local, golden.presharedKey, responseOf(golden.response))).not.toBeNull();
  });

  test('decryptInitiation() refuses an initiation for another responder', () => {
    expect(decryptInitiation(p, initiatorOf(golden), initiationOf(golden.initiation))).toBeNull();
  });

  test('authenticateInitiation() refuses one who only claims to be the initiator', () => {
    // Whoever knows both public keys can make the first half, but not the shared secret of the static keys.
    const stranger = localIdentity(p, golden.responderEphemeral);
    const impostor = { ...stranger, publicKey: golden.initiatorPublic };
    const { message } = must(
      createInitiation(p, impostor, golden.responderPublic, must(p.dh(stranger.privateKey, golden.responderPublic)), {
        senderIndex: 1,
        ephemeralPrivate: golden.initiatorEphemeral.slice(),
        timestamp: golden.timestamp,
      }),
    );
    const initiation = initiationOf(message);
    const opened = must(decryptInitiation(p, responderOf(golden), initiation));
    expect(opened.remoteStatic).toEqual(golden.initiatorPublic);
    expect(authenticateInitiation(p, opened, initiation, sharedOf(golden))).toBeNull();
  });

  test('consumeResponse() refuses a response for another initiator', () => {
    const { state } = must(initiate(golden));
    const another = localIdentity(p, golden.responderEphemeral);
    expect(consumeResponse(p, state, another, golden.presharedKey, responseOf(golden.response))).toBeNull();
  });

  test('the results are copies: the datagrams may be overwritten', () => {
    const bytes = golden.initiation.slice();
    const { state, timestamp } = must(receive(golden, bytes));
    bytes.fill(0);
    expect(state.remoteEphemeral).toEqual(p.publicKey(golden.initiatorEphemeral));
    expect(timestamp).toEqual(golden.timestamp);
  });
});

test('the steps between are those of the kernels (wireguard-ping-tcp.pcap)', () => {
  const record = recording();
  initiate(KERNEL, record.primitives);
  respond(KERNEL, KERNEL.presharedKey, record.primitives);
  for (const [step, value] of Object.entries(KERNEL_STEPS)) expect(record.values, step).toContain(value);
});

test('both ends go through the same steps', () => {
  const record = recording();
  const { state } = must(initiate(KERNEL));
  receive(KERNEL, KERNEL.initiation, record.primitives);
  consumeResponse(record.primitives, state, initiatorOf(KERNEL), KERNEL.presharedKey, responseOf(KERNEL.response));
  for (const [step, value] of Object.entries(KERNEL_STEPS)) expect(record.values, step).toContain(value);
});

test.each([
  ['forward', KERNEL_DATA.forward, KERNEL.forwardKey, 84, 96],
  ['backward', KERNEL_DATA.backward, KERNEL.backwardKey, 84, 96],
  ['forward, ours', hex(VECTORS.data_i_to_r_counter_1 ?? ''), OURS.forwardKey, 40, 48],
  ['backward, ours', hex(VECTORS.data_r_to_i_counter_0 ?? ''), OURS.backwardKey, 40, 48],
])('the keys open a ping of the session: %s', (_, bytes, key, packetBytes, paddedBytes) => {
  const message = decodeMessage(bytes);
  if (message?.tag !== 'data') throw new Error('no data');
  const packet = new Uint8Array(message.encryptedPacket.length - 16);
  expect(p.aead.key(key).open(message.counterHigh, message.counterLow, message.encryptedPacket, packet)).toBe(true);
  expect(packet).toHaveLength(paddedBytes);
  // IPv4, its total length, ICMP; then padding of zeroes.
  expect([packet[0], Buffer.from(packet).readUInt16BE(2), packet[9]]).toEqual([0x45, packetBytes, 1]);
  expect(packet.slice(packetBytes)).toEqual(new Uint8Array(paddedBytes - packetBytes));
});

test('the keys decrypt a captured session of winze', () => {
  const sealed = hex(VECTORS.data_i_to_r_counter_1 ?? '').subarray(16);
  const packet = new Uint8Array(48);
  p.aead.key(OURS.forwardKey).open(0, 1, sealed, packet);
  expect(packet.slice(0, 40)).toEqual(hex(VECTORS.inner_request ?? ''));
});

describe('low-order keys', () => {
  test('createInitiation() sends nothing to a responder with one', () => {
    const fields = { senderIndex: 1, ephemeralPrivate: OURS.initiatorEphemeral.slice(), timestamp: OURS.timestamp };
    expect(createInitiation(p, initiatorOf(OURS), LOW_ORDER, sharedOf(OURS), fields)).toBeNull();
  });

  test('decryptInitiation() refuses an ephemeral one', () => {
    const bytes = OURS.initiation.slice();
    bytes.set(LOW_ORDER, 8);
    expect(decryptInitiation(p, responderOf(OURS), initiationOf(bytes))).toBeNull();
  });

  test('createResponse() refuses an ephemeral one, and a static one', () => {
    const fields = () => ({ senderIndex: 2, ephemeralPrivate: OURS.responderEphemeral.slice() });
    const { state } = must(receive(OURS));
    const low = { ...state, remoteEphemeral: LOW_ORDER };
    expect(createResponse(p, low, OURS.initiatorPublic, OURS.presharedKey, fields())).toBeNull();
    expect(createResponse(p, state, LOW_ORDER, OURS.presharedKey, fields())).toBeNull();
  });

  test('consumeResponse() refuses an ephemeral one, and its state stands', () => {
    const { state } = must(initiate(OURS));
    const before = structuredClone(state);
    const bytes = OURS.response.slice();
    bytes.set(LOW_ORDER, 12);
    expect(consumeResponse(p, state, initiatorOf(OURS), OURS.presharedKey, responseOf(bytes))).toBeNull();
    expect(state).toEqual(before);
  });
});

describe('secrets', () => {
  const isZero = (secret: Uint8Array) => secret.every((octet) => octet === 0);

  test('createInitiation() leaves only what it returns', () => {
    const { primitives, secrets } = recording();
    const { state } = must(initiate(OURS, primitives));
    expect(secrets.filter((secret) => !isZero(secret))).toEqual([state.chainingKey]);
  });

  test('decryptInitiation() and authenticateInitiation() leave only what they return', () => {
    const { primitives, secrets } = recording();
    const { state } = must(receive(OURS, OURS.initiation, primitives));
    expect(secrets.filter((secret) => !isZero(secret))).toEqual([state.chainingKey]);
  });

  test('createResponse() ends the state and leaves only the keys', () => {
    const { primitives, secrets } = recording();
    const { state } = must(receive(OURS));
    const ephemeralPrivate = OURS.responderEphemeral.slice();
    const fields = { senderIndex: OURS.responderIndex, ephemeralPrivate };
    const { keys } = must(createResponse(primitives, state, OURS.initiatorPublic, OURS.presharedKey, fields));
    expect(secrets.filter((secret) => !isZero(secret))).toEqual([keys.receive, keys.send]);
    expect([state.chainingKey, ephemeralPrivate].map(isZero)).toEqual([true, true]);
  });

  test('consumeResponse() ends the state and leaves only the keys', () => {
    const { primitives, secrets } = recording();
    const { state } = must(initiate(OURS));
    const response = responseOf(OURS.response);
    const keys = must(consumeResponse(primitives, state, initiatorOf(OURS), OURS.presharedKey, response));
    expect(secrets.filter((secret) => !isZero(secret))).toEqual([keys.send, keys.receive]);
    expect([state.chainingKey, state.ephemeralPrivate].map(isZero)).toEqual([true, true]);
  });

  test('consumeResponse() leaves nothing of a forged response', () => {
    const { primitives, secrets } = recording();
    const { state } = must(initiate(OURS));
    const forged = responseOf(flip(OURS.response, 50));
    expect(consumeResponse(primitives, state, initiatorOf(OURS), OURS.presharedKey, forged)).toBeNull();
    expect(secrets.filter((secret) => !isZero(secret))).toEqual([]);
  });

  test('the preshared key and the static keys stay', () => {
    const local = initiatorOf(OURS);
    const shared = sharedOf(OURS);
    const presharedKey = OURS.presharedKey.slice();
    const fields = { senderIndex: 1, ephemeralPrivate: OURS.initiatorEphemeral.slice(), timestamp: OURS.timestamp };
    const { state } = must(createInitiation(p, local, OURS.responderPublic, shared, fields));
    consumeResponse(p, state, local, presharedKey, responseOf(OURS.response));
    expect([local, shared, presharedKey]).toEqual([initiatorOf(OURS), sharedOf(OURS), OURS.presharedKey]);
  });
});

test('any two ends with any keys agree, and no two handshakes on the same keys', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const index = fc.nat({ max: 0xffff_ffff });
  fc.assert(
    fc.property(fc.tuple(key, key, key, key, key), index, index, ([a, b, x, y, presharedKey], ia, ib) => {
      const [alice, bob] = [localIdentity(p, a), localIdentity(p, b)];
      const shared = must(p.dh(alice.privateKey, bob.publicKey));
      const fields = { senderIndex: ia, ephemeralPrivate: x.slice(), timestamp: OURS.timestamp };
      const first = must(createInitiation(p, alice, bob.publicKey, shared, fields));
      const initiation = initiationOf(first.message);
      const opened = must(decryptInitiation(p, bob, initiation));
      expect(opened.remoteStatic).toEqual(alice.publicKey);
      const { state } = must(authenticateInitiation(p, opened, initiation, shared));
      const second = must(
        createResponse(p, state, alice.publicKey, presharedKey, { senderIndex: ib, ephemeralPrivate: y.slice() }),
      );
      const response = responseOf(second.message);
      expect([response.senderIndex, response.receiverIndex]).toEqual([ib, ia]);
      const keys = must(consumeResponse(p, first.state, alice, presharedKey, response));
      expect([keys.send, keys.receive]).toEqual([second.keys.receive, second.keys.send]);
      expect(keys.send).not.toEqual(keys.receive);
    }),
    { numRuns: 20 },
  );
});

/** Primitives that keep every value that they gave as text, and the secret ones of them also as they are. */
function recording() {
  const values: string[] = [];
  const secrets: Uint8Array[] = [];
  const keep = <T extends Uint8Array | null>(value: T): T => {
    if (value) {
      values.push(Buffer.from(value).toString('hex'));
      secrets.push(value);
    }
    return value;
  };
  const primitives: Primitives = {
    ...p,
    hash: (...parts) => {
      const digest = p.hash(...parts);
      values.push(Buffer.from(digest).toString('hex'));
      return digest;
    },
    hmac: (key, ...parts) => keep(p.hmac(key, ...parts)),
    dh: (privateKey, publicKey) => keep(p.dh(privateKey, publicKey)),
  };
  return { primitives, values, secrets };
}
