/**
 * A test of winze through netem, with what netem counted and what was captured before and behind it.
 *
 * @module
 */
import { join } from 'node:path';
import type { FlowResult } from '../../../src/core/shapes/flow.ts';
import type { BandwidthResult, LatencyResult } from '../../../src/core/shapes/result.ts';
import { bandwidthOf, latencyOf, runOf } from '../../interop/support/winze.ts';
import { type Capture, lateData, type Order, orderOf, readCapture, roundTrips } from './netem-capture.ts';
import type { Counters, NetemPath, Protocol, Side, Way } from './netem-path.ts';

export type Engine = 'linux' | 'portable';

export interface Cell {
  readonly name: string;
  /** What netem is told. */
  readonly netem: string;
  readonly way: Way;
  readonly protocol: Protocol;
  readonly engine: Engine;
  readonly options: readonly string[];
}

export interface Measured {
  readonly bandwidth: BandwidthResult;
  readonly flow: FlowResult;
  readonly latency: LatencyResult;
  readonly counters: Counters;
  /** At the sender of the data, and at its receiver. */
  readonly sender: Capture;
  readonly receiver: Capture;
  readonly data: Order;
  readonly probes: Order;
  readonly replies: Order;
  /** By the capture at the client, shortest first. */
  readonly tripsNs: readonly number[];
  /** Packets that came so late that winze may have given them up. */
  readonly late: number;
}

const PORTS = { linux: '8888', portable: '8889' };
/** An answer that comes 1 s after the last probe is lost (docs/measuring.md). */
const LATE_TRIP_NS = 900e6;

/** A server for each engine. */
export async function serve(path: NetemPath): Promise<void> {
  for (const engine of ['linux', 'portable'] as const) {
    await path.winze('far', '-s', '--port', PORTS[engine], ...engineOption(engine)).says(/Listening/, 60_000);
  }
}

export async function measure(path: NetemPath, cell: Cell, lane: number, folder: string): Promise<Measured> {
  const { name, netem, way, protocol, engine, options } = cell;
  await path.impair(lane, way, protocol, netem);
  const file = (side: Side): string => join(folder, `${name}.${side}`);
  const captures = {
    [file('near')]: await path.capture(lane, 'near', file('near')),
    [file('far')]: await path.capture(lane, 'far', file('far')),
  };
  const server = ['-c', path.address(lane), '--port', PORTS[engine], ...engineOption(engine)];
  const kind = ['-p', protocol, '-t', 'b,l', ...(way === 'down' ? ['-r'] : []), ...options];
  const output = await path.winze('near', ...server, ...kind, '--json', '-q').end();
  const counters = await path.clear(lane, way);
  await path.captured(lane, captures);
  const run = runOf(output);
  const [bandwidth] = bandwidthOf(run);
  const [flow] = bandwidth?.flows ?? [];
  if (!bandwidth || !flow || run.document?.tests.length !== 2) {
    throw new Error(`${name}: exit ${run.status}: ${run.stderr} ${JSON.stringify(run.document?.failures)}`);
  }
  const latency = latencyOf(run);
  const [near, far] = [readCapture(file('near')), readCapture(file('far'))];
  const [sender, receiver] = way === 'up' ? [near, far] : [far, near];
  const tripsNs = roundTrips(near.seen);
  return {
    bandwidth,
    flow,
    latency,
    counters,
    sender,
    receiver,
    data: orderOf(receiver.seen, 'data', flow.packets_sent ?? 0),
    probes: orderOf(far.seen, 'probe', latency.packets_sent),
    replies: orderOf(near.seen, 'reply', latency.packets_sent),
    tripsNs,
    late: lateData(receiver.seen) + tripsNs.filter((trip) => trip > LATE_TRIP_NS).length,
  };
}

function engineOption(engine: Engine): readonly string[] {
  return engine === 'portable' ? ['--engine', 'portable'] : [];
}
