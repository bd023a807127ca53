/** Devices with several peers, winze at one end and the kernel at the other: each peer has a session of its own. */
import { describe, expect, test } from 'vitest';
import { must } from '../interop/support/commands.ts';
import { missingPeers } from '../interop/support/peers.ts';
import { endpointOf, inLab, OUTER } from '../interop/support/tunnel-lab.ts';

const skipped = missingPeers(['kernel', 'wg', 'ip', 'ping']);
const ENDS = { near: 'winze', far: 'kernel' } as const;
const PORT = 51_820;
const STRANGERS = 500;

describe.skipIf(skipped)('several peers', () => {
  test(`three ends of winze are found among ${STRANGERS} other peers of one device of the kernel`, () =>
    inLab(
      async (lab) => {
        const far = lab.end('far', 'kernel', { number: 0, port: PORT });
        const numbers = [0, 1, 2];
        const near = numbers.map((number) => lab.end('near', 'winze', { number, port: PORT + number }));
        const presharedKeys = near.map(() => must(['wg', 'genpsk']).trim());
        const strangers = Array.from({ length: STRANGERS }, (_, i) => ({
          publicKey: Buffer.alloc(32, `stranger ${i} `).toString('base64'),
          allowedIps: [`10.77.${i >> 8}.${i & 255}/32`],
          endpoint: endpointOf(OUTER[4].near, 20_000 + i),
        }));
        const known = near.map(({ publicKey }, i) => ({
          publicKey,
          allowedIps: [`10.0.${i}.1/32`],
          presharedKey: presharedKeys[i] ?? '',
        }));
        await far.up([...strangers.slice(0, 200), ...known, ...strangers.slice(200)]);
        for (const i of numbers.slice(1)) lab.network.address('far', far.device, `10.0.${i}.2/24`);
        await Promise.all(
          near.map((end, i) =>
            end.up([
              {
                publicKey: far.publicKey,
                allowedIps: [`10.0.${i}.2/32`],
                endpoint: endpointOf(OUTER[4].far, PORT),
                presharedKey: presharedKeys[i] ?? '',
              },
            ]),
          ),
        );
        for (const i of numbers) await lab.reach('near', `10.0.${i}.2`);
        for (const i of numbers) expect(lab.ping('far', `10.0.${i}.1`)).toBe(3);
        const { peers } = far.dump();
        expect(peers).toHaveLength(STRANGERS + near.length);
        const met = peers.filter(({ latestHandshake }) => latestHandshake > 0);
        expect(met.map(({ publicKey }) => publicKey).sort()).toEqual(near.map(({ publicKey }) => publicKey).sort());
      },
      { ends: ENDS },
    ));

  test('a device of winze has sessions with six devices of the kernel', () =>
    inLab(
      async (lab) => {
        const numbers = [0, 1, 2, 3, 4, 5];
        const near = lab.end('near', 'winze', { number: 0, port: PORT });
        const far = numbers.map((number) => lab.end('far', 'kernel', { number, port: PORT + number }));
        for (const [i, end] of far.entries())
          await end.up([{ publicKey: near.publicKey, allowedIps: [`10.0.${i}.1/32`] }]);
        lab.network.settle();
        await near.up(
          far.map(({ publicKey }, i) => ({
            publicKey,
            allowedIps: [`10.0.${i}.2/32`],
            endpoint: endpointOf(OUTER[4].far, PORT + i),
          })),
        );
        for (const i of numbers.slice(1)) lab.network.address('near', near.device, `10.0.${i}.1/24`);
        const pings = numbers.map((i) => {
          const argv = ['ping', '-c', '5', '-i', '1', '-W', '5', '-I', `10.0.${i}.1`, `10.0.${i}.2`];
          return lab.network.start('near', argv).end();
        });
        for (const { stdout } of await Promise.all(pings)) expect(stdout).toMatch(/ 5 received/);
        const sessions = near.dump().peers.map(({ latestHandshake }) => latestHandshake > 0);
        expect(sessions).toEqual(numbers.map(() => true));
      },
      { ends: ENDS },
    ));
});
