/**
 * Marks of congestion through a tunnel (RFC 6040): out of the packet into the datagram, and back where the way marked it.
 * DSCP stays inside. And what a way repeats.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Capture, type Frame } from './support/capture.ts';
import { must } from './support/commands.ts';
import { PAIRS, PEER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { type Side, TunnelLab } from './support/tunnel-lab.ts';
import { BIN } from './support/winze.ts';

const skipped = missingPeers(['ip', 'nft', 'ping', PEER, 'wg', 'tcpdump', ...(PEER === 'kernel' ? ['tc'] : [])]);

/** Messages of the near end with data, that are no keepalives. */
const DATA = 'src 192.0.2.1 and udp[8] = 4 and udp[4:2] > 40';
/** DSCP EF and a codepoint of RFC 3168. */
const [NOT_ECT, ECT_1, ECT_0, CE] = [0xb8, 0xb9, 0xba, 0xbb];

describe.skipIf(skipped).each(PAIRS)('from $near to $far', (ends) => {
  let lab: TunnelLab;
  beforeEach(() => {
    lab = new TunnelLab({ ends });
    lab.create();
  });
  afterEach(() => lab.destroy());

  /** Octets of type of service that the echo requests with these have on the line, and where they come out. */
  async function seen(device: Record<Side, string>, to: string, ...tos: readonly number[]) {
    const outer = await Capture.begin(lab.network, 'near', 'veth0', DATA);
    const inner = await Capture.begin(lab.network, 'far', device.far, 'icmp[0] = 8');
    for (const each of tos) expect(lab.pingInVain('near', to, 1, '-Q', String(each))).toBeLessThan(2);
    return {
      outer: (await outer.end()).map((frame) => frame.octets[15]),
      inner: (await inner.end()).map(tosOfRaw),
    };
  }

  test('ECN goes out and comes back, and DSCP does not', async () => {
    const { near, far, inside } = await lab.tunnel({ ends });
    await lab.reach('near', inside.far[4]);
    const device = { near: near.device, far: far.device };
    const plain = await seen(device, inside.far[4], NOT_ECT, ECT_1, ECT_0, CE);
    // The kernel does not say outside what was marked before (RFC 3168, section 9.1.1); winze does (RFC 6040, 4.1).
    const outer = { winze: [0, 1, 2, 3], kernel: [0, 1, 2, 2], 'wireguard-go': [0, 0, 0, 0] };
    expect(plain.outer).toEqual(outer[ends.near]);
    expect(plain.inner).toEqual([NOT_ECT, ECT_1, ECT_0, CE]);
    lab.network.run('far', ['nft', 'add', 'table', 'ip', 'busy']);
    lab.network.run('far', ['nft', 'add chain ip busy in { type filter hook prerouting priority 0; }']);
    lab.network.run('far', ['nft', 'add', 'rule ip busy in udp dport 51820 ip ecn set ce']);
    const marked = await seen(device, inside.far[4], NOT_ECT, ECT_1, ECT_0, CE);
    // Of a sender that would not understand the mark, winze drops the packet, as the RFC has it; others let it pass.
    const expected = {
      winze: [CE, CE, CE],
      kernel: [NOT_ECT, CE, CE, CE],
      'wireguard-go': [NOT_ECT, ECT_1, ECT_0, CE],
    };
    expect(marked.inner).toEqual(expected[ends.far]);
  });

  test.skipIf(PEER !== 'kernel')('what a way repeats is delivered once, and counted', async () => {
    const { near, far, inside } = await lab.tunnel({ ends });
    await lab.reach('near', inside.far[4]);
    const side = ends.near === 'kernel' ? 'near' : 'far';
    const winze = side === 'near' ? far : near;
    lab.network.run(side, [
      'tc',
      'qdisc',
      'add',
      'dev',
      'veth0',
      'root',
      'netem',
      'duplicate',
      '100%',
      'limit',
      '10000',
    ]);
    const before = winze.packets().in;
    expect(lab.ping(side, inside[side === 'near' ? 'far' : 'near'][4], 20)).toBe(20);
    expect(winze.packets().in - before).toBe(20);
    const { devices } = JSON.parse(must([process.execPath, BIN, 'tunnel', 'show', '--json', winze.device]));
    expect(devices[0].peers[0].counts.replayed).toBeGreaterThanOrEqual(20);
  });
});

/** Of a packet as a TUN device has it: no header of Ethernet. */
function tosOfRaw({ octets }: Frame): number | undefined {
  return octets[1];
}
