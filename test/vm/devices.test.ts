/**
 * Tunnels as the kernel makes them: what winze calls them, and its arithmetic beside the octets that tcpdump counts.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaptureDocument } from '../../src/capture/documents/capture-report.ts';
import { type Frame, readPcap } from '../interop/support/capture.ts';
import { missingPeers } from '../interop/support/peers.ts';
import {
  batch,
  countedRatio,
  DeviceLab,
  type LinkFacts,
  type Measured,
  NAMESPACES,
  wireguard,
} from './support/device-lab.ts';
import { addressOf, linesOf, MODULES, macsecLines, TUNNELS, type TunnelCase } from './support/devices.ts';
import { decoded, liveAndRead } from './support/live-captures.ts';
import { byTshark, byWinze } from './support/macsec-lines.ts';

const LINE = '192.0.2.2';
/** Of each path: twenty segments or so. */
const PAYLOAD_BYTES = 28_672;
const ETHERNET_BYTES = 14;
/** SecTAG, SCI, check value. */
const MACSEC_BYTES = 32;
/** Where MACsec leaves packets of IP as they are. */
const MACSEC_READABLE =
  'ether proto 0x88e5 and ether[14] & 0x0c = 0 and (ether[28:2] = 0x0800 or ether[28:2] = 0x86dd)';

/** Of near. Neighbours and groups of IPv6 are asked for when the kernel likes, also when one of two captures already has begun. */
const WATCHED = {
  line: 'not arp and not icmp6 and not ip6 proto 0',
  ...{ wg0: 'tcp', vx4: 'tcp', gnv4: 'tcp', tungre: 'tcp', ipip1: 'tcp', xfrm1: 'tcp' },
};

const skipped = missingPeers(['kernel', 'tcpdump', 'tshark', 'wg', 'ip', 'ethtool']);

describe.skipIf(skipped)('tunnels of the kernel', () => {
  let lab: DeviceLab;
  let measured: ReadonlyMap<string, Measured>;
  let links: ReadonlyMap<string, LinkFacts>;

  beforeAll(async () => {
    lab = await DeviceLab.begin(MODULES, 2048);
    await lab.sh(layOut());
    links = await lab.links();
    measured = await lab.compare(PAYLOAD_BYTES, [[LINE, ...TUNNELS.map((tunnel) => addressOf(tunnel, 2))]], {
      devices: WATCHED,
      by: 'library',
      // Its keepalives end with it.
      quieten: 'ip -n near link set wg0 down; ip -n far link set wg0 down',
    });
  }, 1_500_000);
  afterAll(() => lab?.end());

  const measuredOf = (tunnel: TunnelCase): Measured => {
    const found = measured.get(addressOf(tunnel, 2));
    if (found === undefined) throw new Error(`no path through ${tunnel.name}`);
    return found;
  };

  test.each(TUNNELS)('$name is recognised at both ends', (tunnel) => {
    const { kind, device } = tunnel;
    const { path } = measuredOf(tunnel);
    expect(path.error).toBeNull();
    const end = { kind, device: device ?? 'line' };
    expect(path).toMatchObject({ client: end, server: end, same_server: true, notes: [] });
  });

  test.each(TUNNELS)('$name has the MTU of the kernel, and TCP finds it', (tunnel) => {
    const { device, mtu } = tunnel;
    if (device !== null) expect(links.get(device)?.mtu).toBe(mtu);
    const { path, test: through } = measuredOf(tunnel);
    expect(path).toMatchObject({ client: { mtu_bytes: mtu }, server: { mtu_bytes: mtu } });
    expect(through).toMatchObject({ flows: [{ tcp: { pmtu_bytes: mtu } }] });
  });

  test.each(TUNNELS)('$name has the ceiling that tcpdump counts, within 0.2 %', (tunnel) => {
    const { filter, mtu, kind } = tunnel;
    // IP, TCP and its timestamps (RFC 7323).
    const line = countedRatio(lab.frames(`tcp and dst host ${LINE} and dst port 8888`), PAYLOAD_BYTES, 1500 - 52);
    const inside = countedRatio(lab.frames(filter), PAYLOAD_BYTES, mtu - (kind === 'sit' ? 72 : 52));
    const ceiling = measuredOf(tunnel).overhead?.ceiling_ratio ?? Number.NaN;
    console.info(`${tunnel.name}: ceiling ${ceiling.toFixed(5)}, counted ${(inside / line).toFixed(5)}`);
    expect(Math.abs(ceiling / (inside / line) - 1)).toBeLessThan(0.002);
  });

  test('decode names the tunnels of the capture, and counts the octets of tcpdump', () => {
    const { tunnels } = JSON.parse(decoded(lab.capture)) as CaptureDocument;
    const counted = new Map<string, number>();
    for (const { decoded: kind, filter } of TUNNELS) {
      // What lies below IP counts with its frame.
      const without = kind === 'macsec' ? 0 : ETHERNET_BYTES;
      counted.set(kind, (counted.get(kind) ?? 0) + bytesOf(lab.frames(filter), without));
    }
    const told = new Map(tunnels.kinds.map(({ kind, outer_bytes }) => [kind, outer_bytes]));
    expect([...counted.keys()].map((kind) => [kind, told.get(kind)])).toEqual([...counted]);
    const macsec = tunnels.flows.filter(({ kind, id }) => kind === 'macsec' && /000[12]$/.test(id ?? ''));
    const inside = macsec.sort((a, b) => (a.id ?? '').localeCompare(b.id ?? '')).map(({ inner_bytes }) => inner_bytes);
    expect(inside).toEqual([null, bytesOf(lab.frames(MACSEC_READABLE), ETHERNET_BYTES + MACSEC_BYTES)]);
    for (const { sequence } of macsec) expect(sequence).toMatchObject({ lost: 0, duplicated: 0, restarts: 0 });
  });

  test('decode reads each tag of MACsec, and what it leaves readable, as tshark does', () => {
    const theirs = byTshark(lab.capture);
    expect(byWinze(lab.capture)).toEqual(theirs);
    const full = theirs.filter(([, , , , , , , length]) => Number(length) > 1000);
    expect(full.length).toBeGreaterThan(PAYLOAD_BYTES / 1500 / 2);
    expect(theirs.filter(([, , , , isEncrypted]) => isEncrypted).length).toBeGreaterThan(PAYLOAD_BYTES / 1500);
  });

  test.each(Object.keys(WATCHED))(
    'a live capture on %s says what decode says of a file of tcpdump, octet for octet',
    (device) => {
      const watched = lab.watched(device);
      const { live, read } = liveAndRead(watched);
      expect(live.file).toMatchObject({ name: device, dropped_packets: 0 });
      expect({ ...live, file: null }).toEqual({ ...read, file: null });
      const frames = readPcap(readFileSync(watched.file));
      expect([live.summary.frames, live.summary.bytes]).toEqual([frames.length, bytesOf(frames, 0)]);
      expect(live.summary.bytes).toBeGreaterThan(PAYLOAD_BYTES);
      const kinds = device === 'line' ? new Set(TUNNELS.map(({ decoded: kind }) => kind)) : new Set();
      expect(new Set(live.tunnels.kinds.map(({ kind }) => kind))).toEqual(kinds);
    },
  );
});

/** @param without - octets of each frame that do not count */
function bytesOf(frames: readonly Frame[], without: number): number {
  return frames.reduce((sum, { bytes }) => sum + bytes - without, 0);
}

function layOut(): string {
  const ends = [
    ['near', 1, 'far'],
    ['far', 2, 'near'],
  ] as const;
  return [
    NAMESPACES,
    ...ends.flatMap(([end, number]) => [
      // No addresses of IPv6 by themselves, so no groups and no routers are asked for inside.
      `ip netns exec ${end} sysctl -qw net.ipv6.conf.default.addr_gen_mode=1`,
      batch(end, linesOf(number)),
    ]),
    ...ends.flatMap(([end, , other]) => [
      `address=$(ip -n ${other} -j link show macsec1 | sed 's/.*"address":"\\([^"]*\\)".*/\\1/')`,
      `ip -n ${end} -batch - <<END\n${macsecLines('$address').join('\n')}\nEND`,
    ]),
    ...ends.map(([end, number]) => wireguard(end, 'wg0', 51820, '10.0.0.0/24', number === 1 ? 2 : 1)),
  ].join('\n');
}
