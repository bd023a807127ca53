/**
 * Sums of parallel streams against the counters of a shaper, and stalls that rows must show: on a line of 10 Mbit/s
 * between two namespaces, with nft dropping what is to be lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FlowResult, Interval } from '../../src/core/shapes/flow.ts';
import { Capture } from './support/capture.ts';
import type { Running } from './support/commands.ts';
import { inOrder } from './support/in-order.ts';
import type { Side } from './support/lab.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';
import { bandwidthOf, documentOf, latencyOf, type Run, runOf, Winze } from './support/winze.ts';

const FAR = '192.0.2.2';
const RATE = 10e6;
/** Payload and whole of a full Ethernet frame of TCP with timestamps over IPv4. */
const [PAYLOAD, FRAME] = [1448, 1514];
const LINE = (RATE * PAYLOAD) / FRAME;

const skipped = missingPeers(['ip', 'tc', 'ethtool', 'nft', 'tcpdump']);

describe.skipIf(skipped)('figures of a line of 10 Mbit/s', () => {
  const network = new Network<Side>('near', 'far');
  const winze = new Winze(network);
  let server: Running;

  beforeAll(async () => {
    network.create();
    network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
    for (const [side, address] of [
      ['near', '192.0.2.1/24'],
      ['far', `${FAR}/24`],
    ] as const) {
      network.address(side, 'veth0', address);
      // Every packet is a frame, and nearly nothing passes at once. No queue overflows: then what the shaper let
      // through is what arrived, and in order.
      network.run(side, ['ethtool', '-K', 'veth0', 'tso', 'off', 'gso', 'off', 'gro', 'off']);
      const tbf = ['tbf', 'rate', '10mbit', 'burst', '3000', 'limit', '4mb'];
      network.run(side, ['tc', 'qdisc', 'replace', 'dev', 'veth0', 'root', ...tbf]);
    }
    server = winze.begin('far', '-s', '--json-stream');
    await server.says(/"listening"/);
  });
  afterAll(() => network.destroy());

  /** Octets that a shaper has let through, frames with their headers. */
  const shaped = (side: Side): number => {
    const [qdisc] = JSON.parse(network.run(side, ['tc', '-s', '-j', 'qdisc', 'show', 'dev', 'veth0'])) as readonly {
      readonly bytes: number;
    }[];
    return qdisc?.bytes ?? Number.NaN;
  };

  function expectSum(name: string, flow: FlowResult, seconds: number, letThrough: number): void {
    const goodput = flow.goodput_bps ?? Number.NaN;
    const again = (flow.tcp?.retransmits ?? 0) * FRAME;
    console.info(
      `${name}: ${(goodput / 1e6).toFixed(3)} of ${(LINE / 1e6).toFixed(3)} Mbit/s; the shaper let ${letThrough} B ` +
        `through, ${again} B of them sent again; ${flow.bytes_received} B counted in ${flow.duration_ns / 1e9} s`,
    );
    // The bucket holds two frames, the first of the window took no time of it, and it may have waited for 6 ms.
    const most = LINE * (1 + 0.006 / seconds) + (3 * PAYLOAD * 8) / seconds;
    expect(goodput).toBeLessThanOrEqual(most);
    // Within 1 % where nothing else runs; what a busy host has not read when the window ends does not count.
    expect(goodput).toBeGreaterThan(LINE * 0.97 - (again * 8) / seconds);
    expect(((flow.bytes_received ?? Number.NaN) * FRAME) / PAYLOAD).toBeLessThanOrEqual(letThrough);
    const streams = flow.streams.reduce((sum, one) => sum + (one.goodput_bps ?? 0), 0);
    expect(streams).toBeCloseTo(goodput, 0);
  }

  test.each([
    ['4 streams, 1 s', '1s', ['-n', '4']],
    ['4 streams, 10 s', '10s', ['-n', '4']],
    ['128 streams, 1 s', '1s', ['-n', '128']],
    // More than what is under way in 128 windows of that size does not wait in the shaper: TCP repeats little.
    ['128 streams, 10 s', '10s', ['-n', '128', '--window', '16K']],
    ['4 streams down, 1 s', '1s', ['-n', '4', '-r']],
    ['4 streams, portable engine, 2 s', '2s', ['-n', '4', '-r', '--engine', 'portable']],
  ])('the sum of %s is what the shaper lets through', async (name, duration, options) => {
    const side = options.includes('-r') ? 'far' : 'near';
    const before = shaped(side);
    const run = await winze.client('-c', FAR, '-t', 'b', '-d', duration, ...options);
    expect(run.status, run.stderr).toBe(0);
    const [result] = bandwidthOf(run);
    const flow = result?.flows[0];
    if (!result || !flow) throw new Error('no flow');
    expectSum(name, flow, Number.parseFloat(duration), shaped(side) - before);
    // What a busy host reads a little late is in the next row; so is what waited for a segment that was sent again.
    for (const row of sumsOf(result.intervals)) {
      if ((flow.tcp?.retransmits ?? 0) < 10 && row.end_ns - row.start_ns > 0.9e9)
        expect(row.goodput_bps).toBeLessThanOrEqual(LINE * 1.06);
    }
    await drained();
  });

  test('the sum of 128 streams with a full queue is what arrived in order', async () => {
    const capture = await Capture.begin(network, 'far', 'veth0', { filter: 'tcp dst port 8888', direction: 'in' });
    const run = await winze.client('-c', FAR, '-t', 'b', '-d', '10s', '-n', '128', '--no-trial');
    const deliveries = inOrder(await capture.end());
    const flow = bandwidthOf(run)[0]?.flows[0];
    if (!flow) throw new Error(`no flow: ${run.stderr}`);
    // The first connection is the control connection. The window opens with the first full segment of a stream.
    const streams = deliveries.filter(({ sourcePort }) => sourcePort !== deliveries[0]?.sourcePort);
    const fromNs = streams.find(({ bytes }) => bytes >= PAYLOAD)?.atNs ?? Number.NaN;
    const arrived = streams
      .filter(({ atNs }) => atNs >= fromNs && atNs <= fromNs + flow.duration_ns)
      .reduce((sum, { bytes }) => sum + bytes, 0);
    const goodput = (arrived * 8e9) / flow.duration_ns;
    console.info(
      `128 streams: ${((flow.goodput_bps ?? Number.NaN) / 1e6).toFixed(3)} Mbit/s, ${(goodput / 1e6).toFixed(3)} in order, ` +
        `${flow.tcp?.retransmits} segments sent again`,
    );
    // The queue of 3.2 s makes TCP repeat what only waits there, and what follows a hole waits for it.
    expect(Math.abs((flow.goodput_bps ?? Number.NaN) / goodput - 1)).toBeLessThan(0.01);
    expect(flow.goodput_bps ?? Number.NaN).toBeLessThanOrEqual(LINE * 1.001);
    await drained();
  });

  test('both directions at once are each what their shaper lets through', async () => {
    const before = { near: shaped('near'), far: shaped('far') };
    const [result] = bandwidthOf(await winze.client('-c', FAR, '-t', 'b', '-d', '2s', '-n', '4', '--bidir'));
    await drained();
    for (const flow of result?.flows ?? []) {
      const side = flow.direction === 'upload' ? 'near' : 'far';
      const letThrough = shaped(side) - before[side];
      // The answers of the other direction take their part of the line.
      expect(flow.goodput_bps ?? 0).toBeLessThan(LINE);
      expect(((flow.bytes_received ?? Number.NaN) * FRAME) / PAYLOAD).toBeLessThanOrEqual(letThrough);
    }
  });

  test('the sum of UDP streams that send more than the line carries is what it carries', async () => {
    const run = await winze.client('-c', FAR, '-t', 'b', '-p', 'udp', '-n', '8', '-b', '12M', '-l', '1472', '-d', '2s');
    const goodput = bandwidthOf(run)[0]?.flows[0]?.goodput_bps ?? Number.NaN;
    console.info(`8 UDP streams: ${(goodput / 1e6).toFixed(3)} Mbit/s`);
    expect(goodput).toBeLessThanOrEqual((RATE * 1472) / FRAME + (3 * 1472 * 8) / 2);
    expect(goodput).toBeGreaterThan(0);
  });

  describe('stalls', () => {
    afterAll(() => {
      for (const side of ['near', 'far'] as const) network.run(side, ['nft', 'flush', 'ruleset']);
    });

    test.each([
      // The first write of a slower one is a packet by itself, shorter than what is dropped.
      ['TCP upload', 'far', 'tcp dport 8888 ip length > 1400', ['-b', '40M']],
      ['TCP download', 'near', 'tcp sport 8888 ip length > 1400', ['-b', '40M', '-r']],
      ['UDP upload', 'far', 'udp dport 8888 ip length > 1000', ['-b', '2M', '-p', 'udp', '-l', '1200']],
      ['UDP download', 'near', 'udp sport 8888 ip length > 1000', ['-b', '2M', '-p', 'udp', '-l', '1200', '-r']],
    ] as const)('a %s of which nothing arrives has rows of 0', async (_name, side, match, options) => {
      drop(side, match);
      const run = await winze.client('-c', FAR, '-t', 'b', '-d', '4s', ...options);
      network.run(side, ['nft', 'flush', 'ruleset']);
      const [result] = bandwidthOf(run);
      const rows = sumsOf(result?.intervals ?? []);
      expect(rows.map((row) => [Math.round(row.start_ns / 1e9), row.bytes_received, row.goodput_bps])).toEqual(
        [0, 1, 2, 3].map((second) => [second, 0, 0]),
      );
      expect(result?.flows[0]).toMatchObject({ bytes_received: 0, goodput_bps: 0 });
      await drained();
    });

    test('a TCP stream that starves has 0 in its rows, and takes none from the others', async () => {
      const client = winze.begin('near', '-c', FAR, '-t', 'b', '-n', '2', '-b', '4M', '-d', '5s', '--json-stream');
      await client.says(/"event":"interval"/);
      const port = /"stream":1,"local":"192\.0\.2\.1:(\d+)"/.exec(client.stdout)?.[1];
      drop('far', `tcp sport ${port}`);
      await client.says(/(?:"event":"interval"[\s\S]*){4}/);
      network.run('far', ['nft', 'flush', 'ruleset']);
      const rows = rowsOf((await client.end()).stdout);
      const starved = rows.filter((row) => row.stream === 1 && row.bytes_received === 0);
      expect(starved.length).toBeGreaterThanOrEqual(2);
      for (const { start_ns } of starved) {
        const sum = rows.find((row) => row.stream === null && row.start_ns === start_ns);
        expect(sum?.goodput_bps).toBeGreaterThan(1.5e6);
      }
      expect(sumsOf(rows).length).toBeGreaterThanOrEqual(5);
    });

    test('a second without answers shows in the rows of a latency test', async () => {
      const client = winze.begin('near', '-c', FAR, '-t', 'l', '-d', '5s', '-g', '10ms', '--json', '-q');
      await sleep(2500);
      drop('near', 'udp sport 8888');
      await sleep(1800);
      network.run('near', ['nft', 'flush', 'ruleset']);
      const { intervals } = latencyOf(runOf(await client.end()));
      expect(intervals.map((row) => [Math.round(row.start_ns / 1e9), row.packets_sent])).toEqual(
        [0, 1, 2, 3, 4].map((second) => [second, 100]),
      );
      expect(Math.min(...intervals.map((row) => row.packets_received))).toBeLessThan(30);
    });

    /** Drops what arrives and matches. */
    function drop(side: Side, match: string): void {
      const chain = 'add table ip t; add chain ip t c { type filter hook input priority 0; };';
      network.run(side, ['nft', `${chain} add rule ip t c ${match} drop`]);
    }
  });

  test('the server tells of every second of a test, by the clock, at the rate of the line', async () => {
    const from = server.stdout.length;
    const run: Run = await winze.client('-c', FAR, '-t', 'b', '-n', '2', '-d', '4s', '--interval', '3s', '--no-trial');
    expect(documentOf(run).complete).toBe(true);
    const rows = server.stdout
      .slice(from)
      .split('\n')
      .filter((line) => line.includes('"event":"interval"'))
      .map((line) => JSON.parse(line) as { time: string; data: Record<string, number | null> });
    expect(rows.length).toBeGreaterThanOrEqual(4);
    rows.forEach(({ time, data }, second) => {
      expect(data.start_ns).toBe(second === 0 ? 0 : rows[second - 1]?.data.end_ns);
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(data.sent_bps).toBeNull();
      // The first begins before the first octet is there, and the queue runs empty in the last.
      expect(data.goodput_bps ?? 0).toBeLessThan(LINE * 1.06);
    });
    for (const { data } of rows.slice(1, 3)) expect(data.goodput_bps ?? 0).toBeGreaterThan(LINE * 0.94);
    await drained();
  });

  /** Until the queue of the shaper, 3.2 s at most, is empty: the next test wants the line for itself. */
  async function drained(): Promise<void> {
    for (let before = Number.NaN; ; await sleep(300)) {
      const now = shaped('near') + shaped('far');
      if (now - before < 3000) return;
      before = now;
    }
  }
});

function sumsOf(rows: readonly Interval[]): readonly Interval[] {
  return rows.filter((row) => row.stream === null);
}

function rowsOf(stream: string): readonly Interval[] {
  const events = stream.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  return events.flatMap(({ event, data }) => (event === 'interval' ? (data.rows as readonly Interval[]) : []));
}
