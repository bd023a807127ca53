import { expect, test } from 'vitest';
import { describeRouteFault } from '../../../../src/tunnel/fault/route-fault.ts';
import { device, keyText, peer, ranges } from '../../report/tunnel-samples.ts';

const wg0 = (...allowed: readonly string[]) => device({ peers: [peer(2, { allowedIps: ranges(...allowed) })] });
const address = '10.0.0.2';

test('names a route that bypasses a tunnel with the right peer, and the command that corrects it', () => {
  expect(describeRouteFault({ address, device: 'eth0', tunnels: [device({ name: 'wg1' }), wg0('10.0.0.0/24')] })).toBe(
    `the route to 10.0.0.2 leaves by eth0, and not by a tunnel; peer ${keyText(2).slice(0, 8)} of wg0 has it in its AllowedIPs, and no route leads there: ip route add 10.0.0.2 dev wg0`,
  );
});

test('names the tunnels if none of their peers has the address', () => {
  expect(describeRouteFault({ address, device: 'eth0', tunnels: [wg0('10.0.1.0/24')] })).toMatch(
    /^the route to 10\.0\.0\.2 leaves by eth0, .*; no peer of wg0 has 10\.0\.0\.2 in its AllowedIPs: add it/,
  );
});

test('without a tunnel, or without root, it asks', () => {
  expect(describeRouteFault({ address, device: null, tunnels: [] })).toBe(
    'is the tunnel up, and is 10.0.0.2 in the AllowedIPs of a peer? See ip route get 10.0.0.2',
  );
});
