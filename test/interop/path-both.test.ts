/**
 * `--both`: the trace from the server back, where the way back is another one, beside traceroute at the server.
 *
 * ```text
 * near ── r1 ── r2 ── r3 ── far      there
 *          └─── r4 ───┘              back
 * ```
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TraceBack } from '../../src/core/shapes/path/trace.ts';
import { isPath } from '../support/schemas.ts';
import { addressesOf, PathChain, type PathRun, traceOf } from './support/path-chain.ts';
import { missingPeers } from './support/peers.ts';

const skipped = missingPeers(['ip', 'nft', 'setpriv', 'traceroute', 'tcpdump']);

function backOf(run: PathRun): TraceBack {
  expect(isPath(run.document), JSON.stringify(isPath.errors)).toBe(true);
  const { back } = traceOf(run);
  if (back === null) throw new Error(`no trace back: ${run.stderr}`);
  return back;
}

/** The hops that traceroute -n prints. */
function hopsIn(output: string): readonly string[] {
  return [...output.matchAll(/^ *\d+ {2}([\d.:a-f]+) /gm)].map(([, address = '']) => address);
}

describe.skipIf(skipped)('a way back over another router', () => {
  const chain = new PathChain(3, { besides: ['r4'] });
  const { network } = chain;
  beforeAll(async () => {
    chain.create();
    network.join({ host: 'r3', device: 'side' }, { host: 'r4', device: 'left' });
    network.join({ host: 'r4', device: 'right' }, { host: 'r1', device: 'side' });
    network.address('r3', 'side', '10.8.1.1/24');
    network.address('r4', 'left', '10.8.1.2/24');
    network.address('r4', 'right', '10.8.2.1/24');
    network.address('r1', 'side', '10.8.2.2/24');
    const sysctls = ['net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0'];
    network.run('r4', ['sysctl', '-qw', ...sysctls]);
    for (const host of ['r1', 'r3', 'r4']) network.run(host, ['sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0']);
    network.ip('r4', 'route add 10.9.0.0/24 via 10.8.2.2');
    network.ip('r4', 'route add 10.9.3.0/24 via 10.8.1.1');
    network.ip('r3', 'route add 10.9.0.0/24 via 10.8.1.2');
    await chain.serve();
  });
  afterAll(() => chain.destroy());

  test('each direction is told as traceroute at its beginning tells it', async () => {
    const run = await chain.winze(['-c', chain.target[4], '-t', 'tr', '--both']);
    const there = hopsIn(network.run('near', ['traceroute', '-n', chain.target[4]]));
    const back = hopsIn(network.run('far', ['traceroute', '-n', '10.9.0.1']));
    expect(addressesOf(traceOf(run).hops)).toEqual(there);
    expect(addressesOf(backOf(run).hops)).toEqual(back);
    expect(back).toEqual(['10.9.3.1', '10.8.1.2', '10.9.1.1', '10.9.0.1']);
    expect(backOf(run)).toMatchObject({ reached: true, hop_count: 4, loss_ratio: 0, complete: true, error: null });
    expect(backOf(run).source).toEqual({ address: chain.target[4], port: 8888 });
  });
});
