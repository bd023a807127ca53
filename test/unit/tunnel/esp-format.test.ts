import { expect, test } from 'vitest';
import { largestInner, outerOf } from '../../../src/tunnel/encapsulation.ts';
import { espEncapsulation } from '../../../src/tunnel/esp-format.ts';
import { decodePolicy, decodeState } from '../../../src/wire/xfrm-message.ts';
import { NETLINK_ANSWERS, octets } from '../../support/netlink/answers.ts';

const POLICIES = NETLINK_ANSWERS.policies.flatMap((hex) => decodePolicy(octets(hex)) ?? []);
const STATES = NETLINK_ANSWERS.states.flatMap((hex) => decodeState(octets(hex)) ?? []);
const address = (text: string): Uint8Array => Uint8Array.from(text.split('.').map(Number));

test('of policies, those of packets that leave are read, and all states', () => {
  expect(POLICIES.map(({ ifId, template }) => [ifId, template?.mode])).toEqual(
    expect.arrayContaining([
      [7, 1],
      [8, 1],
      [0, 0],
      [0, 0],
    ]),
  );
  expect([POLICIES.length, STATES.length]).toEqual([4, 8]);
});

test.each([
  ['AES-GCM, tunnel mode', '10.0.14.1', '10.0.14.2', 7, 4, 52],
  ['ChaCha20-Poly1305, tunnel mode', '10.0.15.1', '10.0.15.2', 8, 4, 52],
  ['AES-GCM, transport mode', '192.0.2.31', '192.0.2.32', 0, null, 32],
  ['ChaCha20-Poly1305, transport mode', '192.0.2.41', '192.0.2.42', 0, null, 32],
] as const)('%s, from %s to %s', (_, from, to, ifId, family, added) => {
  const device = ifId === 0 ? null : { name: `xfrm${ifId}`, mtu: 1500 };
  expect(espEncapsulation({ from: address(from), to: address(to), ifId }, POLICIES, STATES, device)).toEqual({
    kind: 'esp',
    device: device?.name ?? null,
    outer_family: family,
    added_bytes: added,
    block_bytes: 4,
    mtu_bytes: device?.mtu ?? null,
  });
});

test('other addresses have no IPsec', () => {
  const flow = { from: address('192.0.2.1'), to: address('192.0.2.2'), ifId: 0 };
  expect(espEncapsulation(flow, POLICIES, STATES, null)).toBeNull();
});

test('ESP pads packet and trailer to 4 octets', () => {
  const esp = espEncapsulation(
    { from: address('10.0.14.1'), to: address('10.0.14.2'), ifId: 7 },
    POLICIES,
    STATES,
    null,
  );
  const layers = esp === null ? [] : [esp];
  expect([1000, 1001, 1002, 1003].map((inner) => outerOf(layers, inner))).toEqual([1056, 1056, 1056, 1060]);
  expect(largestInner(layers, 1500)).toBe(1446);
});
