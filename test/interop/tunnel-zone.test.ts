/** Endpoints with link-local addresses, which mean something together with their device alone (RFC 4007). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must, type Running } from './support/commands.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';
import { publicKeyOf } from './support/tunnel-end.ts';

type Host = 'near' | 'far';

const BIN = join(import.meta.dirname, '../../bin/winze.js');

describe.skipIf(missingPeers(['ip', 'wg', 'ping']))('a link-local endpoint', () => {
  const network = new Network<Host>('near', 'far');
  const folder = mkdtempSync(join(tmpdir(), 'wz-zone-'));
  const device = `wz${process.pid.toString(36)}`;
  const winze = (...words: readonly string[]) => [process.execPath, BIN, 'tunnel', ...words];
  const keys: Readonly<Record<Host, string>> = {
    near: must(['wg', 'genkey']).trim(),
    far: must(['wg', 'genkey']).trim(),
  };
  let near: Running;

  beforeAll(async () => {
    network.create();
    network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
    for (const host of ['near', 'far'] as const) network.address(host, 'veth0', `fe80::${host === 'near' ? 1 : 2}/64`);
    network.run('near', ['ip', 'link', 'set', 'veth0', 'mtu', '1400']);
    // Of the near end as nobody would write it, of the far end by the index of its device.
    const index = /^(\d+):/.exec(network.run('far', ['ip', '-o', 'link', 'show', 'veth0']))?.[1] ?? '';
    await begin('near', 1, 'far', 'FE80:0::0:2%veth0', 7002);
    await begin('far', 2, 'near', `fe80::1%${index}`, 7001);
  });
  afterAll(async () => {
    await network.destroy();
    rmSync(folder, { recursive: true });
  });

  async function begin(host: Host, number: number, other: Host, address: string, port: number): Promise<void> {
    const conf = join(folder, `${device}${number}.conf`);
    const lines = [
      ...['[Interface]', `PrivateKey = ${keys[host]}`, `ListenPort = 700${number}`, `Address = 10.7.0.${number}/24`],
      ...['[Peer]', `PublicKey = ${publicKeyOf(keys[other])}`, 'AllowedIPs = 10.7.0.0/24'],
      `Endpoint = [${address}]:${port}`,
    ];
    writeFileSync(conf, `${lines.join('\n')}\n`, { mode: 0o600 });
    const running = network.start(host, winze('up', '--json-stream', conf));
    await running.says(/ is up: UDP port/);
    if (host === 'near') near = running;
  }

  function expectNoRoaming(): void {
    for (const number of [1, 2] as const) {
      const shown = must(winze('show', '--json', `${device}${number}`));
      expect(shown).toMatch(number === 1 ? /"response-received": 1/ : /"session-confirmed": 1/);
      expect(shown).not.toMatch(/"roamed"/);
    }
  }

  test('keeps its device, in all that tells of it, and nobody has roamed', async () => {
    const expected = { 1: '[fe80::2%veth0]:7002', 2: '[fe80::1%veth0]:7001' } as const;
    const endpointsOf = (number: 1 | 2): readonly (string | undefined)[] => {
      const name = `${device}${number}`;
      // wg resolves the name of the device, so it has to be where that is.
      const inside = (...argv: readonly string[]) => network.run(number === 1 ? 'near' : 'far', argv);
      return [
        inside(...winze('show', name)).match(/endpoint: (\S+)/)?.[1],
        inside('wg', 'show', name).match(/endpoint: (\S+)/)?.[1],
        inside('wg', 'showconf', name).match(/Endpoint = (\S+)/)?.[1],
        JSON.parse(inside(...winze('show', '--json', name))).devices[0].peers[0].endpoint,
        inside(...winze('show', '--dump', name)).split(/[\t\n]/)[6],
      ];
    };
    for (const number of [1, 2] as const) expect(endpointsOf(number)).toEqual(Array(5).fill(expected[number]));
    network.run('near', ['ping', '-c', '2', '-i', '0.2', '-W', '2', '10.7.0.2']);
    network.run('far', ['ping', '-c', '2', '-i', '0.2', '-W', '2', '10.7.0.1']);
    for (const number of [1, 2] as const) expect(endpointsOf(number)).toEqual(Array(5).fill(expected[number]));
    expectNoRoaming();

    // What wg sets is written in wg's way.
    network.run('near', ['wg', 'set', `${device}1`, 'peer', publicKeyOf(keys.far), 'endpoint', '[fe80::2%veth0]:7002']);
    network.run('near', ['ping', '-c', '1', '-W', '2', '10.7.0.2']);
    expect(endpointsOf(1)).toEqual(Array(5).fill(expected[1]));
    expectNoRoaming();
    await near.says(/"event":"response-received"/);
    expect(near.stdout).not.toMatch(/"roamed"/);
  });

  test('counts for the MTU, by its own device', () => {
    expect(near.stderr).toMatch(/ip link set mtu 1320 up/);
    const conf = join(folder, `${device}1.conf`);
    writeFileSync(conf, must(['cat', conf]).replace('10.7.0.1/24', '10.7.0.1/24, fd07::1/64'), { mode: 0o600 });
    network.run('near', ['ip', 'link', 'set', 'veth0', 'mtu', '1300']);
    expect(network.run('near', winze('check', conf))).toMatch(/the way to the peers carries 1300/);
  });
});
