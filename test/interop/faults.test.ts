/**
 * A line that goes away in the middle of tests: for five seconds, and for good.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestResult } from '../../src/core/shapes/result.ts';
import type { Running } from './support/commands.ts';
import { Lab, type Side } from './support/lab.ts';
import { missingPeers } from './support/peers.ts';
import { documentOf, type Run, runOf, Winze } from './support/winze.ts';

const LINE = '192.0.2.2';
const TESTS = {
  'TCP upload': ['-p', 'tcp', '-b', '20M'],
  'TCP download': ['-p', 'tcp', '-b', '20M', '-r'],
  'UDP upload': ['-p', 'udp', '-b', '20M'],
  'UDP download': ['-p', 'udp', '-b', '20M', '-r'],
  'UDP latency': ['-t', 'l'],
  'TCP latency': ['-t', 'l', '-p', 'tcp'],
} as const;
const NAMES = Object.keys(TESTS) as readonly (keyof typeof TESTS)[];

const skipped = missingPeers(['ip', 'wireguard-go', 'wg', 'ping']);

describe.skipIf(skipped)('a line that goes away', () => {
  const lab = new Lab();
  const winze = new Winze(lab);
  let server: Running;

  beforeAll(async () => {
    await lab.create();
    server = await winze.serve();
  });
  afterAll(() => lab.destroy());

  /** Runs all kinds of test at the same time, and takes the line away once each is under way. */
  async function interrupt(duration: string, away: (clients: Promise<readonly Run[]>) => Promise<void>) {
    const before = started(server);
    const clients = NAMES.map((name) =>
      winze.begin('near', '-c', LINE, '-d', duration, ...TESTS[name], '--json', '-q'),
    );
    const ended = Promise.all(clients.map(async (client) => runOf(await client.end())));
    for (const until = Date.now() + 20_000; started(server) - before < NAMES.length && Date.now() < until; )
      await sleep(50);
    expect(started(server) - before).toBe(NAMES.length);
    await sleep(1500);
    await away(ended);
    const runs = await ended;
    return NAMES.map((name, index) => ({ name, run: runs[index] ?? missing(name) }));
  }

  async function expectService(): Promise<void> {
    const run = await winze.client('-c', LINE, '-d', '300ms');
    expect([run.status, run.stderr]).toEqual([0, '']);
  }

  test.each(['far', 'near'] as const)('tests outlive 5 s without it (%s end down)', async (side) => {
    const runs = await interrupt('11s', async () => {
      setLink(lab, side, 'down');
      await sleep(5000);
      setLink(lab, side, 'up');
    });
    for (const { name, run } of runs) {
      expect([run.status, run.stderr], name).toEqual([0, '']);
      const [result] = documentOf(run).tests;
      expect(result?.complete, name).toBe(true);
      console.info(`${side} down for 5 s, ${name}: ${summary(result)}`);
      expect(received(result), name).toBeGreaterThan(0);
      // The gap shows: as what did not arrive, and over TCP as probes that waited for the line.
      if (result?.test === 'latency' && result.protocol === 'tcp') expect(result.rtt_ns.max).toBeGreaterThan(4e9);
      else expect(share(result), name).toBeLessThan(0.75);
    }
    await expectService();
  });

  test.each(['far', 'near'] as const)('tests end by themselves when it stays away (%s end down)', async (side) => {
    let downAt = 0;
    try {
      const runs = await interrupt('5s', async (ended) => {
        setLink(lab, side, 'down');
        downAt = Date.now();
        await ended;
      });
      const took = (Date.now() - downAt) / 1000;
      console.info(`${side} down for good: the last client ended after ${took.toFixed(1)} s`);
      expect(took).toBeLessThan(35);
      for (const { name, run } of runs) {
        expect(run.status, `${name}: ${run.stderr}`).toBe(6);
        expect(run.stderr.trim().split('\n'), name).toHaveLength(1);
        const { complete, error, tests } = documentOf(run);
        console.info(`${side} down for good, ${name}: ${summary(tests[0])}; ${error?.message}`);
        expect([complete, error?.code], name).toEqual([false, 'ERR_PEER_LOST']);
        expect(received(tests[0]), name).toBeGreaterThan(0);
      }
    } finally {
      setLink(lab, side, 'up');
    }
    // Until then the kernel may say of the next connection what it found out about the last.
    lab.run('near', ['sh', '-c', `for i in $(seq 20); do ping -q -c 1 -W 1 ${LINE} && exit; done; exit 1`]);
    await expectService();
  });
});

function setLink(lab: Lab, side: Side, state: 'up' | 'down'): void {
  lab.run(side, ['ip', 'link', 'set', 'veth0', state]);
}

/** Tests that a server's console has shown to have started. */
function started(server: Running): number {
  return server.stdout.match(/ started: /g)?.length ?? 0;
}

function flowOf(result: TestResult | undefined) {
  return result?.test === 'bandwidth' ? result.flows[0] : undefined;
}

/** Octets of payload, or answers to probes. */
function received(result: TestResult | undefined): number {
  if (result?.test === 'latency') return result.packets_received;
  return flowOf(result)?.bytes_received ?? 0;
}

/** What of the rate asked for, or of the probes sent, arrived. */
function share(result: TestResult | undefined): number {
  if (result?.test === 'latency') return result.packets_received / result.packets_sent;
  return (flowOf(result)?.goodput_bps ?? 0) / (result?.config.rate_bps ?? Number.NaN);
}

function summary(result: TestResult | undefined): string {
  if (result?.test === 'latency') return `${result.packets_received} of ${result.packets_sent} probes answered`;
  const flow = flowOf(result);
  return `${((flow?.goodput_bps ?? 0) / 1e6).toFixed(1)} Mbit/s over ${((flow?.duration_ns ?? 0) / 1e9).toFixed(1)} s`;
}

function missing(name: string): never {
  throw new Error(`no run of ${name}`);
}
