/**
 * An end that is gone without a word, in every kind of test and with both engines: the other is silent after 10 s
 * and knows after 15. All at the same time, since they only wait.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Running, until } from './support/commands.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';

const SCRIPT = join(import.meta.dirname, 'support/many-ends.mjs');
const RATE = { length_bytes: 1000, rate_bps: 1e6, duration_ns: 600e9 };
const LATENCY = { test: 'latency', length_bytes: 64, duration_ns: 600e9 };
const TESTS = {
  'TCP upload': { protocol: 'tcp', direction: 'upload', ...RATE },
  'TCP download': { protocol: 'tcp', direction: 'download', ...RATE },
  'TCP both ways': { protocol: 'tcp', direction: 'bidirectional', ...RATE },
  'TCP latency': { protocol: 'tcp', ...LATENCY },
  'UDP upload': { protocol: 'udp', direction: 'upload', ...RATE },
  'UDP download': { protocol: 'udp', direction: 'download', ...RATE },
  'UDP both ways': { protocol: 'udp', direction: 'bidirectional', ...RATE },
  'UDP latency': { protocol: 'udp', ...LATENCY },
};
const CELLS = (['auto', 'portable'] as const).flatMap((engine) =>
  Object.entries(TESTS).map(([name, wish]) => ({ name: `${name}, ${engine}`, engine, wish })),
);
/** The servers of this test have a second client, in the queue. */
const QUEUED = 'TCP upload';
const ENDS = CELLS.length + CELLS.filter(({ name }) => name.startsWith(QUEUED)).length;
/** Where the clients of `near` begin, and those of `far` itself. */
const PORTS = { line: 9100, loopback: 9200 };

interface Line {
  readonly at: number;
  readonly name: string;
  readonly tag: string;
  readonly reason?: string | null;
}

const skipped = missingPeers(['ip', 'nft']);

describe.skipIf(skipped)('an end that is gone without a word', () => {
  const network = new Network<'near' | 'far'>('near', 'far');
  let servers: Running;

  beforeEach(async () => {
    network.create();
    network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
    network.address('near', 'veth0', '192.0.2.1/24');
    network.address('far', 'veth0', '192.0.2.2/24');
    const plan = Object.entries(PORTS).flatMap(([where, first]) =>
      CELLS.map(({ name, engine }, i) => ({ name: `${where}: ${name}`, engine, port: first + i })),
    );
    servers = network.start('far', [process.execPath, SCRIPT, 'serve', JSON.stringify(plan)]);
    await until('servers listen', () => linesOf(servers, 'listening').length === plan.length, 30_000);
  });
  afterEach(() => network.destroy());

  /** Clients of all servers, and behind them those that wait. */
  const clients = (host: 'near' | 'far', address: string, first: number): Running => {
    const plan = CELLS.map(({ name, engine, wish }, i) => ({
      name,
      engine,
      host: address,
      port: first + i,
      tests: [wish],
    }));
    const waiting = plan.filter(({ name }) => name.startsWith(QUEUED));
    const all = [...plan, ...waiting.map((cell) => ({ ...cell, name: `${cell.name}, queued` }))];
    return network.start(host, [process.execPath, SCRIPT, 'connect', JSON.stringify(all)]);
  };

  test('is silent after 10 s and known after 15, whoever is gone', async () => {
    const vanished = clients('near', '192.0.2.2', PORTS.line);
    const stopped = clients('far', '127.0.0.1', PORTS.loopback);
    const queued = (): number => linesOf(servers, 'client-queued').length;
    await until('all are under way', () => queued() === 2 * (ENDS - CELLS.length), 150_000);
    await sleep(1500);
    for (const host of ['near', 'far'] as const) {
      const drop = 'table inet gone { chain in { type filter hook input priority 0; policy drop; iif "lo" accept; }; }';
      network.run(host, ['nft', drop]);
    }
    stopped.signal('SIGSTOP');
    const goneAt = Date.now();
    const before = packets();
    await sleep(10_000 - (Date.now() - goneAt));
    const after10 = packets();
    await sleep(15_500 - (Date.now() - goneAt));
    const after15 = packets();
    console.info(`packets sent until 10 s and until 15.5 s: ${before.map((_, i) => rise(i)).join('; ')}`);
    function rise(i: number): string {
      return `${(after10[i] ?? 0) - (before[i] ?? 0)}, ${(after15[i] ?? 0) - (after10[i] ?? 0)}`;
    }
    const closed = linesOf(servers, 'client-closed').concat(linesOf(servers, 'client-refused'));
    const slow = closed.filter(({ at }) => at - goneAt > 15_000).map(({ name }) => name);
    expect(slow).toEqual([]);
    expect(new Set(closed.map(({ reason }) => reason))).toEqual(new Set(['no sign of the client for 13 s']));
    expect(closed).toHaveLength(2 * ENDS);
    const ends = linesOf(vanished, 'over');
    expect(ends).toHaveLength(ENDS);
    // A probe that its connection took in part is noticed earlier.
    for (const { reason } of ends) expect(reason).toMatch(/no sign of the server for 13 s|the connection is stalled/);
    expect(Math.max(...ends.map(({ at }) => at - goneAt))).toBeLessThan(15_000);
    // Keepalives once a second and the repetitions of TCP are left; each stream alone had 125 packets a second.
    for (const [i, sent] of after15.entries()) expect(sent - (after10[i] ?? 0)).toBeLessThan(250);
    stopped.signal('SIGCONT');
    await until('stopped clients read why', () => linesOf(stopped, 'over').length === ENDS);
    const reasons = new Set(linesOf(stopped, 'over').map(({ reason }) => reason));
    console.info(`what stopped clients say: ${[...reasons].join('; ')}`);
    for (const reason of reasons) expect(reason).toMatch(/no sign of the (client|server) for 13 s/);
  });

  /** Packets that left so far: from both ends of the line, and on the loopback of `far`. */
  function packets(): readonly number[] {
    const sources = [
      ['near', 'veth0'],
      ['far', 'veth0'],
      ['far', 'lo'],
    ] as const;
    return sources.map(([host, device]) =>
      Number(network.run(host, ['cat', `/sys/class/net/${device}/statistics/tx_packets`])),
    );
  }
});

function linesOf(running: Running, tag: string): readonly Line[] {
  const lines = running.stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line).filter((line) => line.tag === tag);
}
