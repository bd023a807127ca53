import { expect, test } from 'vitest';
import { decodeLink } from '../../../src/wire/link-message.ts';
import { decodeAttributes, decodeMessages, encodeMessage } from '../../../src/wire/netlink.ts';
import { decodeRoute, encodeRouteRequest } from '../../../src/wire/route-message.ts';
import { decodePolicy, decodeState } from '../../../src/wire/xfrm-message.ts';
import { NETLINK_ANSWERS, octets } from '../../support/netlink/answers.ts';

const { routes, links, policies, states } = NETLINK_ANSWERS;
const device = (name: keyof typeof links): number | undefined => decodeLink(octets(links[name]))?.index;

test('decodes the device of a route, and its MTU and remote address if it has them', () => {
  expect(decodeRoute(octets(routes['to 10.0.2.2']))).toEqual({ device: device('vx0'), mtu: null, remoteAddress: null });
  expect(decodeRoute(octets(routes['to 10.99.1.5']))).toEqual({
    device: device('cilium_vxlan'),
    mtu: 1370,
    remoteAddress: Uint8Array.of(192, 0, 2, 2),
  });
});

test('encodes the port that routing rules may match', () => {
  const [message] = decodeMessages(
    encodeRouteRequest({ to: Uint8Array.of(192, 0, 2, 2), from: null, toPort: 8472 }, 7),
  );
  expect([message?.type, message?.sequence]).toEqual([26, 7]);
  const attributes = decodeAttributes(message?.body ?? new Uint8Array(0), 12);
  expect(attributes.get(1)).toEqual(Uint8Array.of(192, 0, 2, 2));
  expect(attributes.get(27)).toEqual(Uint8Array.of(17));
  expect(attributes.get(29)).toEqual(Uint8Array.of(0x21, 0x18));
});

test('no truncation makes a decoder throw', () => {
  const decoders = [
    [decodeRoute, Object.values(routes)],
    [decodeLink, [links.gre6, links.macsec1]],
    [decodePolicy, policies.slice(0, 1)],
    [decodeState, states.slice(0, 1)],
  ] as const;
  for (const [decode, answers] of decoders) {
    for (const whole of answers.map(octets)) {
      for (let end = 0; end < whole.length; end++) decode(whole.subarray(0, end));
    }
  }
});

test('a message or attribute with a wrong length ends decoding', () => {
  const bytes = encodeMessage({ type: 3, flags: 0, sequence: 1 }, new Uint8Array(0), [[1, Uint8Array.of(5)]]);
  expect(decodeMessages(bytes)).toHaveLength(1);
  for (const length of [0, 15, bytes.length + 1]) {
    expect(decodeMessages(Uint8Array.from(bytes).fill(length, 0, 1))).toEqual([]);
  }
  for (const length of [0, 3, 9]) expect(decodeAttributes(Uint8Array.of(length, 0, 1, 0, 5, 0, 0, 0)).size).toBe(0);
});
