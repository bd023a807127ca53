import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COOKIE_REPLY_BYTES,
  decodeMessage,
  encodeCookieReply,
  encodeInitiation,
  encodeResponse,
  INITIATION_BYTES,
  KEEPALIVE_BYTES,
  RESPONSE_BYTES,
  writeDataHeader,
} from '../../../src/wire/wireguard.ts';
import { COOKIE, hex, KERNEL, KERNEL_DATA, OURS, VECTORS } from '../../support/golden-handshakes.ts';

const COOKIE_REPLY = Uint8Array.of(3, 0, 0, 0, 0xd8, 0x37, 0xd0, 0x30, ...COOKIE.nonce, ...COOKIE.encrypted);
const KEEPALIVE = hex(VECTORS.keepalive_i_to_r_counter_0 ?? '');

const MESSAGES = [
  ['an initiation', KERNEL.initiation, 148],
  ['a response', KERNEL.response, 92],
  ['a cookie reply', COOKIE_REPLY, 64],
  ['a keepalive', KEEPALIVE, 32],
] as const;

describe('decodeMessage()', () => {
  test('reads the initiation of a kernel (wireguard-ping-tcp.pcap)', () => {
    const bytes = KERNEL.initiation;
    expect(decodeMessage(bytes)).toEqual({
      tag: 'initiation',
      bytes,
      senderIndex: 0x30d0_37d8,
      ephemeral: hex('5fcec7c8e5c8e2e3f7989eef60c228d82329d602b6b1e2bb9d068f89cf9d4d45'),
      encryptedStatic: bytes.slice(40, 88),
      encryptedTimestamp: bytes.slice(88, 116),
    });
  });

  test('reads the response of a kernel (wireguard-ping-tcp.pcap)', () => {
    const bytes = KERNEL.response;
    expect(decodeMessage(bytes)).toEqual({
      tag: 'response',
      bytes,
      senderIndex: 0xab7d_f406,
      receiverIndex: 0x30d0_37d8,
      ephemeral: hex('b18d5550bd4042a37a46823ac08db1ec66839bc0ca2d64bc15cd80232b66232f'),
      encryptedNothing: hex('aec24af8918de1060ff5c98e865d5f35'),
    });
  });

  test('reads a cookie reply (whitepaper §5.4.7)', () => {
    expect(decodeMessage(COOKIE_REPLY)).toEqual({
      tag: 'cookie-reply',
      receiverIndex: 0x30d0_37d8,
      nonce: COOKIE.nonce,
      encryptedCookie: COOKIE.encrypted,
    });
  });

  test('reads data, and a counter in two halves (whitepaper §5.4.6)', () => {
    expect(decodeMessage(KERNEL_DATA.forward)).toEqual({
      tag: 'data',
      receiverIndex: 0xab7d_f406,
      counterHigh: 0,
      counterLow: 0,
      encryptedPacket: KERNEL_DATA.forward.slice(16),
    });
    const late = KERNEL_DATA.forward.slice();
    late.set([0xfe, 0xff, 0xff, 0xff, 0x04, 0x03, 0x02, 0x81], 8);
    expect(decodeMessage(late)).toMatchObject({ counterHigh: 0x8102_0304, counterLow: 0xffff_fffe });
  });

  test('reads a keepalive as data without a packet', () => {
    expect(decodeMessage(KEEPALIVE)).toMatchObject({ tag: 'data', encryptedPacket: KEEPALIVE.slice(16) });
  });

  test('reads out of a larger buffer, from any offset', () => {
    for (const [, bytes] of MESSAGES) {
      const memory = new Uint8Array(300).fill(0xee);
      memory.set(bytes, 13);
      expect(decodeMessage(memory.subarray(13, 13 + bytes.length))).toEqual(decodeMessage(bytes));
    }
  });

  test.each(MESSAGES)('refuses %s cut short by any number of octets', (_, bytes, length) => {
    expect(bytes).toHaveLength(length);
    for (let keep = 0; keep < length; keep++) {
      expect(decodeMessage(bytes.subarray(0, keep)), `${keep} octets`).toBeUndefined();
    }
  });

  test.each(MESSAGES.slice(0, 3))('refuses %s with an octet too many: its length is exact', (_, bytes) => {
    expect(decodeMessage(Uint8Array.of(...bytes, 0))).toBeUndefined();
  });

  test('takes data of any length from 32 on, and a packet that is not padded to 16', () => {
    for (const length of [32, 33, 47, 48, 1452, 65_535]) {
      const bytes = new Uint8Array(length);
      bytes[0] = 4;
      expect(decodeMessage(bytes)).toMatchObject({ tag: 'data' });
    }
  });

  test.each(MESSAGES)('refuses %s with a reserved octet that is not zero', (_, bytes) => {
    for (const at of [1, 2, 3]) {
      for (const bit of [1, 0x80]) expect(decodeMessage(bytes.with(at, bit)), `octet ${at}`).toBeUndefined();
    }
  });

  test('refuses every type but the four', () => {
    for (let type = 0; type < 256; type++) {
      const tags = [148, 92, 64, 32].map((length) => decodeMessage(new Uint8Array(length).with(0, type))?.tag);
      const expected = {
        1: ['initiation', undefined, undefined, undefined],
        2: [undefined, 'response', undefined, undefined],
        3: [undefined, undefined, 'cookie-reply', undefined],
        4: ['data', 'data', 'data', 'data'],
      }[type];
      expect(tags, `type ${type}`).toEqual(expected ?? Array(4).fill(undefined));
    }
  });

  test('never throws, and gives views into what it was given', () => {
    const start = fc.constantFrom([1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0], [4, 0, 0, 0], []);
    const size = fc.constantFrom(0, 31, 32, 63, 64, 91, 92, 147, 148, 149, 200);
    const octets = fc.uint8Array({ minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(octets, start, size, (bytes, type, length) => {
        bytes.set(type);
        const datagram = bytes.subarray(0, length);
        const message = decodeMessage(datagram);
        for (const field of Object.values(message ?? {})) {
          if (field instanceof Uint8Array) expect(field.buffer).toBe(bytes.buffer);
        }
      }),
    );
  });
});

describe('encode', () => {
  const index = fc.nat({ max: 0xffff_ffff });
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

  test('encodeInitiation() is undone by decodeMessage()', () => {
    const fields = fc.record({
      senderIndex: index,
      ephemeral: octets(32),
      encryptedStatic: octets(48),
      encryptedTimestamp: octets(28),
    });
    fc.assert(
      fc.property(fields, (initiation) => {
        const bytes = encodeInitiation(initiation);
        expect(bytes).toHaveLength(INITIATION_BYTES);
        expect(decodeMessage(bytes)).toEqual({ tag: 'initiation', bytes, ...initiation });
        expect(bytes.slice(116)).toEqual(new Uint8Array(32));
      }),
    );
  });

  test('encodeResponse() is undone by decodeMessage()', () => {
    const fields = fc.record({
      senderIndex: index,
      receiverIndex: index,
      ephemeral: octets(32),
      encryptedNothing: octets(16),
    });
    fc.assert(
      fc.property(fields, (response) => {
        const bytes = encodeResponse(response);
        expect(bytes).toHaveLength(RESPONSE_BYTES);
        expect(decodeMessage(bytes)).toEqual({ tag: 'response', bytes, ...response });
        expect(bytes.slice(60)).toEqual(new Uint8Array(32));
      }),
    );
  });

  test('encodeCookieReply() is undone by decodeMessage()', () => {
    const fields = fc.record({ receiverIndex: index, nonce: octets(24), encryptedCookie: octets(32) });
    fc.assert(
      fc.property(fields, (reply) => {
        const bytes = encodeCookieReply(reply);
        expect(bytes).toHaveLength(COOKIE_REPLY_BYTES);
        expect(decodeMessage(bytes)).toEqual({ tag: 'cookie-reply', ...reply });
      }),
    );
  });

  test('writeDataHeader() is undone by decodeMessage(), and writes 16 octets', () => {
    fc.assert(
      fc.property(index, index, index, fc.nat(9), (receiverIndex, high, low, at) => {
        const bytes = new Uint8Array(at + KEEPALIVE_BYTES).fill(0xee);
        writeDataHeader(bytes, at, receiverIndex, high, low);
        expect(decodeMessage(bytes.subarray(at))).toMatchObject({ receiverIndex, counterHigh: high, counterLow: low });
        expect([...bytes.slice(0, at), ...bytes.slice(at + 16)]).toEqual(Array(at + 16).fill(0xee));
      }),
    );
  });

  test('encodeInitiation() and encodeResponse() restore the messages of whole handshakes', () => {
    for (const { initiation, response } of [OURS, KERNEL]) {
      const first = decodeMessage(initiation);
      const second = decodeMessage(response);
      if (first?.tag !== 'initiation' || second?.tag !== 'response') throw new Error('not a handshake');
      expect(encodeInitiation(first).slice(0, 116)).toEqual(initiation.slice(0, 116));
      expect(encodeResponse(second).slice(0, 60)).toEqual(response.slice(0, 60));
    }
  });
});
