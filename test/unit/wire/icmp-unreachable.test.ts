import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../src/core/bytes.ts';
import { encodeUnreachable } from '../../../src/wire/icmp-unreachable.ts';
import { innerLength } from '../../../src/wire/ip.ts';
import { innerPacket } from '../../support/inner-packets.ts';

const V4 = innerPacket({ from: '10.0.0.1', to: '10.0.0.9', bytes: 60, id: 7 });
const V6 = innerPacket({ from: 'fd00::1', to: 'fd00::9', bytes: 80, id: 7 });

/** RFC 1071, word by word: 0xffff over what includes its own right checksum. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

function edited(packet: Uint8Array, edit: (view: DataView) => void): Uint8Array {
  const copy = packet.slice();
  edit(new DataView(copy.buffer));
  return copy;
}

describe('encodeUnreachable()', () => {
  test('an IPv4 host that is unreachable, by hand', () => {
    const answer = encodeUnreachable(V4) ?? new Uint8Array();
    expect(toHex(answer.subarray(0, 10))).toBe('45c00058000040004001');
    expect(toHex(answer.subarray(12, 22))).toBe('0a0000090a0000010301');
    expect(toHex(answer.subarray(24, 28))).toBe('00000000');
    expect(answer.subarray(28)).toEqual(V4);
    expect([sum(answer.subarray(0, 20)), sum(answer.subarray(20))]).toEqual([0xffff, 0xffff]);
  });

  test('an IPv6 address that is unreachable, by hand', () => {
    const answer = encodeUnreachable(V6) ?? new Uint8Array();
    expect(toHex(answer.subarray(0, 8))).toBe('6000000000583a40');
    const [far, near] = ['fd000000000000000000000000000009', 'fd000000000000000000000000000001'];
    expect(toHex(answer.subarray(8, 42))).toBe(`${far}${near}0103`);
    expect(toHex(answer.subarray(44, 48))).toBe('00000000');
    expect(answer.subarray(48)).toEqual(V6);
    // Pseudo-header (RFC 8200 §8.1): addresses, length, next header.
    const pseudo = fromHex(`${far}${near}000000580000003a`) ?? new Uint8Array();
    expect(sum(Uint8Array.of(...pseudo, ...answer.subarray(40)))).toBe(0xffff);
  });

  test.each([
    ['IPv4', '10.0.0.1', '10.0.0.9', 576],
    ['IPv6', 'fd00::1', 'fd00::9', 1280],
  ])('quotes of %s what fits', (_name, from, to, most) => {
    for (const bytes of [most - 49, most - 48, most - 29, most - 28, most - 27, 1420]) {
      const packet = innerPacket({ from, to, bytes, id: 1 });
      const answer = encodeUnreachable(packet) ?? new Uint8Array();
      const headers = to.includes(':') ? 48 : 28;
      expect(answer.length).toBe(Math.min(most, bytes + headers));
      expect(answer.subarray(headers)).toEqual(packet.subarray(0, answer.length - headers));
      expect(innerLength(answer, 0, answer.length)).toBe(answer.length);
    }
  });

  test.each([
    ['to many (RFC 5771)', innerPacket({ from: '10.0.0.1', to: '224.0.0.251', bytes: 60, id: 1 })],
    ['to all', innerPacket({ from: '10.0.0.1', to: '255.255.255.255', bytes: 60, id: 1 })],
    ['from nobody', innerPacket({ from: '0.0.0.0', to: '10.0.0.9', bytes: 60, id: 1 })],
    ['from loopback', innerPacket({ from: '127.0.0.1', to: '10.0.0.9', bytes: 60, id: 1 })],
    ['from many', innerPacket({ from: '224.0.0.1', to: '10.0.0.9', bytes: 60, id: 1 })],
    ['a later fragment', edited(V4, (view) => view.setUint16(6, 0x2001))],
    ['to many (RFC 4291 §2.7)', innerPacket({ from: 'fd00::1', to: 'ff02::2', bytes: 80, id: 1 })],
    ['from nobody, in IPv6', innerPacket({ from: '::', to: 'fd00::9', bytes: 80, id: 1 })],
    ['from many, in IPv6', innerPacket({ from: 'ff02::1', to: 'fd00::9', bytes: 80, id: 1 })],
    [
      'a later fragment of IPv6',
      edited(V6, (view) => {
        view.setUint8(6, 44);
        view.setUint16(42, 0x0009);
      }),
    ],
  ])('does not answer what is %s', (_name, packet) => {
    expect(encodeUnreachable(packet)).toBeNull();
  });

  test('answers the first of fragments', () => {
    expect(encodeUnreachable(edited(V4, (view) => view.setUint16(6, 0x2000)))).not.toBeNull();
  });

  test('answers requests of ICMP, and no errors (RFC 1122 §3.2.2, RFC 4443 §2.4 e)', () => {
    const v4 = (type: number): Uint8Array =>
      edited(V4, (view) => {
        view.setUint8(9, 1);
        view.setUint8(20, type);
      });
    const v6 = (type: number): Uint8Array =>
      edited(V6, (view) => {
        view.setUint8(6, 58);
        view.setUint8(40, type);
      });
    const options = (type: number): Uint8Array =>
      edited(V6, (view) => {
        view.setUint8(6, 0);
        view.setUint8(40, 58);
        view.setUint8(41, 1);
        view.setUint8(56, type);
      });
    const isAnswered = (packet: Uint8Array): boolean => encodeUnreachable(packet) !== null;
    expect([0, 8, 13].map((type) => isAnswered(v4(type)))).toEqual([true, true, true]);
    expect([3, 4, 5, 11, 12].some((type) => isAnswered(v4(type)))).toBe(false);
    expect([128, 129, 135].map((type) => isAnswered(v6(type)))).toEqual([true, true, true]);
    expect([1, 2, 3, 4, 127, 137].some((type) => isAnswered(v6(type)))).toBe(false);
    expect([128, 1].map((type) => isAnswered(options(type)))).toEqual([true, false]);
  });

  test('for any packet, the answer is a valid packet that is not answered itself', () => {
    const isV6 = fc.boolean();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 200 }), isV6, (bytes, six) => {
        const packet = edited(bytes, (view) => {
          view.setUint8(0, six ? 0x60 : 0x45);
          view.setUint16(six ? 4 : 2, six ? bytes.length - 40 : bytes.length);
        });
        const answer = encodeUnreachable(packet);
        if (!answer) return;
        expect(innerLength(answer, 0, answer.length)).toBe(answer.length);
        expect(encodeUnreachable(answer)).toBeNull();
      }),
    );
  });
});
