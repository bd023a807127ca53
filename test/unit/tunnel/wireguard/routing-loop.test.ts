import { expect, test } from 'vitest';
import { isOwnMessage } from '../../../../src/tunnel/wireguard/routing-loop.ts';
import { innerPacket } from '../../../support/inner-packets.ts';

const INDEX = 0x8899_aabb;

/** A UDP packet with a data message of that session in it, some octets before or behind. */
function carrying(to: string, index = INDEX, { type = 4, udpBytes = 40 } = {}): Uint8Array {
  const packet = innerPacket({ from: to.includes(':') ? 'fd00::1' : '10.0.0.1', to, bytes: 120, id: 0 });
  const view = new DataView(packet.buffer);
  const udp = to.includes(':') ? 40 : 20;
  view.setUint16(udp + 4, udpBytes);
  view.setUint32(udp + 8, type, true);
  view.setUint32(udp + 12, index, true);
  return packet;
}

function edited(packet: Uint8Array, edit: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const copy = packet.slice();
  edit(new DataView(copy.buffer), copy);
  return copy;
}

test.each(['192.0.2.2', '2001:db8::2'])('a data message of the same session, to %s', (to) => {
  expect(isOwnMessage(carrying(to), 0, INDEX)).toBe(true);
  const further = Uint8Array.of(1, 2, 3, ...carrying(to));
  expect(isOwnMessage(further, 3, INDEX)).toBe(true);
});

test.each([
  ['of another session', carrying('192.0.2.2', INDEX - 1)],
  ['of another type', carrying('192.0.2.2', INDEX, { type: 1 })],
  ['with octets that are not zero', carrying('192.0.2.2', INDEX, { type: 0x104 })],
  ['too short', carrying('192.0.2.2', INDEX, { udpBytes: 23 })],
  ['over TCP', edited(carrying('192.0.2.2'), (view) => view.setUint8(9, 6))],
  ['over TCP in IPv6', edited(carrying('2001:db8::2'), (view) => view.setUint8(6, 6))],
  ['a later fragment', edited(carrying('192.0.2.2'), (view) => view.setUint16(6, 5))],
])('not one %s', (_name, packet) => {
  expect(isOwnMessage(packet, 0, INDEX)).toBe(false);
});

test('the first fragment, in both versions', () => {
  expect(
    isOwnMessage(
      edited(carrying('192.0.2.2'), (view) => view.setUint16(6, 0x2000)),
      0,
      INDEX,
    ),
  ).toBe(true);
  const fragment = (offset: number): Uint8Array =>
    edited(carrying('2001:db8::2'), (view, bytes) => {
      bytes.copyWithin(48, 40, 100);
      view.setUint8(6, 44);
      view.setUint8(40, 17);
      view.setUint16(42, (offset << 3) | 1);
    });
  expect(isOwnMessage(fragment(0), 0, INDEX)).toBe(true);
  expect(isOwnMessage(fragment(185), 0, INDEX)).toBe(false);
});

test('behind IPv4 options', () => {
  const plain = carrying('192.0.2.2');
  const packet = edited(plain, (view, bytes) => {
    bytes.copyWithin(24, 20, 100);
    view.setUint8(0, 0x46);
  });
  expect(isOwnMessage(packet, 0, INDEX)).toBe(true);
});
