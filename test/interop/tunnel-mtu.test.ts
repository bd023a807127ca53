/**
 * Tunnels over ways that carry less than their ends know: a narrow link between two routers that say nothing of it, and
 * one that the near end knows.
 *
 * ```text
 * near 192.0.2.1 ── 192.0.2.2 left 198.51.100.1 ──(MTU 1300)── 198.51.100.2 right 203.0.113.2 ── 203.0.113.1 far
 * ```
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './support/commands.ts';
import { Network } from './support/network.ts';
import { leftOutWith, PEER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { TunnelEnd } from './support/tunnel-end.ts';
import type { Ends } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', PEER, 'wg', 'iperf3']);

const BIN = join(import.meta.dirname, '../../bin/winze.js');
const NARROW_MTU = 1300;
/** IPv4 and ICMP. */
const ECHO_HEADERS = 28;
const INSIDE = { near: '10.0.0.1', far: '10.0.0.2' } as const;
const OUTSIDE = { near: '192.0.2.1', far: '203.0.113.1' } as const;

const BOTH_WINZE: Ends = { near: 'winze', far: 'winze' };

type Host = 'near' | 'left' | 'right' | 'far';

describe.skipIf(skipped)('a way that carries 1300', () => {
  const network = new Network<Host>('near', 'left', 'right', 'far');
  const ends: TunnelEnd<Host>[] = [];
  let tunnels = 0;

  beforeAll(() => {
    if (PEER === 'kernel') network.placeInMachine('far');
    network.create();
    const lines: readonly (readonly [Host, string, Host, string])[] = [
      ['near', '192.0.2.1/24', 'left', '192.0.2.2/24'],
      ['left', '198.51.100.1/24', 'right', '198.51.100.2/24'],
      ['right', '203.0.113.2/24', 'far', '203.0.113.1/24'],
    ];
    for (const [a, aAddress, b, bAddress] of lines) {
      network.join({ host: a, device: `to-${b}` }, { host: b, device: `to-${a}` });
      network.address(a, `to-${b}`, aAddress);
      network.address(b, `to-${a}`, bAddress);
    }
    network.run('near', ['ip', 'route', 'add', 'default', 'via', '192.0.2.2']);
    network.run('far', ['ip', 'route', 'add', 'default', 'via', '203.0.113.2']);
    network.run('left', ['ip', 'route', 'add', '203.0.113.0/24', 'via', '198.51.100.2']);
    network.run('right', ['ip', 'route', 'add', '192.0.2.0/24', 'via', '198.51.100.1']);
    network.run('left', ['ip', 'link', 'set', 'to-right', 'mtu', String(NARROW_MTU)]);
    network.run('right', ['ip', 'link', 'set', 'to-left', 'mtu', String(NARROW_MTU)]);
    for (const router of ['left', 'right'] as const) {
      network.run(router, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
      network.run(router, ['nft', 'add', 'table', 'inet', 'silent']);
      network.run(router, ['nft', 'add chain inet silent out { type filter hook output priority 0; }']);
      network.run(router, ['nft', 'add', 'rule inet silent out icmp type destination-unreachable drop']);
    }
  });
  afterAll(async () => {
    for (const end of ends) await end.remove();
    await network.destroy();
  });

  async function tunnel(implementations: Ends, mtu: number): Promise<void> {
    for (const end of ends.splice(0)) {
      await end.down();
      await end.remove();
    }
    const number = tunnels++;
    const end = (host: 'near' | 'far'): TunnelEnd<Host> =>
      new TunnelEnd<Host>(network, host, {
        implementation: implementations[host],
        device: `wm${process.pid.toString(36)}${number}${host[0]}`,
        listenPort: 51_820,
        mtu,
        addresses: [`${INSIDE[host]}/24`, `fd00::${host === 'near' ? 1 : 2}/64`],
      });
    const [near, far] = [end('near'), end('far')];
    ends.push(near, far);
    const peer = (other: TunnelEnd<Host>, host: 'near' | 'far') => ({
      publicKey: other.publicKey,
      allowedIps: [`${INSIDE[host]}/32`, `fd00::${host === 'near' ? 1 : 2}/128`],
      endpoint: `${OUTSIDE[host]}:51820`,
    });
    await far.up([peer(near, 'near')]);
    await near.up([peer(far, 'far')]);
    await until('far answers', () => answers('near', 100, 1) === 1, 30_000);
  }

  /** Of packets of so many octets, that must not be cut inside. */
  function answers(from: 'near' | 'far', bytes: number, count = 5): number {
    const size = ['-M', 'do', '-s', String(bytes - ECHO_HEADERS)];
    const argv = [
      'ping',
      '-c',
      String(count),
      '-i',
      '0.2',
      '-W',
      '2',
      ...size,
      INSIDE[from === 'near' ? 'far' : 'near'],
    ];
    return Number(/(\d+) received/.exec(network.attempt(from, argv).stdout)?.[1] ?? 0);
  }

  /** Octets of a second of TCP, by the receiver. */
  async function tcpBytes(...options: readonly string[]): Promise<number> {
    const server = network.start('far', ['iperf3', '-s', '-1', '-p', '5201', '--forceflush']);
    await server.says(/Server listening/, 30_000);
    const client = network.start('near', ['iperf3', '-c', INSIDE.far, '-p', '5201', '-t', '1', '-J', ...options]);
    await until('iperf3 ends', () => !client.isRunning, 30_000);
    const { stdout } = await client.end();
    await server.stop('SIGTERM');
    const report = JSON.parse(stdout) as { readonly end?: { readonly sum_received?: { readonly bytes?: number } } };
    return report.end?.sum_received?.bytes ?? 0;
  }

  const alone = leftOutWith('kernel', 'a narrow way between ends of winze', 'no other implementation has a part in it');

  // wireguard-go lets the kernel set DF, so what it sends is lost there.
  if (PEER === 'kernel') {
    test('and says nothing of it, between winze and the kernel: what is cut on the way arrives', async () => {
      await tunnel({ near: 'winze', far: PEER }, 1420);
      expect([answers('near', 1420), answers('far', 1420)]).toEqual([5, 5]);
      for (const options of [[], ['-R']]) expect(await tcpBytes(...options)).toBeGreaterThan(100_000);
    });
  }

  test.skipIf(alone).each([1420, 1280])(
    'and says nothing of it: packets of %i inside arrive, one by one and in trains',
    async (mtu) => {
      await tunnel(BOTH_WINZE, mtu);
      expect([answers('near', mtu), answers('far', mtu)]).toEqual([5, 5]);
      for (const options of [[], ['-R']]) expect(await tcpBytes(...options)).toBeGreaterThan(1_000_000);
    },
  );

  test.skipIf(alone)('known to the sender, whose trains no longer go in one piece: TCP arrives as well', async () => {
    await tunnel(BOTH_WINZE, 1420);
    network.run('near', ['ip', 'route', 'change', 'default', 'via', '192.0.2.2', 'mtu', String(NARROW_MTU)]);
    try {
      expect(answers('near', 1420)).toBe(5);
      expect(await tcpBytes()).toBeGreaterThan(1_000_000);
    } finally {
      network.run('near', ['ip', 'route', 'change', 'default', 'via', '192.0.2.2']);
    }
  });

  test.skipIf(alone)('what wireguard-go does there, for comparison', async () => {
    await tunnel({ near: 'wireguard-go', far: 'wireguard-go' }, 1420);
    console.info(`wireguard-go: ${answers('near', 1420)} of 5 packets of 1420 octets were answered`);
  });

  test.skipIf(alone)(
    'beneath a device with IPv6: it gets 1280 and keeps its address, and what does not fit is said',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wz-mtu-'));
      const device = `wm${process.pid.toString(36)}i`;
      const conf = join(folder, `${device}.conf`);
      const key = Buffer.alloc(32, 0x48).toString('base64');
      const peerKey = Buffer.from(`2f${'11'.repeat(31)}`, 'hex').toString('base64');
      const peer = [
        '[Peer]',
        `PublicKey = ${peerKey}`,
        'AllowedIPs = fd00:5::2/128',
        `Endpoint = ${OUTSIDE.far}:51820`,
      ];
      writeFileSync(conf, ['[Interface]', `PrivateKey = ${key}`, 'Address = fd00:5::1/64', ...peer, ''].join('\n'), {
        mode: 0o600,
      });
      network.run('near', ['ip', 'link', 'set', 'to-left', 'mtu', String(NARROW_MTU)]);
      try {
        const running = network.start('near', [process.execPath, BIN, 'tunnel', 'up', conf]);
        await running.says(/ is up: UDP port/, 60_000);
        const link = network.run('near', ['ip', '-o', 'link', 'show', 'dev', device]);
        expect(link).toMatch(/ mtu 1280 /);
        expect(network.run('near', ['ip', '-6', '-o', 'addr', 'show', 'dev', device])).toMatch(/fd00:5::1\/64/);
        const check = network.attempt('near', [process.execPath, BIN, 'tunnel', 'check', conf]);
        expect([check.status, check.stdout]).toEqual([
          0,
          expect.stringMatching(/warning: MTU: the MTU is 1280, the least for IPv6 inside, .* carries 1300/),
        ]);
        expect((await running.stop('SIGTERM')).stderr).toMatch(
          /warning: the MTU is 1280, the least for IPv6 inside, .* carries 1300/,
        );
      } finally {
        network.run('near', ['ip', 'link', 'set', 'to-left', 'mtu', '1500']);
        rmSync(folder, { recursive: true });
      }
    },
  );
});
