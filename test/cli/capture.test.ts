import { describe, expect, test } from 'vitest';
import { rawPcap } from '../support/capture-bytes.ts';
import { ipPieces } from '../support/fragments.ts';
import { icmpEcho, initiation, ipv4, udp, wireguardData } from '../support/packets.ts';
import { END_A, END_B } from '../support/tunnel-scene.ts';
import { play } from './fakes.ts';

const ping = ipv4(1, icmpEcho());
const stream = rawPcap([ping, ping]);
const captures = { eth0: stream };

describe('winze capture', () => {
  test('prints the report of what passed, and how much it missed', async () => {
    const { stdout, stderr, code } = await play(['capture', '-i', 'eth0'], { captures });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^eth0: 2 frames/);
    expect(stderr).toBe(
      'winze: eth0: 7 packets passed the filter, 3 dropped by the kernel, an unknown number by the device (tcpdump, since pcap is not installed)\n',
    );
  });

  test('the document has the drops too', async () => {
    const { stdout } = await play(['capture', '-i', 'eth0', '--json'], { captures });
    expect(JSON.parse(stdout).file).toMatchObject({ name: 'eth0', dropped_packets: 3 });
  });

  test('prints packets as they come', async () => {
    const { stdout, code } = await play(['capture', '-i', 'eth0', '--packets', '--utc', '-c', '1'], { captures });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^22:38:41\.000005 IP [\d.]+ > [\d.]+: ICMP echo request[^\n]*\n$/);
  });

  test('waits for a reader that is slower than the packets', async () => {
    let calls = 0;
    let callsMeanwhile = 0;
    const drained = (): Promise<void> | undefined => {
      if (++calls > 1) return undefined;
      return new Promise((resolve) => {
        setImmediate(() => {
          callsMeanwhile = calls;
          resolve();
        });
      });
    };
    const { code } = await play(['capture', '-i', 'eth0', '--packets'], { captures, drained });
    expect([code, callsMeanwhile, calls]).toEqual([0, 1, 2]);
  });

  test('gives the words behind the options to libpcap, dashes and all', async () => {
    const liveFilter = 'udp port 51820 and not host 10.0.0.1';
    const { code, stderr } = await play(['capture', '-i', 'eth0', ...liveFilter.split(' ')], { captures, liveFilter });
    expect(code, stderr).toBe(0);
    const dashed = await play(['capture', '-i', 'eth0', '--', '-w x'], { captures, liveFilter: '-w x' });
    expect(dashed.code, dashed.stderr).toBe(0);
  });

  test('says that a filter by port hides fragments, and which one does not', async () => {
    const { stderr, code } = await play(['capture', '-i', 'eth0', 'udp', 'port', '51820'], {
      captures,
      liveFilter: 'udp port 51820',
    });
    expect(code).toBe(0);
    expect(stderr).toContain('hides the later fragments');
    expect(stderr).toContain("'udp port 51820 or (ip[6:2] & 0x1fff != 0) or ip6[6] == 44'");
    const other = await play(['capture', '-i', 'eth0', 'host x'], { captures, liveFilter: 'host x' });
    expect(other.stderr).not.toContain('hides');
  });

  test('the report knows the filter of the capture', async () => {
    const first = ipPieces(END_A, END_B, udp(40_000, 51_820, wireguardData(1, 0, 1420)), [1264])[0] as Uint8Array;
    const shake = ipPieces(END_A, END_B, udp(40_000, 51_820, initiation(1)), [])[0] as Uint8Array;
    const cut = { eth0: rawPcap([shake, first]) };
    const argv = ['capture', '-i', 'eth0', '--json'];
    const byPort = await play([...argv, 'udp port 51820'], { captures: cut, liveFilter: 'udp port 51820' });
    expect(JSON.parse(byPort.stdout).findings).toContainEqual(
      expect.objectContaining({ code: 'fragments-hidden', confidence: 'certain' }),
    );
    const all = await play(argv, { captures: cut });
    expect(JSON.parse(all.stdout).findings).toContainEqual(expect.objectContaining({ code: 'fragments-missing' }));
  });

  test.each([
    [['capture'], 2, /name a device: winze capture -i IF/],
    [['capture', '-i', 'eth0', '-w', 'o.pcap'], 2, /tcpdump -i IF -w o\.pcap, then winze decode o\.pcap/],
    [['capture', '-i', 'eth0', '-nn'], 2, /-nn: .* leave it out/],
    [['capture', '-i', 'eth0', '--filter', 'udp'], 2, /the filter needs no option, .*: winze capture -i IF 'udp'/],
    [['capture', 'udp', '-vw', 'o.pcap'], 2, /-w: .* winze decode o\.pcap/],
    [['capture', 'udp', '-vw'], 2, /-w: .* winze decode FILE/],
    [['capture', 'udp'], 2, /name a device/],
    [['capture', '-i', 'nix0'], 2, /there is no device nix0/],
    [['capture', '-i', 'eth0', '-s', '0'], 2, /whole number from 1 on/],
    [['capture', '-i', 'eth0', '-s', '262145'], 2, /262144 at most/],
    [['capture', '-i', 'eth0', '--json', '--packets'], 2, /--packets is text/],
    [['capture', '-i', 'eth0', '--frob'], 2, /unknown option '--frob'.*see winze capture --help/],
  ])('%j: exit %i', async (argv, code, message) => {
    const run = await play(argv, { captures });
    expect(run.code).toBe(code);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe('');
  });

  test.each([
    ['capture', '-h'],
    ['capture', '--help'],
  ])('%j prints a page that fits a terminal', async (...argv) => {
    const { stdout, code } = await play(argv, { captures });
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: winze capture');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
