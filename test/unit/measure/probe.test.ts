import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reflector, readReply } from '../../../src/measure/probe.ts';
import { StreamKey } from '../../../src/wire/datagram.ts';
import { datagram, STREAM, TOKEN, viewOf } from '../../support/datagrams.ts';

const KEY = new StreamKey(TOKEN, STREAM);
const PROBE = 3;
const REPLY = 4;

describe('Reflector', () => {
  test('turns a probe into its reply: type, stamps and count; nothing else changes', () => {
    const reflector = new Reflector(KEY);
    const bytes = datagram({ type: PROBE, sequence: 7, sent: 1234, length: 64 }).fill(0xee, 52);
    expect(reflector.reflect(viewOf(bytes), 0, 64, 2 ** 40 + 1, 2 ** 40 + 2)).toBe(true);
    const want = datagram({
      type: REPLY,
      sequence: 7,
      sent: 1234,
      serverReceived: 2 ** 40 + 1,
      serverSent: 2 ** 40 + 2,
      serverCount: 1,
      length: 64,
    }).fill(0xee, 52);
    expect(bytes).toEqual(want);
  });

  test('counts distinct probes', () => {
    const reflector = new Reflector(KEY);
    const counts = [0, 2, 2, 1, 0, 5].map((sequence) => {
      const bytes = datagram({ type: PROBE, sequence, length: 52 });
      reflector.reflect(viewOf(bytes), 0, 52, 1, 2);
      return Number(Buffer.from(bytes).readBigUInt64BE(44));
    });
    expect(counts).toEqual([1, 2, 2, 3, 3, 4]);
    expect(reflector.received).toBe(4);
  });

  test.each([
    ['shorter than a reply', { length: 51 }],
    ['no probe but data', { type: 1 }],
    ['a reply: two reflectors must not play ping-pong', { type: REPLY }],
    ['of another stream', { stream: STREAM + 1 }],
    ['of another test', { token: new Uint8Array(8) }],
    ['numbered beyond 2^53', { sequence: 2n ** 53n - 1n }],
    ['numbered with all ones', { sequence: 2n ** 64n - 1n }],
  ])('leaves alone what is %s', (_name, wish) => {
    const reflector = new Reflector(KEY);
    const bytes = datagram({ type: PROBE, sequence: 0, length: 64, ...wish });
    const before = bytes.slice();
    expect(reflector.reflect(viewOf(bytes), 0, bytes.length, 1, 2)).toBe(false);
    expect(bytes).toEqual(before);
    expect(reflector.received).toBe(0);
  });

  test('never throws, and never answers what it did not know', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(20), (rest, keep) => {
        const lead = datagram({ type: PROBE, sequence: 0, length: 20 }).slice(0, keep);
        const bytes = Uint8Array.of(...lead, ...rest);
        const known = bytes.length >= 52 && KEY.typeOf(viewOf(bytes), 0, bytes.length) === PROBE;
        if (new Reflector(KEY).reflect(viewOf(bytes), 0, bytes.length, 1, 2)) expect(known).toBe(true);
      }),
    );
  });
});

describe('readReply()', () => {
  const wish = { type: REPLY, sequence: 9, serverReceived: 11, serverSent: 12, serverCount: 13, length: 64 };

  test('reads what the server stamped', () => {
    const bytes = Uint8Array.of(1, 2, 3, ...datagram(wish));
    expect(readReply(KEY, viewOf(bytes), 3, 64, 777)).toEqual({
      sequence: 9,
      serverReceived: 11,
      serverSent: 12,
      serverCount: 13,
      receivedAt: 777,
    });
  });

  test.each([
    ['one octet short', { length: 51 }],
    ['a probe', { type: PROBE }],
    ['of another test', { token: new Uint8Array(8) }],
    ['numbered beyond reason', { sequence: 2n ** 63n }],
    ['stamped beyond reason on receipt', { serverReceived: 2n ** 63n }],
    ['stamped beyond reason on sending', { serverSent: 2n ** 64n - 1n }],
    ['counted beyond reason', { serverCount: 2n ** 64n - 1n }],
  ])('refuses what is %s', (_name, changed) => {
    const bytes = datagram({ ...wish, ...changed });
    expect(readReply(KEY, viewOf(bytes), 0, bytes.length, 0)).toBeUndefined();
  });

  test('takes exactly as many octets as a reply has', () => {
    const bytes = datagram({ ...wish, length: 52 });
    expect(readReply(KEY, viewOf(bytes), 0, 52, 0)?.serverCount).toBe(13);
  });
});
