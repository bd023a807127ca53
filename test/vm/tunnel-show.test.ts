/** `winze tunnel show` and `check` beside wg(8), where the devices are those of the kernel. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from '../interop/support/network.ts';
import { missingPeers } from '../interop/support/peers.ts';
import { peerConfig } from '../interop/support/tunnel-end.ts';

const BIN = join(import.meta.dirname, '../../bin/winze.js');
const BETWEEN = '-- next --';
const MANY = 500;

const folder = mkdtempSync(join(tmpdir(), 'wz-show-'));
const many = join(folder, 'many.conf');
/** Of a tunnel whose endpoint is behind k0, and whose peer claims part of its network. */
const nested = join(folder, 'nested.conf');
/** All devices that a namespace has are shown: this one has no others. Sockets of WireGuard are not a namespace's. */
const DEVICES = `
mkdir -p /run/wireguard
mount -t tmpfs none /run/wireguard
umask 077
cd "$(mktemp -d)"
for name in a b c; do wg genkey >$name.key; wg pubkey <$name.key >$name.pub; done
wg genpsk >psk
ip link add veth0 type veth peer name veth1
for name in k0 k1 k2 k3; do ip link add $name type wireguard; done
ip addr add 10.0.0.1/24 dev k0
wg set k0 listen-port 51820 fwmark 0xca6c private-key a.key
wg set k0 peer "$(cat b.pub)" preshared-key psk endpoint 127.0.0.1:51821 persistent-keepalive 600 \
  allowed-ips 10.0.0.2/32,fd00::/64,0.0.0.0/0
wg set k0 peer "$(cat c.pub)" endpoint '[fe80::1%veth0]:51820'
wg set k1 listen-port 51821 private-key b.key
wg set k1 peer "$(cat a.pub)" preshared-key psk allowed-ips 10.0.0.1/32
wg setconf k3 ${many}
ip link set lo up
ip link set k1 up
ip link set k0 up
for try in 1 2 3 4 5 6 7 8 9 10; do [ "$(wg show k0 transfer | awk '$2 > 0')" ] && break; sleep 1; done
wg show k1 latest-handshakes
`;

const key = (octet: number, number = 0): string =>
  Buffer.concat([Buffer.alloc(28, octet), Buffer.from(Uint32Array.of(number).buffer)]).toString('base64');

function manyPeers(): string {
  const peers = Array.from({ length: MANY }, (_, i) =>
    peerConfig({
      publicKey: key(7, i),
      allowedIps: [`10.8.${i >> 8}.${i & 255}/32`, `fd08::${i.toString(16)}:0/112`],
      ...(i % 2 === 0 && { presharedKey: key(9, i) }),
      ...(i % 3 === 0 && { endpoint: `192.0.2.${i & 255}:${1024 + i}` }),
      ...(i % 5 === 0 && { keepaliveSeconds: 1 + i }),
    }),
  );
  return ['[Interface]', `PrivateKey = ${key(1)}`, 'ListenPort = 51823', ...peers, ''].join('\n');
}

const NESTED = `[Interface]
PrivateKey = ${key(3)}
Address = 10.9.0.1/24
MTU = 1420
[Peer]
PublicKey = ${key(5)}
AllowedIPs = 10.9.0.2/32, 10.0.0.128/25
Endpoint = 10.0.0.2:51820
`;

describe.skipIf(missingPeers(['kernel', 'wg', 'ip']))('devices of the kernel', () => {
  const network = new Network<'here'>('here');
  /** What each command printed. */
  let output: readonly string[];

  /** In one shell: what starts in an emulated machine takes its time. */
  async function inMachine(first: string, ...commands: readonly string[]): Promise<readonly string[]> {
    const script = commands.map((command) => `${command} 2>&1; echo "${BETWEEN}"`).join('\n');
    const argv = ['unshare', '-m', 'sh', '-c', `set -e\n${first}\nset +e\necho "${BETWEEN}"\n${script}`];
    const { stdout, stderr } = await network.start('here', argv).end();
    const [, ...rest] = stdout.split(`${BETWEEN}\n`);
    if (rest.length < commands.length) throw new Error(stderr);
    return rest;
  }

  beforeAll(async () => {
    writeFileSync(many, manyPeers(), { mode: 0o600 });
    writeFileSync(nested, NESTED, { mode: 0o600 });
    network.placeInMachine('here');
    network.create();
    const winze = (words: string): string => `${process.execPath} ${BIN} tunnel ${words}`;
    output = await inMachine(
      DEVICES,
      'wg show interfaces',
      winze('show interfaces'),
      'wg show all dump',
      winze('show all dump --show-keys'),
      'wg show k0; wg show k3',
      `${winze('show k0')}; ${winze('show k3')}`,
      winze('show --json --show-keys'),
      `wg showconf k3 | ${winze('check -')}; echo "exit $?"`,
      `${winze(`check --json ${nested}`)}`,
    );
  }, 600_000);
  afterAll(async () => {
    await network.destroy();
    rmSync(folder, { recursive: true });
  });

  test('have the same names', () => {
    expect(output[1]?.trim().split(' ').sort()).toEqual(output[0]?.trim().split(/\s+/).sort());
    expect(output[1]?.trim().split(' ')).toHaveLength(4);
  });

  test(`are dumped in the same columns, ${MANY} peers among them`, () => {
    expect(sorted(output[3])).toEqual(sorted(output[2]));
    expect(output[3]?.match(/^k3\t.*192\.0\.2\./gm)).toHaveLength(Math.ceil(MANY / 3));
    expect(sorted(output[3]).length).toBeGreaterThan(MANY);
  });

  test('are shown in the same words', () => {
    const words = (text = ''): string => text.replace(/\d+ (?:second|minute)s?(?:, \d+ seconds?)? ago|Now/, 'AGO');
    expect(words(output[5]).trim()).toBe(words(output[4]).trim());
  });

  test('are in the document', () => {
    const { devices } = JSON.parse(output[6] ?? '');
    const names = devices.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(['k0', 'k1', 'k2', 'k3']);
    const [, line = ''] = /^(k0\t.*127\.0\.0\.1:51821\t.*)$/m.exec(output[2] ?? '') ?? [];
    const [, publicKey, presharedKey, endpoint, , , rx, tx, keepalive] = line.split('\t');
    const k0 = devices.find(({ name }: { name: string }) => name === 'k0');
    expect(k0).toMatchObject({ listen_port: 51820, fwmark: 0xca6c });
    expect(k0.peers).toContainEqual(
      expect.objectContaining({
        public_key: publicKey,
        preshared_key: presharedKey,
        endpoint,
        rx_bytes: Number(rx),
        tx_bytes: Number(tx),
        persistent_keepalive_s: Number(keepalive),
      }),
    );
  });

  test(`check finds no error in what wg(8) writes of a device with ${MANY} peers`, () => {
    expect(output[7]).toMatch(/exit 0$/m);
    expect(output[7]).not.toMatch(/error/);
  });

  test('check finds a tunnel within one of them too large, and the network that it takes from it', () => {
    const { findings } = JSON.parse(output[8] ?? '');
    const messages = findings.map(({ message }: { message: string }) => message);
    expect(messages).toContainEqual(expect.stringMatching(/^1420 with 60 of overhead is more than the 1420 beneath/));
    expect(messages).toContain('10.0.0.128/25 is part of a network that this host reaches by "k0"');
  });
});

/** The order of devices is nobody's promise. */
const sorted = (text = ''): readonly string[] => text.trim().split('\n').sort();
