/**
 * An independent reader of what a tunnel of winze sends: tshark, with the key log, against the packets that went
 * into the device.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Capture } from './support/capture.ts';
import { must } from './support/commands.ts';
import { PAIRS, PEER, SLOWER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { OUTER, type Side, TunnelLab } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'ping', PEER, 'wg', 'tcpdump', 'tshark', 'iperf3', 'ethtool']);

const MTU = 1420;
const WHOLE = 65_535;
const CASES = PAIRS.map((ends, index) => ({ ...ends, family: index % 2 === 0 ? (4 as const) : (6 as const) }));

describe.skipIf(skipped).each(CASES)('$near to $far over IPv$family, with a key log', ({ family, ...ends }) => {
  let lab: TunnelLab;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wz-keylog-'));
    lab = new TunnelLab({ ends });
    lab.create();
  });
  afterEach(async () => {
    await lab.destroy();
    rmSync(folder, { recursive: true });
  });

  test('tshark accepts the handshake and finds the packets that were sent, octet for octet', async () => {
    const keylog = join(folder, 'keys');
    const outer = { out: join(folder, 'out.pcap'), in: join(folder, 'in.pcap') };
    lab.unjoin();
    const winzeOptions = ['--keylog', keylog];
    const tunnel = await lab.tunnel({ ends, presharedKey: true, outer: OUTER[family], mtu: MTU, winzeOptions });
    const side: Side = ends.near === 'winze' ? 'near' : 'far';
    const { inside } = tunnel;
    const { device } = tunnel[side];
    // Else the kernel leaves segments joined and checksums open, for the tunnel to finish.
    lab.network.run(side, ['ethtool', '-K', device, 'tx', 'off', 'gso', 'off']);
    const begin = (on: string, direction: 'in' | 'out', filter = '') =>
      Capture.begin(lab.network, side, on, { filter, direction, snaplen: WHOLE });
    const captures = {
      innerOut: await begin(device, 'out'),
      innerIn: await begin(device, 'in', 'icmp or icmp6'),
      outerOut: await begin('veth0', 'out', 'udp port 51820'),
      outerIn: await begin('veth0', 'in', 'udp port 51820'),
    };

    for (const from of ['near', 'far'] as const) {
      const to = inside[from === 'near' ? 'far' : 'near'];
      for (const size of [0, 1, 15, 16, 1000, MTU - 48]) expect(lab.ping(from, to[6], 1, '-s', String(size))).toBe(1);
      for (const size of [0, 100, MTU - 28]) expect(lab.ping(from, to[4], 1, '-s', String(size))).toBe(1);
    }
    for (const reverse of [[], ['-R']]) {
      // One server a flow: between two, it listens anew.
      const server = lab.network.start('far', ['iperf3', '-s', '-1', '-p', '5203', '--forceflush']);
      await server.says(/Server listening/, 30_000 * SLOWER);
      lab.network.run('near', ['iperf3', '-c', inside.far[4], '-p', '5203', '-n', '300K', ...reverse]);
      await server.stop('SIGTERM');
    }

    const [innerOut, innerIn] = await Promise.all([
      captures.innerOut.end(),
      captures.innerIn.end(),
      captures.outerOut.end(outer.out),
      captures.outerIn.end(outer.in),
    ]);
    await tunnel[side].down();

    expect(statSync(keylog).mode & 0o777).toBe(0o600);
    expect(readFileSync(keylog, 'utf8')).toMatch(/^(?:[A-Z_]+ = [A-Za-z0-9+/]{43}=\n){4}$/);
    const merged = join(folder, 'both.pcap');
    must(['mergecap', '-F', 'nsecpcap', '-w', merged, outer.out, outer.in]);
    expect(readFields(merged, keylog, 'wg.type == 2', 'wg.handshake_ok')).toEqual(['1']);
    expect(readFields(merged, keylog, 'wg.decryption_error', 'frame.number')).toEqual([]);

    const source = `udp && ${family === 4 ? 'ip' : 'ipv6'}.src_host == ${OUTER[family][side]}`;
    const sent = decrypted(merged, keylog, `wg.type == 4 && ${source}`);
    expect(sent).toEqual(innerOut.map(({ octets }) => hex(octets)));
    // iperf3 leaves what is still under way when it has sent enough: 190 to 370 packets.
    expect(sent.length).toBeGreaterThan(100);
    // UDP 8, message 32: the rest is the packet, padded.
    const padded = readFields(merged, keylog, `wg.type == 4 && !wg.keepalive && ${source}`, 'udp.length');
    expect(padded).toEqual(sent.map((packet) => String(8 + 32 + Math.min(MTU, (packet.length / 2 + 15) & ~15))));
    const came = decrypted(merged, keylog, `wg.type == 4 && (icmp || icmpv6) && !(${source})`);
    expect(came).toEqual(innerIn.map(({ octets }) => hex(octets)));
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function tshark(file: string, keylog: string, filter: string, ...options: readonly string[]): string {
  return must(['tshark', '-r', file, '-o', `wg.keylog_file:${keylog}`, '-2', '-Y', filter, ...options]);
}

function readFields(file: string, keylog: string, filter: string, field: string): readonly string[] {
  // What is inside has fields of the same names.
  const text = tshark(file, keylog, filter, '-T', 'fields', '-E', 'occurrence=f', '-e', field);
  return text.split('\n').filter((line) => line !== '');
}

/** The packets that tshark decrypted, without their padding. */
function decrypted(file: string, keylog: string, filter: string): readonly string[] {
  // Dumps of octets, each under its name: the frame, and what came out of it.
  const blocks = tshark(file, keylog, filter, '-x').split(/\n(?=[A-Z][A-Za-z ]+\(\d+ bytes\):)/);
  return blocks
    .filter((block) => /^Decrypted/.test(block))
    .map((block) =>
      Array.from(block.matchAll(/^[0-9a-f]{4,} {2}((?:[0-9a-f]{2} )+)/gm), (it) => it[1] ?? '')
        .join('')
        .replaceAll(' ', ''),
    );
}
