import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findingsOf } from '../../../../src/capture/findings/findings.ts';
import { captureReportText } from '../../../../src/report/decode/report-text.ts';
import { cookieReply, initiation, join, response, u32, wireguardData } from '../../../support/packets.ts';
import { datagram, type End, TunnelScene } from '../../../support/tunnel-scene.ts';

/** Few ends and few indices, so that messages of different sessions, moves and copies meet. */
const ends: readonly End[] = [1, 2, 3, 4].map((last) => ({ address: [192, 0, 2, last], port: 51_820 }));
const end = fc.constantFrom(...ends);
const index = fc.integer({ min: 1, max: 4 });
const counter = fc.oneof(
  fc.nat(50),
  fc.nat(200_000),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 33 + 1, 2 ** 52, 2 ** 53, 2 ** 60, 2 ** 64 - 2 ** 11),
);
const message = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(index, counter, fc.constantFrom(0, 64, 84, 1420)).map((all) => wireguardData(...all)),
  },
  { weight: 2, arbitrary: index.map((sender) => initiation(sender)) },
  { weight: 2, arbitrary: fc.tuple(index, index).map(([sender, receiver]) => response(sender, receiver)) },
  { weight: 1, arbitrary: index.map((receiver) => cookieReply(receiver)) },
);
const step = fc.record({ from: end, to: end, message, wait: fc.constantFrom(0, 0.001, 0.3, 11, 130, 200, -5) });

test('for any packets, the report adds up, has no NaN, and fits 80 columns', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const scene = new TunnelScene();
      let at = 1000;
      for (const { from, to, message: bytes, wait } of steps) {
        at += wait;
        scene.send(at, from, to, bytes);
        // And as something that an error quotes.
        if (wait === 11) scene.icmp(at, [10, 0, 0, 1], datagram(from, to, bytes).subarray(0, 60), 3, 4, 1300);
      }
      const report = scene.report();
      const text = JSON.stringify(report);
      expect(text).not.toMatch(/NaN|Infinity/);
      for (const peer of report?.peers ?? []) {
        for (const direction of ['a_to_b', 'b_to_a'] as const) {
          const { delivery, messages, sizes } = peer[direction];
          const { received, duplicates, stale, implausible, lost, loss_runs } = delivery;
          expect(received + duplicates + stale + implausible).toBe(messages);
          expect(sizes.reduce((sum, size) => sum + size.messages, 0)).toBe(messages);
          expect(lost).toBeGreaterThanOrEqual(0);
          expect(Math.round((loss_runs.mean ?? 0) * loss_runs.n)).toBe(lost);
        }
      }
      const lines = captureReportText(report, findingsOf(report, null)).split('\n');
      expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('any octets after the headers of a known flow do not throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (payloads) => {
      const scene = new TunnelScene();
      const [a, b] = ends;
      if (a === undefined || b === undefined) return;
      scene.send(0, a, b, initiation(1)).send(0.1, b, a, response(2, 1));
      for (const [i, payload] of payloads.entries()) {
        scene.send(i, a, b, payload).send(i, a, b, join([4, 0, 0, 0], u32(i), payload));
      }
      expect(scene.report()?.messages.initiation).toBeGreaterThan(0);
    }),
  );
});
