/**
 * Picks the figures of one path, protocol and direction out of the tests of all rounds.
 *
 * @module
 */
import type { BandwidthResult, FlowResult, Overhead, ResultDocument } from '../../core/shapes/result.ts';
import { ranToEnd } from '../../measure/limits/nothing-received.ts';
import { median } from '../../stats/median.ts';

/** What one row of a comparison is about. */
export type Compared = Pick<Overhead, 'protocol' | 'direction'>;

/** One direction of one bandwidth test, with the test that it belongs to. */
export interface RoundFlow {
  readonly test: BandwidthResult;
  readonly flow: FlowResult;
}

/** The flows that ran to their end, of all rounds on one path. */
export function roundFlows({ tests }: ResultDocument, path: string, compared: Compared): readonly RoundFlow[] {
  return tests.flatMap((test) => {
    if (test.test !== 'bandwidth' || test.path !== path || test.protocol !== compared.protocol) return [];
    const flow = test.flows.find(({ direction }) => direction === compared.direction);
    return flow === undefined || !ranToEnd(test) ? [] : [{ test, flow }];
  });
}

/** Middle goodput of the rounds on one path; `null` if no round has one. */
export function medianGoodput(document: ResultDocument, path: string, compared: Compared): number | null {
  return median(roundFlows(document, path, compared).flatMap(({ flow }) => flow.goodput_bps ?? []));
}

/** `TCP upload`; `UDP latency` for what was only compared by its round trips. */
export function comparedName(document: ResultDocument, { protocol, direction }: Compared): string {
  const bandwidth = document.tests.some(
    (test) =>
      test.test === 'bandwidth' &&
      test.protocol === protocol &&
      test.flows.some((flow) => flow.direction === direction),
  );
  return `${protocol.toUpperCase()} ${bandwidth ? direction : 'latency'}`;
}

/** Median over the rounds of how much longer the median round trip on a path is than on the baseline. */
export function medianAddedRtt({ paths, tests }: ResultDocument, path: string): number | null {
  const baseline = paths.find(({ role }) => role === 'baseline')?.name;
  const probes = tests.filter((test) => test.test === 'latency' && ranToEnd(test));
  const medians = (name: string | undefined) =>
    new Map(
      probes.flatMap((test) =>
        test.test === 'latency' && test.path === name && test.rtt_ns.p50 !== null
          ? [[`${test.protocol} ${test.round}`, test.rtt_ns.p50] as const]
          : [],
      ),
    );
  const line = medians(baseline);
  return median(
    [...medians(path)].flatMap(([round, rtt]) => {
      const other = line.get(round);
      return other === undefined ? [] : [rtt - other];
    }),
  );
}
