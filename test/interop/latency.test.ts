/**
 * Latency beside ping, and loss that is known because a rule makes it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { median } from '../../src/stats/median.ts';
import { Lab, type Side } from './support/lab.ts';
import { missingPeers } from './support/peers.ts';
import { latencyOf, Winze } from './support/winze.ts';

const LINE = '192.0.2.2';

const skipped = missingPeers(['ip', 'ping', 'nft', 'wireguard-go', 'wg']);

describe.skipIf(skipped)('latency', () => {
  const lab = new Lab();
  const winze = new Winze(lab);

  beforeAll(async () => {
    await lab.create();
    await winze.serve();
  });
  afterAll(() => lab.destroy());

  test('prints what ping and winze say of the line and of the tunnel', async () => {
    for (const address of [LINE, '10.0.0.2']) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < 3; round++) {
        const { rtt_ns: rtt } = latencyOf(await winze.client('-c', address, '-t', 'l', '-d', '1s'));
        ours.push((rtt.p50 ?? Number.NaN) / 1e3);
        const text = lab.run('near', ['ping', '-c', '100', '-i', '0.01', address]);
        theirs.push(median(Array.from(text.matchAll(/time=([\d.]+) ms/g), (match) => Number(match[1]) * 1e3)) ?? NaN);
      }
      console.info(`${address}: p50 winze ${median(ours)?.toFixed(1)} µs, ping ${median(theirs)?.toFixed(1)} µs`);
      expect(median(ours)).toBeGreaterThan(0);
    }
  });

  // Each drops where packets of that direction arrive: a drop at the sender would be an error to it.
  test.for([
    { way: 'up', side: 'far', match: 'udp dport 8888' },
    { way: 'down', side: 'near', match: 'udp sport 8888' },
  ] as const)(
    'every tenth packet dropped on the way $way is lost on that way',
    async ({ way, side, match }, { skip }) => {
      const reason = drop(lab, side, `${match} numgen inc mod 10 0 drop`);
      if (reason !== null) {
        console.warn(`skipped: ${reason}`);
        skip(reason);
      }
      const result = latencyOf(await winze.client('-c', LINE, '-t', 'l', '-d', '3s', '-g', '5ms'));
      lab.run(side, ['nft', 'flush', 'ruleset']);
      const { packets_sent: sent, packets_lost_up: up, packets_lost_down: down } = result;
      console.info(`10 % dropped ${way}: of ${sent} probes ${up} lost up, ${down} down`);
      const [dropped, other] = way === 'up' ? [up, down] : [down, up];
      expect(other).toBe(0);
      expect((dropped ?? 0) / sent).toBeGreaterThan(0.095);
      expect((dropped ?? 0) / sent).toBeLessThan(0.105);
      expect(result.loss_runs).toMatchObject({ mean: 1, max: 1 });
    },
  );
});

/** Drops packets that arrive and match; returns why this kernel cannot. */
function drop(lab: Lab, side: Side, rule: string): string | null {
  try {
    lab.run(side, [
      'nft',
      `add table ip t; add chain ip t c { type filter hook input priority 0; }; add rule ip t c ${rule}`,
    ]);
    return null;
  } catch (error) {
    return String(error);
  }
}
