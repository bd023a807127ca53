import { describe, expect, test } from 'vitest';
import { rawPcap } from '../support/capture-bytes.ts';
import { icmpEcho, ipv4 } from '../support/packets.ts';
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
      'winze: eth0: 7 packets passed the filter, 3 dropped by the kernel, an unknown number by the device (tcpdump)\n',
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

  test.each([
    [['capture', 'udp'], 2, /name a device with -i/],
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

  test.each([['capture'], ['capture', '--help']])('%j prints a page that fits a terminal', async (...argv) => {
    const { stdout, code } = await play(argv, { captures });
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: winze capture');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
