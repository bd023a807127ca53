/**
 * A machine with four processors. Emulation runs their threads in another order than a host does, so what depends on an
 * order shows here.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must, Running } from '../interop/support/commands.ts';
import { missingPeers } from '../interop/support/peers.ts';
import { sealedSession } from '../support/sealed-packets.ts';
import { Machine } from './support/machine.mjs';

const WINZE = join(import.meta.dirname, '../../bin/winze.js');
const NEAR = `${process.env.WINZE_NETNS_PREFIX ?? 'wz'}-${process.pid}-clients`;
const [HOST, SERVER] = ['198.18.0.1', '198.18.0.2'];
const CLIENTS = 16;
const PACKETS = 4000;
const LIMIT_MS = 300_000;

/** Two tunnels' ends in two namespaces: winze with the helpers that it starts by itself, and the kernel. */
const TUNNEL = `
umask 077
cd "$(mktemp -d)"
for name in a b; do wg genkey >$name.key; wg pubkey <$name.key >$name.pub; done
ip netns add near
ip netns add far
ip link add veth0 netns near type veth peer name veth0 netns far
for side in near far; do ip -n $side link set lo up; ip -n $side link set veth0 up; done
ip -n near addr add 192.0.2.1/24 dev veth0
ip -n far addr add 192.0.2.2/24 dev veth0
ip -n far link add wg0 type wireguard
ip netns exec far wg set wg0 listen-port 51820 private-key b.key peer "$(cat a.pub)" allowed-ips 10.0.0.1/32
ip -n far addr add 10.0.0.2/24 dev wg0
ip -n far link set wg0 up
cat >wz0.conf <<END
[Interface]
PrivateKey = $(cat a.key)
Address = 10.0.0.1/24
[Peer]
PublicKey = $(cat b.pub)
Endpoint = 192.0.2.2:51820
AllowedIPs = 10.0.0.2/32
END
exec ip netns exec near ${process.execPath} ${WINZE} tunnel up ./wz0.conf
`;

describe.skipIf(missingPeers(['kernel', 'ip', 'wg', 'iperf3']))('four processors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wz-four-'));
  const [capture, keys] = [join(folder, 'wg.pcap'), join(folder, 'wg.keys')];
  const running: Running[] = [];
  let machine: Machine;

  function begin(...argv: readonly string[]): Running {
    const begun = new Running(machine.inside(argv));
    running.push(begun);
    return begun;
  }

  beforeAll(async () => {
    // Before it boots: the machine may not see what changes on this host afterwards.
    const session = sealedSession(PACKETS);
    writeFileSync(capture, session.capture);
    writeFileSync(keys, session.keyLog, { mode: 0o600 });
    must(['ip', 'netns', 'add', NEAR]);
    const hardware = { processors: 4, memoryMiB: 1536, lines: 1, modules: ['wireguard', 'veth', 'tun'] };
    machine = await Machine.boot({ ...hardware, bootLimitMs: 280_000, limitSeconds: 1800 });
    const device = machine.line(NEAR, 'veth0');
    must(['ip', '-n', NEAR, 'addr', 'add', `${HOST}/24`, 'dev', 'veth0']);
    must(['ip', '-n', NEAR, 'link', 'set', 'veth0', 'up']);
    must(machine.inside(['sh', '-ec', `ip addr add ${SERVER}/24 dev ${device}; ip link set ${device} up; nproc`]));
  }, LIMIT_MS);

  afterAll(async () => {
    for (const one of running) await one.stop();
    await machine?.end();
    must(['ip', 'netns', 'del', NEAR]);
    rmSync(folder, { recursive: true });
  }, LIMIT_MS);

  test(
    `a server has ${CLIENTS} clients at once, and all that they sent over TCP`,
    async () => {
      const server = begin(process.execPath, WINZE, '-s');
      await server.says(/Listening on port/, LIMIT_MS);
      const clients = join(import.meta.dirname, 'support/many-clients.mjs');
      const argv = ['ip', 'netns', 'exec', NEAR, process.execPath, clients, SERVER, `${CLIENTS}`];
      const { stdout, stderr } = await new Running(argv).end();
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines, stderr).toHaveLength(CLIENTS);
      for (const { error, sent, received } of lines) {
        expect(error).toBeNull();
        expect(sent).toBeGreaterThan(0);
        expect(received).toBeLessThanOrEqual(sent);
        expect(received).toBeGreaterThan(0);
      }
    },
    LIMIT_MS,
  );

  test(
    'a tunnel with the helpers that it starts by itself carries load both ways, and damages nothing',
    async () => {
      const tunnel = begin('sh', '-ec', TUNNEL);
      await tunnel.says(/wz0 is up: UDP port/, LIMIT_MS);
      begin('ip', 'netns', 'exec', 'far', 'iperf3', '-s', '-1');
      const load = 'for try in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 2 10.0.0.2 && break; done >&2; ';
      const client = begin(...inNear('sh', '-c', `${load} exec iperf3 -c 10.0.0.2 --bidir -t 3 -J`));
      const { stdout, stderr } = await client.end();
      const { end, error } = JSON.parse(stdout);
      expect(error, stderr).toBeUndefined();
      expect(end.sum_received.bytes).toBeGreaterThan(50_000);
      expect(end.sum_received_bidir_reverse.bytes).toBeGreaterThan(50_000);
      const shown = begin(...inNear(process.execPath, WINZE, 'tunnel', 'show', '--json', 'wz0'));
      const [device] = JSON.parse((await shown.end()).stdout).devices;
      const counts = { ...device.counts, ...device.peers[0].counts };
      for (const damage of ['thread-lost', 'bad-tag', 'replayed']) expect(counts[damage] ?? 0, damage).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    'a capture is decrypted by four threads as by one',
    async () => {
      const decode = ['decode', capture, '--keys', keys, '--json', '--threads'];
      const alone = must([process.execPath, WINZE, ...decode, '1']);
      const { stdout, status } = await begin(process.execPath, WINZE, ...decode, '4').end();
      expect(status).toBe(0);
      expect(stdout).toBe(alone);
      expect(JSON.parse(stdout).decryption.data_messages_opened).toBe(PACKETS);
    },
    LIMIT_MS,
  );
});

function inNear(...argv: readonly string[]): readonly string[] {
  return ['ip', 'netns', 'exec', 'near', ...argv];
}
