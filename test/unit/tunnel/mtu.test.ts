import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseMtu } from '../../../src/tunnel/mtu.ts';

const ETHERNET = { routeMtu: null, deviceMtu: 1500 };
const PPPOE = { routeMtu: null, deviceMtu: 1492 };
const UNKNOWN = { routeMtu: null, deviceMtu: null };

test.each([
  ['takes an explicit MTU as it is', { explicit: 1300, endpoints: [ETHERNET], defaultRoute: null }, 1300, 'explicit'],
  [
    'takes 80 off the device of the endpoint',
    { explicit: null, endpoints: [PPPOE], defaultRoute: ETHERNET },
    1412,
    'endpoint',
  ],
  [
    'takes the smallest over all endpoints',
    { explicit: null, endpoints: [ETHERNET, PPPOE], defaultRoute: null },
    1412,
    'endpoint',
  ],
  [
    "puts a route's own MTU before that of its device",
    { explicit: null, endpoints: [{ routeMtu: 1400, deviceMtu: 1500 }], defaultRoute: null },
    1320,
    'endpoint',
  ],
  [
    'passes over endpoints whose way is unknown',
    { explicit: null, endpoints: [UNKNOWN, ETHERNET], defaultRoute: PPPOE },
    1420,
    'endpoint',
  ],
  [
    'falls back to the default route',
    { explicit: null, endpoints: [UNKNOWN], defaultRoute: PPPOE },
    1412,
    'default-route',
  ],
  ['assumes Ethernet when nothing is known', { explicit: null, endpoints: [], defaultRoute: UNKNOWN }, 1420, 'assumed'],
  ['assumes Ethernet without any route', { explicit: null, endpoints: [], defaultRoute: null }, 1420, 'assumed'],
] as const)('chooseMtu() %s', (_, facts, mtu, from) => {
  expect(chooseMtu(facts)).toMatchObject({ mtu, from });
});

test('chooseMtu() fits every endpoint with room for an IPv6 header outside', () => {
  const route = fc.record({ routeMtu: fc.constant(null), deviceMtu: fc.integer({ min: 576, max: 65_535 }) });
  fc.assert(
    fc.property(fc.array(route, { minLength: 1, maxLength: 9 }), (endpoints) => {
      const { mtu, underlayMtu } = chooseMtu({ explicit: null, endpoints, defaultRoute: ETHERNET });
      for (const { deviceMtu } of endpoints) expect(mtu + 40 + 8 + 32).toBeLessThanOrEqual(deviceMtu);
      expect(endpoints.some(({ deviceMtu }) => deviceMtu === underlayMtu)).toBe(true);
    }),
  );
});
