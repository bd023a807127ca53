/** `winze capture` through the npm package pcap, where that is installed: what tcpdump does otherwise. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaptureDocument } from '../../src/capture/documents/capture-report.ts';
import { must, type Output, type Running, until } from './support/commands.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';

const BIN = join(import.meta.dirname, '../../bin/winze.js');
/** A ping has two packets. The kernel counts each twice, as it leaves loopback and as it comes; libpcap takes one. */
const [PACKETS, COUNTED] = [2, 4];

const skipped = missingPeers(['ip', 'ping', 'npm:pcap']);

describe.skipIf(skipped)('winze capture with the package pcap', () => {
  const network = new Network('here');

  beforeAll(() => network.create());
  afterAll(() => network.destroy());

  async function begin(...argv: readonly string[]): Promise<Running> {
    const capture = network.start('here', [process.execPath, BIN, 'capture', '-i', 'lo', '--json', ...argv]);
    // A socket of ETH_P_ALL is one that is bound; its filter comes next.
    await until('a packet socket', () => / 0003 /.test(network.run('here', ['cat', '/proc/net/packet'])));
    await sleep(100);
    return capture;
  }

  const ping = (...argv: readonly string[]): string => network.run('here', ['ping', '-q', ...argv]);
  const framesOf = ({ status, stdout, stderr }: Output): number => {
    expect(status, stderr).toBe(0);
    return (JSON.parse(stdout) as CaptureDocument).summary.frames;
  };

  test('to the last packet before Ctrl-C, which it does not outlive, and only what the filter wants', async () => {
    const capture = await begin('icmp');
    ping('-6', '-c', '3', '-i', '0.01', '::1');
    ping('-c', '40', '-i', '0.01', '127.0.0.1');
    const stoppedAt = performance.now();
    const output = await capture.stop();
    const elapsedMs = performance.now() - stoppedAt;
    console.info(`ended ${elapsedMs.toFixed(0)} ms after Ctrl-C`);
    expect(framesOf(output)).toBe(40 * PACKETS);
    expect(output.stderr).toBe(
      `winze: lo: ${40 * COUNTED} packets passed the filter, 0 dropped by the kernel, 0 by the device (pcap)\n`,
    );
    // 75 ms are waited for the last batch; until the next packet, or 2 s, if the session were not ended.
    expect(elapsedMs).toBeLessThan(1000);
  });

  test('what was dropped is counted: the rest is there', async () => {
    const capture = await begin('icmp');
    const pids = must(['ip', 'netns', 'pids', network.namespace('here')])
      .trim()
      .split('\n')
      .map(Number);
    const pid = pids.find((one) => readFileSync(`/proc/${one}/cmdline`, 'utf8').includes('pcap-process'));
    if (pid === undefined) throw new Error('no process with pcap');
    process.kill(pid, 'SIGSTOP');
    // Three times what the kernel's buffer holds.
    ping('-f', '-c', '800', '-s', '65000', '127.0.0.1');
    process.kill(pid, 'SIGCONT');
    const output = await capture.stop();
    expect(output.status, output.stderr).toBe(0);
    const [, passed, dropped] =
      /: (\d+) packets passed the filter, (\d+) dropped by the kernel/.exec(output.stderr) ?? [];
    console.info(`${dropped} of ${passed} packets dropped`);
    expect(Number(passed)).toBe(800 * COUNTED);
    expect(Number(dropped)).toBeGreaterThan(400 * COUNTED);
    // The buffer keeps the first that came, of which every other one was leaving.
    expect(framesOf(output)).toBe(Math.floor((Number(passed) - Number(dropped)) / 2));
  });

  test.each([
    ['a filter that is none', ['nonsense and'], /^winze: the filter 'nonsense and' is not one of libpcap's/],
    ['a device that is not there', ['-i', 'nope0'], /^winze: there is no device nope0 to capture on; there are lo/],
  ])('%s is refused', async (_what, argv, message) => {
    const { status, stderr } = await network
      .start('here', [process.execPath, BIN, 'capture', '-i', 'lo', ...argv])
      .end();
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
