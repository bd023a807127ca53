import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { receivedMessageKind } from '../../../../src/tunnel/fault/received-message.ts';

const FROM = Uint8Array.of(192, 0, 2, 2);
const PORTS = { from: 51820, to: 9 };
const FROM6 = Uint8Array.from([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);

/** By hand from RFC 791, 768 and the whitepaper's lengths. */
function packet(
  type: number,
  bytes: number,
  { from = FROM, port = 51820, options = 0, fragment = 0 } = {},
): Uint8Array {
  const v4 = from.length === 4;
  const header = v4 ? 20 + options : 40;
  const out = new Uint8Array(header + 8 + bytes);
  out[0] = v4 ? 0x40 | (header / 4) : 0x60;
  if (v4) out.set([fragment >> 8, fragment & 255], 6);
  out[v4 ? 9 : 6] = 17;
  out.set(from, v4 ? 12 : 8);
  out.set([port >> 8, port & 255, 0, 9, (bytes + 8) >> 8, (bytes + 8) & 255], header);
  out[header + 8] = type;
  return out;
}

describe('receivedMessageKind()', () => {
  test.each([
    [1, 148, 'initiations'],
    [2, 92, 'responses'],
    [3, 64, 'cookies'],
    [4, 32, 'data'],
    [4, 1452, 'data'],
    [1, 92, null],
    [2, 148, null],
    [5, 92, null],
  ] as const)('type %i of %i octets is %s', (type, bytes, expected) => {
    expect(receivedMessageKind(packet(type, bytes), FROM, PORTS)).toBe(expected);
    expect(receivedMessageKind(packet(type, bytes, { options: 8 }), FROM, PORTS)).toBe(expected);
    expect(receivedMessageKind(packet(type, bytes, { from: FROM6 }), FROM6, PORTS)).toBe(expected);
    // A head is enough.
    expect(receivedMessageKind(packet(type, bytes).subarray(0, 29), FROM, PORTS)).toBe(expected);
  });

  test('another source, port, protocol or family, and a later fragment, do not count', () => {
    expect(receivedMessageKind(packet(2, 92), Uint8Array.of(192, 0, 2, 3), PORTS)).toBeNull();
    expect(receivedMessageKind(packet(2, 92), FROM, { ...PORTS, from: 51821 })).toBeNull();
    expect(receivedMessageKind(packet(2, 92), FROM6, PORTS)).toBeNull();
    expect(receivedMessageKind(packet(2, 92, { fragment: 185 }), FROM, PORTS)).toBeNull();
    const tcp = packet(2, 92);
    tcp[9] = 6;
    expect(receivedMessageKind(tcp, FROM, PORTS)).toBeNull();
  });

  test('what goes to a port that the device does not have is not received by it', () => {
    expect(receivedMessageKind(packet(1, 148), FROM, { from: 51820, to: 10 })).toBeNull();
    expect(receivedMessageKind(packet(1, 148, { from: FROM6 }), FROM6, { from: 51820, to: 10 })).toBeNull();
    expect(receivedMessageKind(packet(1, 148), FROM, { from: 51820, to: null })).toBe('initiations');
  });

  test('takes any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 128 }), fc.constantFrom(FROM, FROM6), (bytes, from) => {
        receivedMessageKind(bytes, from, PORTS);
      }),
    );
    for (let length = 0; length < 29; length++) {
      expect(receivedMessageKind(packet(2, 92).subarray(0, length), FROM, PORTS)).toBeNull();
    }
  });
});
