import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traceHops } from '../../../../src/path/trace/hop-rows.ts';
import { traceOutcome } from '../../../../src/path/trace/trace-outcome.ts';
import { chain, drive, type MadeUpNetwork, MS, type Reply, router, TARGET } from './made-up-network.ts';

const UDP = { protocol: 'udp', port: 33434, ownAddress: '192.0.2.1' } as const;
const outcome = (changes: Parameters<typeof drive>[0], network: MadeUpNetwork) =>
  traceOutcome(drive(changes, network).engine, [40_000], UDP);

describe('a trace', () => {
  test('of a path on which all answer: three probes a hop, done when the last has come', () => {
    const { engine, endedMs, probes } = drive({}, chain(9));
    const { rows, hopCount } = traceHops(engine);
    expect(hopCount).toBe(9);
    expect(rows.map(({ probes_sent, probes_received }) => [probes_sent, probes_received])).toEqual(
      Array(9).fill([3, 3]),
    );
    expect(rows.map(({ addresses }) => addresses[0]?.address)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map(router).concat(TARGET),
    );
    expect(rows[3]).toMatchObject({ best_ns: 8 * MS, p50_ns: 8 * MS, worst_ns: 8 * MS, jitter_ns: 0 });
    expect(endedMs).toBeLessThan(100);
    // A window of four beyond the last hop that answered: at most three probes beyond the target are sent, and count.
    expect(Math.max(...probes.map(({ ttl }) => ttl))).toBeLessThanOrEqual(12);
    expect(probes.filter(({ ttl }) => ttl >= 9).length).toBeLessThanOrEqual(4);
  });

  test('round trips to the target are kept one by one: as many of a trace as it has probes', () => {
    const { engine } = drive({}, chain(9));
    // One for each probe beyond the length that was known, too.
    expect([...engine.targetRtts].slice(0, 3)).toEqual([0, 1, 2].map((place) => [place, 18 * MS]));
    const lossy: MadeUpNetwork = (probe, nowMs) => (nowMs > 900 && nowMs < 1900 ? [] : chain(9)(probe, nowMs));
    const watched = drive({ kind: 'mtr', rounds: 4, gapNs: 1000 * MS }, lossy).engine;
    expect([...watched.targetRtts.keys()]).toEqual([0, 2, 3]);
    const warm = drive({ kind: 'mtr', rounds: 2, warmup: 1, gapNs: 1000 * MS }, chain(3)).engine;
    expect([...warm.targetRtts.keys()]).toEqual([1, 2]);
  });

  test('all probes of a round are in flight together once the length is known', () => {
    const { probes } = drive(
      {},
      chain(20, (_, reply) => [{ ...reply, afterMs: 30 }]),
    );
    const later = probes.filter(({ ttl }) => ttl === 1).slice(1);
    expect(new Set(later.map(({ atMs }) => atMs)).size).toBe(1);
    expect(probes.filter(({ atMs }) => atMs === later[0]?.atMs).length).toBeGreaterThanOrEqual(2 * 19);
  });

  test('a router that never answers costs a quarter of a second, and no more', () => {
    const silent = chain(9, (probe, reply) => (probe.ttl === 4 ? [] : [reply]));
    const { engine, endedMs } = drive({}, silent);
    const { rows, hopCount } = traceHops(engine);
    expect(hopCount).toBe(9);
    expect(rows[3]).toMatchObject({
      status: 'silent',
      probes_sent: 3,
      probes_received: 0,
      loss_ratio: 1,
      p50_ns: null,
    });
    expect(rows.filter(({ status }) => status !== 'ok').map(({ ttl }) => ttl)).toEqual([4, 9]);
    expect(endedMs).toBeLessThan(400);
  });

  test('hops that answer late, as where neighbours have to be found first, get all their probes', () => {
    let isFirst = true;
    const slow: MadeUpNetwork = (probe, nowMs) => {
      if (nowMs > 1200) isFirst = false;
      return chain(9, (_, reply) => [{ ...reply, afterMs: isFirst ? Math.max(10, 1200 - nowMs) : reply.afterMs }])(
        probe,
        nowMs,
      );
    };
    const { rows, hopCount } = traceHops(drive({}, slow).engine);
    expect(hopCount).toBe(9);
    expect(rows.map(({ probes_sent, probes_received }) => `${probes_received}/${probes_sent}`)).toEqual(
      Array(9).fill('3/3'),
    );
  });

  test('a long silent stretch is crossed', () => {
    const { engine, endedMs } = drive(
      {},
      chain(25, (probe, reply) => (probe.ttl > 2 && probe.ttl < 25 ? [] : [reply])),
    );
    expect(traceHops(engine).hopCount).toBe(25);
    expect(endedMs).toBeLessThan(3000);
  });

  test('a target that is down: what answers is shown, and one hop more', () => {
    const down = chain(9, (probe, reply) => (probe.ttl >= 9 ? [] : [reply]));
    const { endedMs } = drive({}, down);
    expect(endedMs).toBeLessThan(4000);
    const { hops, reached, hop_count, loss_ratio, rtt_ns, findings } = outcome({}, down);
    expect([reached, hop_count, loss_ratio, rtt_ns.n]).toEqual([false, null, null, 0]);
    expect(hops).toHaveLength(9);
    expect(hops[8]).toMatchObject({ status: 'no-answer', addresses: [] });
    expect(findings[0]).toMatch(
      /^the target does not answer UDP probes to port 33434; the last that answers is hop 8 \(198\.51\.100\.8\)/,
    );
  });

  test('nothing answers at all', () => {
    const { hops, findings } = outcome({}, () => []);
    expect(hops).toHaveLength(1);
    expect(findings[0]).toMatch(/neither does any router/);
  });

  test('a router that says host unreachable ends it', () => {
    const network = chain(9, (probe, reply) =>
      probe.ttl < 5 ? [reply] : [{ from: router(5), kind: 'unreachable', afterMs: 10, reason: 'host unreachable' }],
    );
    const { hops, reached, findings } = outcome({}, network);
    expect([reached, hops.length]).toEqual([false, 5]);
    expect(hops[4]).toMatchObject({ status: 'unreachable', unreachable: 'host unreachable' });
    expect(findings[0]).toBe('the path ends at hop 5 (198.51.100.5), which says: host unreachable');
  });

  test('a neighbour that does not answer is told by this host itself', () => {
    const { findings } = outcome({}, () => [
      { from: UDP.ownAddress, kind: 'unreachable', afterMs: 1000, reason: 'host unreachable' },
    ]);
    expect(findings[0]).toMatch(/^this host itself says: host unreachable; /);
  });

  test('a loop of two routers is named', () => {
    const loop: MadeUpNetwork = ({ ttl }) => [{ from: router(ttl < 3 ? ttl : 3 + (ttl % 2)), afterMs: 2 * ttl }];
    const { loop: found, reached, findings } = outcome({}, loop);
    expect([reached, found?.toSorted()]).toEqual([false, [router(3), router(4)]]);
    expect(findings[0]).toMatch(/^a routing loop: /);
  });

  test('answers of the target under another address count, and are named', () => {
    const { answered_by, reached, findings } = outcome(
      {},
      chain(5, (_, reply) => [{ ...reply, from: reply.from === TARGET ? '192.0.2.77' : reply.from }]),
    );
    expect([reached, answered_by]).toEqual([true, ['192.0.2.77']]);
    expect(findings).toContain('the target answers under another address: 192.0.2.77');
  });

  test('200 duplicates are counted and change nothing else', () => {
    const many = chain(4, (probe, reply) => (probe.ttl === 2 ? Array.from({ length: 201 }, () => reply) : [reply]));
    const { engine } = drive({}, many);
    const { rows } = traceHops(engine);
    expect(rows[1]).toMatchObject({ probes_sent: 3, probes_received: 3, duplicates: 600 });
    expect(rows[1]?.addresses[0]?.answers).toBe(3);
  });

  test('answers that quote too little are told apart one by one', () => {
    const short = chain(6, (probe, reply) => [{ ...reply, isShort: probe.ttl === 3 || probe.ttl === 4 }]);
    const { engine, probes } = drive({}, short);
    const { rows, hopCount } = traceHops(engine);
    expect(hopCount).toBe(6);
    expect([rows[2]?.addresses[0]?.address, rows[3]?.addresses[0]?.address]).toEqual([router(3), router(4)]);
    expect(engine.unmatched).toBeGreaterThan(0);
    expect(probes.length).toBeLessThan(40);
  });

  test('answers to probes that were never sent change nothing', () => {
    const { engine } = drive({}, chain(3));
    const before = JSON.stringify(traceHops(engine));
    engine.handleAnswer({
      id: 9999,
      flow: 0,
      from: '192.0.2.66',
      kind: 'target',
      reason: null,
      ttl: 1,
      mtuBytes: null,
      labels: [],
      at: 1,
    });
    expect(JSON.stringify(traceHops(engine))).toBe(before);
    expect(engine.unmatched).toBe(1);
  });

  test('the MTU of a link is shown at the router that told it', () => {
    const small = chain(6, (probe, reply) =>
      probe.ttl <= 3 ? [reply] : [{ from: router(3), kind: 'too-big', afterMs: 6, mtuBytes: 1400 } satisfies Reply],
    );
    const { hops, findings } = outcome({}, small);
    expect(hops[2]).toMatchObject({ mtu_bytes: 1400, probes_received: 3 });
    expect(findings[0]).toBe(
      'probes of this length end at hop 3 (198.51.100.3): the next link takes packets of 1400 bytes at most; use a smaller -l',
    );
  });

  test('MPLS labels are kept with their hop', () => {
    const labels = [{ label: 24_001, traffic_class: 0, bottom: true, ttl: 1 }];
    const { hops } = outcome(
      {},
      chain(4, (probe, reply) => [probe.ttl === 2 ? { ...reply, labels } : reply]),
    );
    expect(hops.map(({ mpls }) => mpls)).toEqual([[], labels, [], []]);
  });

  test('branches are found by source port; a hop that did not answer makes no branch', () => {
    const branching = chain(5, (probe, reply) => {
      if (probe.ttl !== 3) return [reply];
      if (probe.flow === 2) return [];
      return [{ ...reply, from: probe.flow % 2 === 0 ? '192.0.2.10' : '192.0.2.11' }];
    });
    const { engine } = drive({ flows: 4, rounds: 1, gapNs: 0 }, branching);
    const { branches, hops, findings } = traceOutcome(engine, [1000, 1001, 1002, 1003], UDP);
    expect(branches.map(({ source_ports }) => source_ports)).toHaveLength(2);
    expect(branches.flatMap(({ source_ports }) => source_ports).toSorted()).toEqual([1000, 1001, 1002, 1003]);
    expect(branches.find(({ source_ports }) => source_ports.includes(1000))?.hops[2]).toBe('192.0.2.10');
    expect(hops[2]?.addresses.map(({ address }) => address)).toEqual(['192.0.2.10', '192.0.2.11']);
    expect(findings).toContain('4 source ports took 2 branches');
  });

  test('the way back is guessed, and called a guess', () => {
    const { hops, findings } = outcome(
      {},
      chain(5, (_, reply) => [{ ...reply, ttl: 55 }]),
    );
    expect(hops[4]?.addresses[0]).toMatchObject({ guessed_return_hops: 10 });
    expect(findings.at(-1)).toMatch(/way back from hop 5 seems to have 10 hops; this is a guess/);
  });
});

describe('mtr', () => {
  test('has a round each second, and ends after its rounds', () => {
    const { engine, endedMs, probes } = drive({ kind: 'mtr', rounds: 10 }, chain(9));
    expect(engine.rounds).toBe(10);
    const { rows } = traceHops(engine);
    expect(rows.map(({ probes_sent }) => probes_sent)).toEqual(Array(9).fill(10));
    expect(endedMs).toBeCloseTo(9018, 0);
    expect(probes.filter(({ ttl }) => ttl === 9).map(({ atMs }) => Math.floor(atMs / 1000))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  test('a router that answers one probe in ten is no loss of the path', () => {
    let seen = 0;
    const limited = chain(6, (probe, reply) => (probe.ttl === 3 && seen++ % 10 !== 0 ? [] : [reply]));
    const { hops, loss_ratio, findings } = outcome({ kind: 'mtr', rounds: 50, gapNs: 100 * MS }, limited);
    expect(hops[2]).toMatchObject({
      probes_received: 5,
      status: 'answers-some',
      words: 'answers only some probes; the loss does not go on',
    });
    expect(hops.filter(({ status }) => status.startsWith('loss'))).toEqual([]);
    expect(loss_ratio).toBe(0);
    expect(findings[0]).toBe(
      'no loss on the way to the target: 50 of 50 probes answered; hop 3 answers little or nothing, which is no loss of the path',
    );
  });

  test('loss that goes on to the target begins where it begins', () => {
    // What is lost at hop 4 is lost for every TTL beyond it too.
    const lossy = chain(7, (probe, reply) => (probe.ttl >= 4 && probe.id % 3 === 0 ? [] : [reply]));
    const { hops, loss_ratio, findings } = outcome({ kind: 'mtr', rounds: 60, gapNs: 100 * MS }, lossy);
    expect(hops.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'loss-begins', 'loss', 'loss', 'loss']);
    expect(loss_ratio).toBeGreaterThan(0.2);
    expect(findings[0]).toMatch(/the loss begins at hop 4 \(198\.51\.100\.4\) or right before it/);
  });

  test('probes that still wait are not counted as lost', () => {
    const { engine } = drive(
      { kind: 'mtr', rounds: null },
      chain(3, (_, reply) => [{ ...reply, afterMs: 400 }]),
      10_200,
    );
    const { rows } = traceHops(engine);
    expect(rows.map(({ loss_ratio }) => loss_ratio)).toEqual([0, 0, 0]);
    expect(rows[0]?.probes_sent).toBeGreaterThanOrEqual(10);
  });

  test('an answer that comes after it was given up still counts', () => {
    const late = chain(3, (probe, reply) => [{ ...reply, afterMs: probe.ttl === 2 && probe.id % 5 === 0 ? 2500 : 10 }]);
    const { hops } = outcome({ kind: 'mtr', rounds: 20 }, late);
    expect(hops[1]).toMatchObject({ probes_sent: 20, probes_received: 20, worst_ns: 2500 * MS });
  });

  test('begins no round after its time, and none when it is stopped', () => {
    expect(drive({ kind: 'mtr', rounds: null, durationNs: 5000 * MS }, chain(3)).engine.rounds).toBe(5);
    const { engine } = drive({ kind: 'mtr', rounds: null }, chain(3), 3500);
    engine.stop();
    expect(engine.pollTransmit(4e9)).toBeUndefined();
    expect(engine.rounds).toBe(4);
  });

  test('a path that becomes longer is followed to its new end, and one that becomes shorter too', () => {
    const change: MadeUpNetwork = (probe, nowMs) => chain(nowMs < 3000 ? 5 : nowMs < 7000 ? 8 : 4)(probe, nowMs);
    expect(traceHops(drive({ kind: 'mtr', rounds: 6 }, change).engine).hopCount).toBe(8);
    expect(traceHops(drive({ kind: 'mtr', rounds: 10 }, change).engine).hopCount).toBe(4);
  });

  test('a router that delivers again is not called unreachable any more', () => {
    const mended: MadeUpNetwork = (probe, nowMs) => {
      if (nowMs > 2500 || probe.ttl < 3) return chain(5)(probe, nowMs);
      return [{ from: router(3), kind: 'unreachable', afterMs: 5, reason: 'host unreachable' }];
    };
    const broken = traceHops(drive({ kind: 'mtr', rounds: 2 }, mended).engine);
    expect([broken.hopCount, broken.rows[2]?.status]).toEqual([null, 'unreachable']);
    const { rows, hopCount } = traceHops(drive({ kind: 'mtr', rounds: 6 }, mended).engine);
    expect([hopCount, rows[2]?.status, rows[2]?.unreachable]).toEqual([5, 'ok', null]);
  });

  test('rounds of the warm-up do not count', () => {
    const slow: MadeUpNetwork = (probe, nowMs) =>
      chain(3, (_, reply) => [{ ...reply, afterMs: nowMs < 1500 ? 90 : 10 }])(probe, nowMs);
    const { hops, rounds } = outcome({ kind: 'mtr', rounds: 5, warmup: 2 }, slow);
    expect([rounds, hops[2]?.probes_sent, hops[2]?.worst_ns]).toEqual([5, 5, 10 * MS]);
  });
});

test('whatever is answered: it ends, sends no more than it was asked to, and its counts agree', () => {
  const kinds = fc.constantFrom('time-exceeded', 'target', 'unreachable', 'too-big') as fc.Arbitrary<
    Reply['kind'] & string
  >;
  const reply = fc.record({
    from: fc.integer({ min: 1, max: 40 }).map(router),
    kind: kinds,
    afterMs: fc.integer({ min: 0, max: 5000 }),
    isShort: fc.boolean(),
  });
  const network = fc.array(fc.array(reply, { maxLength: 3 }), { minLength: 1, maxLength: 40 });
  const plan = fc.record({
    kind: fc.constantFrom('trace', 'mtr'),
    rounds: fc.integer({ min: 1, max: 4 }),
    maxHops: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(plan, network, ({ kind, ...rest }, answers) => {
      const isMtr = kind === 'mtr';
      const { engine, probes, endedMs } = drive(
        { kind: isMtr ? 'mtr' : 'trace', ...rest },
        ({ id }) => answers[id % answers.length] ?? [],
      );
      expect(engine.isDone).toBe(true);
      // Each TTL once a round, and once more each where answers quoted too little.
      expect(probes.length).toBeLessThanOrEqual(rest.rounds * rest.maxHops + 64);
      expect(probes.every(({ ttl }) => ttl >= 1 && ttl <= rest.maxHops)).toBe(true);
      expect(endedMs).toBeLessThan(400_000);
      for (const row of traceHops(engine).rows) {
        expect(row.probes_received).toBeLessThanOrEqual(row.probes_sent);
        expect(row.recent_ns.length).toBeLessThanOrEqual(60);
      }
    }),
    { numRuns: 300 },
  );
});
