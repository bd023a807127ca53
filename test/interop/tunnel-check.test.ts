/** `winze tunnel check` on a host that can do little: it warns of all that `up` warns of there. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from './support/commands.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';

const BIN = join(import.meta.dirname, '../../bin/winze.js');
const key = (octet: number): string => Buffer.alloc(32, octet).toString('base64');

describe.skipIf(missingPeers(['ip', 'wg']))('winze tunnel check and up', () => {
  const network = new Network<'near'>('near');
  const folder = mkdtempSync(join(tmpdir(), 'wz-check-'));
  const device = `wk${process.pid.toString(36)}`;
  const conf = join(folder, `${device}.conf`);
  const bin = join(folder, 'bin');

  beforeAll(() => {
    network.create();
    network.run('near', ['ip', 'link', 'add', 'veth0', 'mtu', '1300', 'type', 'veth', 'peer', 'name', 'veth1']);
    for (const end of ['veth0', 'veth1']) network.run('near', ['ip', 'link', 'set', end, 'up']);
    network.address('near', 'veth0', '192.0.2.1/24');
    mkdirSync(bin);
    // Neither nft nor iptables, resolvconf nor resolvectl.
    for (const program of ['ip', 'bash']) symlinkSync(must(['which', program]).trim(), join(bin, program));
    const lines = [
      ...['[Interface]', `PrivateKey = ${must(['wg', 'genkey']).trim()}`, 'Address = 10.7.0.1/24, fd07::1/64'],
      'DNS = 10.7.0.2',
      ...['[Peer]', `PublicKey = ${key(2)}`, 'AllowedIPs = 0.0.0.0/0, ::/0', 'Endpoint = 192.0.2.2:51820'],
      ...['[Peer]', `PublicKey = ${key(3)}`, 'AllowedIPs = 10.7.0.3/32', 'Endpoint = peer.invalid:51820'],
    ];
    writeFileSync(conf, `${lines.join('\n')}\n`, { mode: 0o600 });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await network.destroy();
  });

  test('every warning of up is one of check', async () => {
    const winze = (...words: readonly string[]) => ['env', `PATH=${bin}`, process.execPath, BIN, 'tunnel', ...words];
    const checked = network.attempt('near', winze('check', conf));
    expect(checked.status).toBe(0);
    const running = network.start('near', winze('up', conf));
    await running.says(/is up: UDP port/);
    const { stderr } = await running.stop('SIGINT');
    const warnings = [...stderr.matchAll(/(?:^winze: warning: |: warning: (?:\w+: )?)([^;\n]+)/gm)].map(
      ([, words]) => words,
    );
    expect(warnings.join('\n')).toMatch(/DNS is not set/);
    expect(warnings.join('\n')).toMatch(/neither nft nor iptables/);
    expect(warnings.join('\n')).toMatch(/peer\.invalid does not resolve/);
    expect(warnings.join('\n')).toMatch(/full packets go in fragments/);
    expect(warnings.filter((words) => !checked.stdout.includes(words ?? ''))).toEqual([]);
  });
});
