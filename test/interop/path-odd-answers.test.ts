/**
 * Answers that few routers give, through the kernel: quotes that are too short or of something else, duplicates, labels, a
 * target that answers under another address.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressesOf, PathChain, traceOf } from './support/path-chain.ts';
import { missingPeers } from './support/peers.ts';
import { BIN } from './support/winze.ts';

const TARGET = '192.0.2.99';
const skipped = missingPeers(['ip', 'python3', 'setpriv']);

describe.skipIf(skipped)('a router that answers oddly', () => {
  const chain = new PathChain(0);
  const { network } = chain;

  beforeAll(async () => {
    chain.create();
    // It answers by itself what it does not forward.
    network.run('far', ['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
    network.ip('near', 'route add default via 10.9.0.2');
    const router = network.start('far', ['python3', join(import.meta.dirname, 'support/odd-router.py'), 'left']);
    await router.says(/ready/);
  });
  afterAll(() => chain.destroy());

  test.for(['root', 'nobody'] as const)('as %s: every hop is told as far as it can be', async (user) => {
    const trace = traceOf(await chain.winze(['-x', TARGET, '-t', 'tr'], user));
    expect(addressesOf(trace.hops)).toEqual([
      '198.51.100.1',
      '198.51.100.2',
      null,
      '198.51.100.4',
      '198.51.100.5',
      '203.0.113.77',
    ]);
    expect(trace.hops[2]).toMatchObject({ status: 'silent', probes_received: 0 });
    expect(trace.hops[3]?.probes_received).toBe(3);
    expect(trace.hops[3]?.duplicates).toBeGreaterThan(50);
    expect(trace).toMatchObject({ reached: true, hop_count: 6, answered_by: ['203.0.113.77'] });
    // Those that were not told apart, until they were asked one by one.
    expect(trace.unmatched_answers).toBeGreaterThan(0);
    expect(trace.findings).toContain('the target answers under another address: 203.0.113.77');
    expect(trace.hops[4]?.mpls).toEqual([
      { label: 24_001, traffic_class: 0, bottom: false, ttl: 1 },
      { label: 24_002, traffic_class: 5, bottom: true, ttl: 254 },
    ]);
  });
});

describe.skipIf(skipped)('a loop of two routers', () => {
  const chain = new PathChain(1);
  beforeAll(() => {
    chain.create();
    chain.network.ip('near', 'route add 10.77.0.0/16 via 10.9.0.2');
    chain.network.ip('r1', 'route add 10.77.0.0/16 via 10.9.1.2');
    // And `far` sends it back, by its default route.
  });
  afterAll(() => chain.destroy());

  test('watched at 50 rounds a second, each of 30 hops, the memory stays below 105 MB', () => {
    const line = `${process.execPath} ${BIN} -x 10.77.0.1 -t mtr -g 20ms -d 7 --no-names --json-stream`;
    const script = `${line} >/dev/null & p=$!; sleep 6; grep VmHWM /proc/$p/status; wait $p`;
    const said = chain.network.run('near', ['sh', '-c', script]);
    console.info(`peak of memory: ${said.trim()}`);
    const peakMb = Number(/VmHWM:\s+(\d+) kB/.exec(said)?.[1]) / 1000;
    expect(peakMb).toBeGreaterThan(50);
    expect(peakMb).toBeLessThan(105);
  });
});
