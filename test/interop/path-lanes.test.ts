/**
 * Tests of the path over a line and through wireguard-go over it: by the addresses of a server, and by devices of this host.
 *
 * ```text
 * near 10.9.0.1 ── r1 ── r2 ── 10.9.2.2 far      10.66.0.1 ══ wireguard-go ══ 10.66.0.2
 * ```
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPath } from '../support/schemas.ts';
import type { Running } from './support/commands.ts';
import { addressesOf, PathChain, type PathRun } from './support/path-chain.ts';
import { missingPeers } from './support/peers.ts';
import { TunnelEnd } from './support/tunnel-end.ts';

const skipped = missingPeers(['ip', 'wireguard-go', 'wg', 'tcpdump']);

const BIN = new URL('../../bin/winze.js', import.meta.url).pathname;
const INSIDE = { near: '10.66.0.1', far: '10.66.0.2' } as const;
const TUNNEL_MTU = 1420;

describe.skipIf(skipped)('a line and a tunnel over it', () => {
  const chain = new PathChain(2);
  const { network, target } = chain;
  const line = target[4];
  const ends = (['near', 'far'] as const).map(
    (host) =>
      new TunnelEnd(network, host, {
        implementation: 'wireguard-go',
        device: `wl${process.pid.toString(36)}${host[0]}`,
        listenPort: 51_820,
        mtu: TUNNEL_MTU,
        addresses: [`${INSIDE[host]}/24`],
      }),
  );
  const [near, far] = ends as [TunnelEnd, TunnelEnd];
  let server: Running;

  beforeAll(async () => {
    chain.create();
    await far.up([{ publicKey: near.publicKey, allowedIps: [`${INSIDE.near}/32`], endpoint: '10.9.0.1:51820' }]);
    // What is bound to the device may go to the far end's address on the line too.
    const allowedIps = [`${INSIDE.far}/32`, `${line}/32`];
    await near.up([{ publicKey: far.publicKey, allowedIps, endpoint: `${line}:51820` }]);
    server = network.start('far', [process.execPath, BIN, '-s', '--no-host-facts']);
    await server.says(/Listening on port/);
  });
  afterAll(async () => {
    await server?.stop('SIGTERM');
    for (const end of ends) {
      await end.down();
      await end.remove();
    }
    await chain.destroy();
  });

  async function run(options: readonly string[], user: 'root' | 'nobody' = 'root'): Promise<PathRun> {
    const result = await chain.winze(options, user);
    expect(isPath(result.document), `${JSON.stringify(isPath.errors)} ${result.stderr}`).toBe(true);
    return result;
  }

  test('mtr by --via: the hops of each, in the same seconds, and what the tunnel adds', async () => {
    const capture = network.start('near', ['tcpdump', '-n', '-tt', '-l', '-i', 'any', 'tcp[13] = 2 and dst port 8888']);
    await capture.says(/listening on/);
    const rounds = 8;
    const argv = ['-c', line, '--via', INSIDE.far, '-t', 'mtr', '-i', `${rounds}`, '-g', '250ms', '--no-names'];
    const { document, status, stderr } = await run(argv);
    const { stdout } = await capture.stop('SIGINT');
    expect(status, stderr).toBe(0);
    const [outside, inside] = document?.tests ?? [];
    if (outside?.test !== 'mtr' || inside?.test !== 'mtr') throw new Error('no two traces');
    expect(addressesOf(outside.hops)).toEqual(chain.hops(4));
    expect(addressesOf(inside.hops)).toEqual([INSIDE.far]);
    expect(outside).toMatchObject({ via: null, address: line, compared: null, hop_count: 3 });
    expect(inside).toMatchObject({ via: INSIDE.far, address: INSIDE.far, hop_count: 1 });
    expect(inside.compared).toMatchObject({ address: line, hop_difference: -2, loss_ratio_added: 0, rounds });
    // What left, by tcpdump: the last probe of one lane, and the first of the other, lie within the same two seconds.
    const sent = [line, INSIDE.far].map((address) =>
      stdout
        .split('\n')
        .filter((text) => text.includes(`> ${address}.8888:`))
        .map((text) => Number(text.split(' ')[0])),
    );
    const [ofLine = [], ofTunnel = []] = sent;
    expect(ofLine.length).toBeGreaterThanOrEqual(rounds * 3);
    expect(ofTunnel.length).toBeGreaterThanOrEqual(rounds);
    expect(Math.abs((ofLine[0] ?? 0) - (ofTunnel[0] ?? 0))).toBeLessThan(0.25);
    expect(Math.abs((ofLine.at(-1) ?? 0) - (ofTunnel.at(-1) ?? 0))).toBeLessThan(0.5);
    // Half a gap apart, as rounds alternate.
    expect(Math.abs((ofLine[0] ?? 0) - (ofTunnel[0] ?? 0))).toBeGreaterThan(0.06);
  });

  test('a traceroute by --from of devices, without a right', async () => {
    for (const user of ['root', 'nobody'] as const) {
      const { document } = await run(
        ['-x', line, '-t', 'tr', '--from', 'right', '--from', near.device, '--no-names'],
        user,
      );
      const [outside, inside] = document?.tests ?? [];
      if (outside?.test !== 'trace' || inside?.test !== 'trace') throw new Error('no two traces');
      expect(outside).toMatchObject({ source: { address: '10.9.0.1', device: 'right' }, hop_count: 3 });
      expect(inside).toMatchObject({ source: { address: INSIDE.near, device: near.device }, hop_count: 1 });
      expect(inside.compared).toMatchObject({ source: { device: 'right' }, hop_difference: -2 });
      expect(inside.compared?.rounds).toBeGreaterThanOrEqual(3);
    }
  });

  test('the path MTU of both, by --via and by --from, and what WireGuard over the line has room for', async () => {
    const text = network.run('near', [process.execPath, BIN, '-c', line, '--via', INSIDE.far, '-t', 'mtu']);
    expect(text.replaceAll(/\n */g, ' ')).toContain(
      `${INSIDE.far} compared with ${line}: path MTU 1420 against 1500, 80 octets less; ` +
        'WireGuard over 1500 has room for 1440 over IPv4, 1420 over IPv6',
    );
    const { document } = await run(['-x', line, '-t', 'mtu', '--from', 'right', '--from', near.device]);
    const [outside, inside] = document?.tests ?? [];
    if (outside?.test !== 'mtu' || inside?.test !== 'mtu') throw new Error('no two searches');
    expect(outside).toMatchObject({ source: { address: '10.9.0.1', device: 'right' }, path_mtu_bytes: 1500 });
    expect(inside).toMatchObject({
      source: { address: INSIDE.near, device: near.device },
      path_mtu_bytes: TUNNEL_MTU,
      tunnel_device: { device: near.device, kind: 'wireguard', mtu_bytes: TUNNEL_MTU },
      compared: { address: line, source: { device: 'right' }, mtu_difference_bytes: TUNNEL_MTU - 1500 },
    });
  });

  test('a lane that cannot be probed has its error, and the other its result', async () => {
    for (const kind of ['tr', 'mtu']) {
      const { document, status } = await run(['-x', line, '-t', kind, '--from', 'right', '--from', 'none0']);
      expect(status).not.toBe(0);
      expect(document?.complete).toBe(false);
      const [outside, absent] = document?.tests ?? [];
      expect(outside).toMatchObject({ complete: true, error: null });
      expect(absent).toMatchObject({ complete: false, source: { device: 'none0' } });
      expect(absent?.error?.message).toMatch(/none0/);
    }
  });

  test('a line that is narrower than the tunnel takes it for: what passes does so in fragments', async () => {
    const narrow = (mtu: number): void => {
      network.run('r1', ['ip', 'link', 'set', 'right', 'mtu', `${mtu}`]);
      network.run('r2', ['ip', 'link', 'set', 'left', 'mtu', `${mtu}`]);
    };
    narrow(1400);
    const fragments = ['tcpdump', '-n', '-l', '-i', 'right', '-c', '2', 'ip[6:2] & 0x3fff != 0 and udp'];
    const capture = network.start('r1', fragments);
    await capture.says(/listening on/);
    try {
      const argv = [process.execPath, BIN, '-c', line, '--via', INSIDE.far, '-t', 'mtu', '--no-names'];
      const text = network.run('near', argv).replaceAll(/\n */g, ' ');
      expect(text).toContain(
        `path MTU ${TUNNEL_MTU} against 1400, 20 octets more; WireGuard over 1400 has room for 1340 over IPv4, ` +
          '1320 over IPv6: larger packets pass in fragments only',
      );
      await capture.says(/proto UDP|51820/);
    } finally {
      await capture.stop('SIGINT');
      narrow(1500);
    }
  });
});
