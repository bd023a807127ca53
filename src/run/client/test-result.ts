/**
 * Combines the reports of both ends of a test into its result.
 *
 * @module
 */
import type { NetError } from '../../core/errors.ts';
import type { FlowResult } from '../../core/shapes/flow.ts';
import type { BandwidthResult, LatencyResult, TestResult } from '../../core/shapes/result.ts';
import type { Engine, FlowDirection, TestSpec } from '../../core/shapes/spec.ts';
import type { ReceiverInterval, ReceiverReport, SenderReport } from '../../core/shapes/stream-report.ts';
import { flowResult } from '../../measure/flow/flow-result.ts';
import { impossibleCounts, impossibleProbes } from '../../measure/flow/impossible-counts.ts';
import { busiestThread, threadFacts } from '../../measure/flow/thread-use.ts';
import type { LimitInputs } from '../../measure/limits/inputs.ts';
import { withLargeLost } from '../../measure/limits/large-packets.ts';
import { limitedBy, trialWanted } from '../../measure/limits/limited-by.ts';
import { withNothingReceived } from '../../measure/limits/nothing-received.ts';
import type { PathTrial } from '../../measure/limits/path-trial.ts';
import { bundleWarning, packetFacts } from '../../measure/packets.ts';
import { directionsOf, layoutOf } from '../../measure/stream-layout.ts';
import { type CapturedEnds, testCapture } from '../../measure/test-capture.ts';
import type { ServerReport } from '../../session/messages.ts';
import { connectionsResult } from './connections-result.ts';
import type { TestOutcome } from './test-outcome.ts';

/** Results of trials of the path after a test, by direction. */
export type PathTrials = ReadonlyMap<FlowDirection, PathTrial>;

/**
 * Builds the result of a test.
 *
 * @param trials - empty before the path was tried
 */
export function buildResult(outcome: TestOutcome, trials: PathTrials = new Map()): TestResult {
  const result = resultOf(outcome, trials);
  const sizes = [...trials.values()].flatMap(({ size }) => size ?? []);
  return withLargeLost(withNothingReceived(result), outcome.path.facts, sizes, outcome.earlier);
}

function resultOf(outcome: TestOutcome, trials: PathTrials): TestResult {
  if (outcome.spec.test === 'connections') return connectionsResult(outcome, common(outcome));
  return outcome.spec.test === 'latency' ? latencyResult(outcome) : bandwidthResult(outcome, trials);
}

/** Trials that could improve the verdict on what limited the test (`limited_by`), at most one for each direction. */
export function trialsWanted(outcome: TestOutcome): readonly TrialRequest[] {
  if (outcome.spec.test !== 'bandwidth') return [];
  return limitInputs(outcome).flatMap((inputs) => {
    const what = trialWanted(inputs);
    return what === null ? [] : [{ what, flow: inputs.flow }];
  });
}

/** A trial that should be made: another rate, or sizes of packets. */
export interface TrialRequest {
  readonly what: 'rate' | 'size';
  readonly flow: FlowResult;
}

function common(outcome: TestOutcome) {
  const { spec, clipped, round, path, clientEngine, server, watch, failure, streams } = outcome;
  const serverEngine = path.welcome.engine;
  const measured = streams.measured ? [{ thread_ratio: streams.measured.threadRatio, wait_ratio: null }] : [];
  const threads = threadFacts([...streams.sent, ...streams.received, ...measured]);
  const engine: Engine = clientEngine === 'linux' && serverEngine === 'linux' ? 'linux' : 'portable';
  return {
    protocol: spec.protocol,
    path: path.target.name,
    round,
    config: spec,
    clipped,
    engine,
    engines: { client: clientEngine, server: serverEngine },
    complete: failure === undefined && (server?.complete ?? false),
    error: errorOf(failure, server),
    cpu: { client: watch.cpu(threads), server: server?.cpu ?? null },
    setup_ns: outcome.setupNs,
    wire: watch.wire,
    fragments_created: watch.fragmentsCreated,
    warnings: [],
    capture: captureOf(outcome, null),
  };
}

function errorOf(failure: NetError | undefined, server: ServerReport | undefined): TestResult['error'] {
  if (failure) return { code: failure.code, message: failure.message };
  const why = server?.failure ? `: ${server.failure}` : '';
  const message = `the server could not carry out its part of the test${why}`;
  return server?.complete === false ? { code: 'ERR_PEER_LOST', message } : null;
}

function bandwidthResult(outcome: TestOutcome, trials: PathTrials): BandwidthResult {
  const inputs = limitInputs(outcome);
  const flows = inputs.map(({ flow }) => flow);
  const base = common(outcome);
  return {
    ...base,
    ...packetFacts({ ...base, flows }, outcome.path.target.address.includes(':') ? 6 : 4),
    capture: captureOf(outcome, payloadOf(outcome.spec, flows)),
    warnings: [
      ...bundleWarning({ ...base, flows }),
      ...directionsOf(outcome.spec).flatMap((direction) => {
        const { senders, receivers } = endsOf(outcome, direction);
        // The ends of a TCP connection count segments in windows that are not quite the same.
        const isTcp = outcome.spec.protocol === 'tcp';
        return impossibleCounts(direction, isTcp ? senders.map(uncounted) : senders, receivers);
      }),
    ],
    test: 'bandwidth',
    direction: outcome.spec.direction,
    flows,
    intervals: outcome.intervals,
    limited_by: inputs.map((one) => limitedBy({ ...one, trial: trials.get(one.flow.direction) ?? null })),
  };
}

function uncounted(sender: SenderReport): SenderReport {
  return { ...sender, packets: null };
}

/** The inputs for the verdict on each direction. */
function limitInputs(outcome: TestOutcome): readonly LimitInputs[] {
  const { spec, clipped, watch, server } = outcome;
  const { cpu } = common(outcome);
  return directionsOf(spec).map((direction) => {
    const { senders, receivers } = endsOf(outcome, direction);
    const drops = direction === 'upload' ? server?.receive_buffer_drops : watch.receiveBufferDrops;
    const receiveBufferDrops = spec.protocol === 'udp' ? (drops ?? null) : null;
    const flow = flowResult({ direction, protocol: spec.protocol, senders, receivers, receiveBufferDrops });
    const threads = { senderThread: busiestThread(senders), receiverThread: busiestThread(receivers) };
    return { spec, clipped, flow, cpu, ...threads, trial: null };
  });
}

function captureOf({ capture, server }: TestOutcome, payload: CapturedEnds['payload']): TestResult['capture'] {
  if (capture === null) return null;
  const { counts, detail } = capture;
  return testCapture({ client: counts, clientDetail: detail, server: server?.capture ?? null, payload });
}

/**
 * The captured octets of a direction can be compared with its payload only if all payload is counted and there is no
 * payload in the other direction. In a TCP test that ends by time, payload in flight at the end is captured but not
 * counted.
 */
function payloadOf(
  { protocol, warmup_ns, duration_ns }: TestSpec,
  flows: readonly FlowResult[],
): CapturedEnds['payload'] {
  const [flow, other] = flows;
  if (!flow || other || warmup_ns > 0 || (protocol === 'tcp' && duration_ns !== null)) return null;
  return flow.bytes_received === null ? null : { direction: flow.direction, bytes: flow.bytes_received };
}

/** Reports of the sending and of the receiving end of one direction. */
function endsOf(
  outcome: TestOutcome,
  direction: FlowDirection,
): { senders: readonly SenderReport[]; receivers: readonly ReceiverReport[] } {
  const layout = layoutOf(outcome.spec);
  const own = new Set(layout.filter((one) => one.direction === direction).map((one) => one.stream));
  const pick = <T extends { readonly stream: number }>(reports: readonly T[]): readonly T[] =>
    reports.filter((one) => own.has(one.stream));
  if (direction === 'upload') {
    const received =
      outcome.server?.received ?? [...own].flatMap((stream) => fromRows(stream, outcome.serverRows) ?? []);
    return { senders: pick(outcome.streams.sent), receivers: pick(received) };
  }
  return { senders: pick(outcome.server?.sent ?? outcome.serverSent), receivers: pick(outcome.streams.received) };
}

/** The totals of a stream from its intervals, if the server disappeared; `undefined` for a stream without intervals. */
function fromRows(stream: number, rows: readonly ReceiverInterval[]): ReceiverReport | undefined {
  const counted = rows.filter((row) => row.stream === stream && !row.omitted);
  if (counted.length === 0) return undefined;
  const sum = (pick: (row: ReceiverInterval) => number | null): number | null =>
    counted.reduce<number | null>((total, row) => {
      const value = pick(row);
      return total === null || value === null ? null : total + value;
    }, 0);
  return {
    stream,
    bytes: sum((row) => row.bytes) ?? 0,
    packets: sum((row) => row.packets),
    reordered: null,
    duplicated: null,
    jitter_ns: counted.at(-1)?.jitter_ns ?? null,
    queueing_ns: null,
    window_ns: Math.max(0, counted.at(-1)?.end_ns ?? 0),
    thread_ratio: null,
    wait_ratio: null,
    slice_ns: null,
    slices: null,
  };
}

function latencyResult(outcome: TestOutcome): LatencyResult {
  const measured = outcome.streams.measured;
  if (!measured) throw outcome.failure ?? new Error('a latency test ended without a report');
  const { server_count: counted, ...report } = measured.report;
  const lost = report.packets_sent - report.packets_received;
  // The count in the server's report, or else the highest count in an answer to a probe.
  const atServer = outcome.spec.warmup_ns === 0 ? outcome.server?.received[0]?.packets : undefined;
  const arrived = Math.min(report.packets_sent, Math.max(counted, atServer ?? 0, report.packets_received));
  const knowsServer = outcome.server !== undefined || report.packets_received > 0;
  return {
    ...common(outcome),
    warnings: impossibleProbes(report.packets_sent, atServer ?? null),
    test: 'latency',
    ...report,
    packets_lost: lost,
    loss_ratio: report.packets_sent === 0 ? null : lost / report.packets_sent,
    packets_lost_up: knowsServer ? report.packets_sent - arrived : null,
    packets_lost_down: knowsServer ? arrived - report.packets_received : null,
    receive_timestamps: measured.timestamps,
    intervals: outcome.latencyIntervals,
  };
}
