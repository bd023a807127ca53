import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseMtu, mtuWarning } from '../../../src/tunnel/mtu.ts';

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
  expect(chooseMtu({ ...facts, inside: 6 })).toMatchObject({ mtu, from });
});

test('chooseMtu() fits every endpoint with room for an IPv6 header outside, or is the least for what is inside', () => {
  const route = fc.record({ routeMtu: fc.constant(null), deviceMtu: fc.integer({ min: 68, max: 65_535 }) });
  const insides = fc.constantFrom(4, 6);
  fc.assert(
    fc.property(fc.array(route, { minLength: 1, maxLength: 9 }), insides, (endpoints, inside) => {
      const choice = chooseMtu({ explicit: null, endpoints, defaultRoute: ETHERNET, inside });
      const { mtu, underlayMtu } = choice;
      const least = inside === 6 ? 1280 : 576;
      expect(mtu).toBeGreaterThanOrEqual(least);
      const fits = endpoints.every(({ deviceMtu }) => mtu + 40 + 8 + 32 <= deviceMtu);
      if (!fits) expect(mtu).toBe(least);
      expect(mtuWarning(choice) === null).toBe(fits);
      expect(endpoints.some(({ deviceMtu }) => deviceMtu === underlayMtu)).toBe(true);
    }),
  );
});

test.each([
  [
    1300,
    6,
    1280,
    'the MTU is 1280, the least for IPv6 inside, and the way to the peers carries 1300: full packets go in fragments',
  ],
  [
    1340,
    6,
    1280,
    'the MTU is 1280, the least for IPv6 inside, and the way to the peers carries 1340: full packets go in fragments over IPv6',
  ],
  [1360, 6, 1280, null],
  [1300, 4, 1220, null],
  [
    600,
    4,
    576,
    'the MTU is 576, the least for IPv4 inside, and the way to the peers carries 600: full packets go in fragments',
  ],
] as const)(
  'over a way of %i, with IPv%i inside, it is %i, and what does not fit is said',
  (routeMtu, inside, mtu, doubt) => {
    const endpoints = [{ routeMtu, deviceMtu: 1500 }];
    const choice = chooseMtu({ explicit: null, endpoints, defaultRoute: null, inside });
    expect([choice.mtu, mtuWarning(choice)]).toEqual([mtu, doubt]);
  },
);

test('chooseMtu() takes more endpoints than a call takes arguments', () => {
  const endpoints = Array.from({ length: 200_000 }, () => PPPOE);
  expect(chooseMtu({ explicit: null, endpoints, defaultRoute: null, inside: 6 }).mtu).toBe(1412);
});
