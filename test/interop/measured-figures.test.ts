/**
 * Figures of tests that are short, of winze on few processors, and of TCP that loses.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Running } from './support/commands.ts';
import { CpuGroup } from './support/cpu-group.ts';
import type { Side } from './support/lab.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';
import { bandwidthOf, Winze } from './support/winze.ts';

const FAR = '192.0.2.2';
const BIN = join(import.meta.dirname, '../../bin/winze.js');
const QUOTA = 0.04;

const skipped = missingPeers(['ip', 'nft', 'nsenter', 'taskset']);

describe.skipIf(skipped)('figures', () => {
  const network = new Network<Side>('near', 'far');
  const winze = new Winze(network);

  beforeAll(async () => {
    network.create();
    network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
    network.address('near', 'veth0', '192.0.2.1/24');
    network.address('far', 'veth0', `${FAR}/24`);
    await winze.serve();
  });
  afterAll(() => network.destroy());

  // At 100 kbit/s a datagram of 1000 octets is due every 80 ms: two are 16 kbit in 160 ms.
  test.each([2, 3, 5])('%i datagrams at 100 kbit/s have 100 kbit/s', async (datagrams) => {
    const size = ['-l', '1000', '--bytes', `${datagrams * 1000}`];
    for (const way of [[], ['-r'], ['--engine', 'portable']]) {
      const [result] = bandwidthOf(await winze.client('-c', FAR, '-p', 'udp', '-b', '100K', ...size, ...way));
      const [flow] = result?.flows ?? [];
      console.info(`${datagrams} datagrams ${way.join(' ')}: ${flow?.goodput_bps} received, ${flow?.sent_bps} sent`);
      expect(flow?.packets_received).toBe(datagrams);
      for (const bps of [flow?.goodput_bps, flow?.sent_bps]) {
        expect(bps).toBeGreaterThan(70e3);
        expect(bps).toBeLessThan(140e3);
      }
    }
  });

  test.each(['1', '10K', '100K', '1M'])('a test of %s octets uses no more of a thread than there is', async (bytes) => {
    for (const way of [[], ['-r']]) {
      const [result] = bandwidthOf(await winze.client('-c', FAR, '--bytes', bytes, ...way));
      for (const facts of [result?.cpu.client, result?.cpu.server]) {
        expect(facts?.busiest_thread_ratio ?? 0).toBeLessThanOrEqual(1);
        expect((facts?.user_ratio ?? 0) + (facts?.system_ratio ?? 0)).toBeLessThanOrEqual(cpus().length);
      }
    }
  });

  test('a winze on one processor is told with that one', async () => {
    const pinned = ['taskset', '-c', '0', process.execPath, BIN];
    const { stdout } = await network.start('near', [...pinned, '-c', FAR, '-d', '1s', '--json', '-q']).end();
    const document = JSON.parse(stdout);
    const { client } = document.tests[0].cpu;
    expect(client).toMatchObject({ cores: cpus().length, allowed_cores: 1 });
    expect(document.client.cores).toBe(cpus().length);
    expect(client.allowed_busy_cores).toBeGreaterThan(0.1);
    expect(client.allowed_busy_cores).toBeLessThanOrEqual(1);
    expect(client.host_busy_cores).toBeLessThanOrEqual(client.cores);
    const [{ evidence }] = document.tests[0].limited_by;
    const [, busy, cores] = /busy on ([\d.]+) of (\d+) cores/.exec(evidence) ?? [];
    if (busy !== undefined) expect(Number(busy)).toBeLessThanOrEqual(Number(cores));
    console.info(`on one of ${client.cores}: ${JSON.stringify(client)}; ${evidence}`);
  });

  test('a server whose control group has a quota is limited by that', async ({ skip }) => {
    const group = CpuGroup.make();
    if (group === null) {
      const reason = 'no control group for processor time can be made here';
      console.warn(`skipped: ${reason}`);
      skip(reason);
      return;
    }
    let server: Running | undefined;
    try {
      // Not by `ip netns exec`, which hides the control groups by a /sys of its own.
      const enter = [...group.before, 'nsenter'];
      const far = `--net=/var/run/netns/${network.namespace('far')}`;
      server = new Running([...enter, far, process.execPath, BIN, '-s', '--port', '8890']);
      await server.says(/Listening on port/);
      group.limit(QUOTA);
      const [result] = bandwidthOf(await winze.client('-c', FAR, '--port', '8890', '-d', '2s'));
      console.info(`quota of ${QUOTA}: ${JSON.stringify(result?.cpu.server)}; ${result?.limited_by[0]?.evidence}`);
      expect(result?.cpu.server).toMatchObject({ quota_cores: QUOTA });
      expect(result?.cpu.server?.throttled_ratio).toBeGreaterThan(0.5);
      expect(result?.cpu.client).toMatchObject({ quota_cores: null, throttled_ratio: null });
      const [limited] = result?.limited_by ?? [];
      expect(limited?.cause).toBe('receiver-cpu');
      expect(limited?.evidence).toMatch(/^the control group of the server's winze has a quota of 0\.04 cores/);
    } finally {
      await server?.stop();
      await group.remove();
    }
  });

  test('TCP: what was sent again is a share of what was sent, as a filter counts it', async () => {
    network.run('near', ['nft', 'add', 'table', 'inet', 'w']);
    network.run('near', ['nft', 'add chain inet w out { type filter hook output priority 0 ; }']);
    network.run('near', ['nft', 'add rule inet w out ip daddr 192.0.2.2 tcp dport 8888 counter']);
    network.run('far', ['nft', 'add', 'table', 'inet', 'w']);
    network.run('far', ['nft', 'add chain inet w in { type filter hook input priority 0 ; }']);
    network.run('far', ['nft', 'add rule inet w in meta l4proto tcp meta length > 1200 numgen inc mod 20 0 drop']);
    const [result] = bandwidthOf(await winze.client('-c', FAR, '-d', '2s'));
    const counted = /counter packets (\d+) bytes (\d+)/.exec(network.run('near', ['nft', 'list', 'ruleset']));
    for (const side of ['near', 'far'] as const) network.run(side, ['nft', 'flush', 'ruleset']);
    const [packets, bytes] = [Number(counted?.[1]), Number(counted?.[2])];
    const [flow] = result?.flows ?? [];
    const { bytes_transmitted: sent, bytes_retransmitted: again } = flow?.tcp ?? {};
    console.info(`filter: ${bytes} octets in ${packets}; TCP: ${sent}, again ${again}; accepted ${flow?.bytes_sent}`);
    // 52 octets of headers for each packet; the control connection and the pure acknowledgements are small.
    expect(sent).toBeGreaterThan(0.95 * (bytes - 52 * packets) - 20_000);
    expect(sent).toBeLessThan(bytes);
    expect((again ?? 0) / (sent ?? 1)).toBeGreaterThan(0.02);
    expect((again ?? 0) / (sent ?? 1)).toBeLessThan(0.2);
    expect(flow?.bytes_received).toBeLessThanOrEqual((sent ?? 0) - (again ?? 0) + 3e6);
  });
});
