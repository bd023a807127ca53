import { expect, test } from 'vitest';
import { routeWords } from '../../../../src/tunnel/fault/route-words.ts';
import { device, keyText, peer, ranges } from '../../report/tunnel-samples.ts';

const wg0 = (...allowed: readonly string[]) => device({ peers: [peer(2, { allowedIps: ranges(...allowed) })] });
const address = '10.0.0.2';

test('a route past a tunnel that would take the packet is named, with the command that mends it', () => {
  expect(routeWords({ address, device: 'eth0', tunnels: [device({ name: 'wg1' }), wg0('10.0.0.0/24')] })).toBe(
    `the route to 10.0.0.2 leaves by eth0, and not by a tunnel; peer ${keyText(2).slice(0, 8)} of wg0 has it in its AllowedIPs, and no route leads there: ip route add 10.0.0.2 dev wg0`,
  );
});

test('tunnels none of whose peers would take it are named', () => {
  expect(routeWords({ address, device: 'eth0', tunnels: [wg0('10.0.1.0/24')] })).toMatch(
    /^the route to 10\.0\.0\.2 leaves by eth0, .*; no peer of wg0 has 10\.0\.0\.2 in its AllowedIPs: add it/,
  );
});

test('without a tunnel, or without root, it asks', () => {
  expect(routeWords({ address, device: null, tunnels: [] })).toBe(
    'is the tunnel up, and is 10.0.0.2 in the AllowedIPs of a peer? See ip route get 10.0.0.2',
  );
});
