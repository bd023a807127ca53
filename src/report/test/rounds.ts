/**
 * Selects the figures of one path, protocol, direction and figure from the tests of all rounds.
 *
 * @module
 */
import type { FlowResult } from '../../core/shapes/flow.ts';
import type { BandwidthResult, Overhead, ResultDocument } from '../../core/shapes/result.ts';
import { ranToEnd } from '../../measure/limits/nothing-received.ts';
import { median } from '../../stats/median.ts';
import { testName } from './spec-words.ts';

/** Protocol, direction and figure that one row of a comparison is about. */
export type Compared = Pick<Overhead, 'protocol' | 'direction' | 'figure'>;

/** One direction of one bandwidth test, with the test that it belongs to. */
export interface RoundFlow {
  readonly test: BandwidthResult;
  readonly flow: FlowResult;
}

/** The flows of bandwidth tests that ran to their end, from all rounds on one path. */
export function roundFlows({ tests }: ResultDocument, path: string, compared: Compared): readonly RoundFlow[] {
  return tests.flatMap((test) => {
    if (test.test !== 'bandwidth' || test.path !== path || test.protocol !== compared.protocol) return [];
    if (test.config.figure !== compared.figure) return [];
    const flow = test.flows.find(({ direction }) => direction === compared.direction);
    return flow === undefined || !ranToEnd(test) ? [] : [{ test, flow }];
  });
}

/** Median goodput of the rounds on one path, in bit/s; `null` if no round has one. */
export function medianGoodput(document: ResultDocument, path: string, compared: Compared): number | null {
  return median(roundFlows(document, path, compared).flatMap(({ flow }) => flow.goodput_bps ?? []));
}

/** Median packets a second of the rounds on one path, by the receivers' counts; `null` if no round has them. */
export function medianPackets(document: ResultDocument, path: string, compared: Compared): number | null {
  return median(roundFlows(document, path, compared).flatMap(({ flow }) => flow.packets_per_s ?? []));
}

/** Median of the connections a second that the server accepted in the rounds on one path; `null` if no round has them. */
export function medianConnections({ tests }: ResultDocument, path: string): number | null {
  return median(
    tests.flatMap((test) =>
      test.test === 'connections' && test.path === path && ranToEnd(test) ? (test.connections_per_s ?? []) : [],
    ),
  );
}

/** `TCP upload`, `UDP packets upload`, or `UDP latency` if only round trips were compared. */
export function comparedName(document: ResultDocument, { protocol, direction, figure }: Compared): string {
  const bandwidth = document.tests.some(
    (test) =>
      test.test === 'bandwidth' &&
      test.protocol === protocol &&
      test.flows.some((flow) => flow.direction === direction),
  );
  const test = figure === 'connections' ? figure : bandwidth ? 'bandwidth' : 'latency';
  return testName({ test, figure, protocol, direction });
}

/**
 * Median over the rounds of the added round-trip time in nanoseconds: median RTT on the path minus median RTT on the
 * baseline in the same round. `null` if no round has both.
 */
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
