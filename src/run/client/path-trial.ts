/**
 * Tries a path with datagrams after a test. It uses a separate connection, so that a failure does not affect the
 * connection of the tests.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { NetError } from '../../core/errors.ts';
import type { FlowResult } from '../../core/shapes/flow.ts';
import type { TestResult } from '../../core/shapes/result.ts';
import type { FlowDirection, TestSpec } from '../../core/shapes/spec.ts';
import { type Instant, NS_PER_MS } from '../../core/time.ts';
import {
  type PathTrial,
  rateSteps,
  SizeSearch,
  type TrialRun,
  type TrialStep,
} from '../../measure/limits/path-trial.ts';
import { DATA_HEADER_BYTES } from '../../wire/datagram.ts';
import { IPV4_UDP_HEADER_BYTES } from '../../wire/ipv4-udp.ts';
import { monotonicNow } from '../monotonic.ts';
import type { PathConnection } from './connect/path-connection.ts';
import type { TrialRequest } from './test-result.ts';

/** After this time no further step is begun. */
const LAST_BEGIN = 1000 * NS_PER_MS;
/** Time limit of one step. */
const STEP_LIMIT_MS = 1500;
/** Longest wait until the queue of the test is empty. */
const SETTLE_LIMIT = 600 * NS_PER_MS;
/** Datagrams sent of each size: if one is received, the size passes. */
const SIZE_TRIES = 5;
const SIZE_NS = 20 * NS_PER_MS;

/** Functions and facts that a trial needs. */
export interface PathTrialDeps {
  /** Opens another connection to the server. */
  readonly connect: (signal: AbortSignal) => Promise<PathConnection>;
  /** Runs a test over that connection. */
  readonly run: (spec: TestSpec, path: PathConnection, signal: AbortSignal) => Promise<TestResult>;
  readonly signal: AbortSignal | null;
  /** MTU of the device that the test used, if it is known. */
  readonly mtuBytes: number | null;
}

/**
 * Tries the path for a question that a test leaves open in one direction: another rate, or the size of packets. Returns
 * `null` if the trial failed. Never throws a NetError.
 */
export async function tryPath(spec: TestSpec, request: TrialRequest, deps: PathTrialDeps): Promise<PathTrial | null> {
  let path: PathConnection | undefined;
  try {
    await settle(request.flow);
    path = await deps.connect(limitOf(deps));
    const trial = new Trial(spec, request.flow.direction, path, deps);
    return request.what === 'rate'
      ? await trial.rate(request.flow)
      : await trial.size(usedBytes(spec, request.flow, deps));
  } catch (error) {
    if (error instanceof NetError) return null;
    throw error;
  } finally {
    path?.close();
  }
}

class Trial {
  readonly #spec: TestSpec;
  readonly #direction: FlowDirection;
  readonly #path: PathConnection;
  readonly #deps: PathTrialDeps;
  readonly #until: Instant = monotonicNow() + LAST_BEGIN;

  constructor(spec: TestSpec, direction: FlowDirection, path: PathConnection, deps: PathTrialDeps) {
    this.#spec = spec;
    this.#direction = direction;
    this.#path = path;
    this.#deps = deps;
  }

  async rate(flow: FlowResult): Promise<PathTrial | null> {
    const [half, twice] = rateSteps(flow.goodput_bps ?? 0);
    const [below, above] = [await this.#step(half), await this.#step(twice)];
    return below && above ? { rate: { half: below, twice: above }, size: null } : null;
  }

  async size(used: number): Promise<PathTrial | null> {
    const search = new SizeSearch(used, this.#spec.protocol === 'udp');
    for (let size = search.next(); size !== undefined && monotonicNow() < this.#until; size = search.next()) {
      const rateBps = (SIZE_TRIES * size * 8e9) / SIZE_NS;
      const run = await this.#step({ packetBytes: size, rateBps: Math.round(rateBps), durationNs: SIZE_NS });
      if (!run) break;
      search.handle(size, run.received > 0);
    }
    return { rate: null, size: search.result };
  }

  async #step(step: TrialStep): Promise<TrialRun | undefined> {
    const isIpv6 = this.#path.target.address.includes(':');
    const payload = Math.max(DATA_HEADER_BYTES, step.packetBytes - IPV4_UDP_HEADER_BYTES - (isIpv6 ? 20 : 0));
    const spec: TestSpec = {
      ...this.#spec,
      protocol: 'udp',
      direction: this.#direction,
      streams: 1,
      length_bytes: payload,
      rate_bps: Math.max(1, Math.round((step.rateBps * payload) / step.packetBytes)),
      duration_ns: step.durationNs,
      bytes: null,
      warmup_ns: 0,
      interval_ns: 1e9,
      congestion_control: null,
      window_bytes: null,
      mss_bytes: null,
    };
    const result = await this.#deps.run(spec, this.#path, limitOf(this.#deps));
    const flow = result.test === 'bandwidth' ? result.flows[0] : undefined;
    if (!flow || flow.packets_sent === null || flow.packets_received === null) return undefined;
    const sentBps = ((flow.sent_bps ?? 0) * step.packetBytes) / payload;
    const { packets_sent: sent, packets_received: received, queueing_ns: queueingNs, send_blocked_ratio } = flow;
    const droppedByHost = (flow.receive_buffer_drops ?? 0) > 0;
    return { step, sent, received, sentBps, queueingNs, blockedRatio: send_blocked_ratio, droppedByHost };
  }
}

/** Waits until the queue of the test is empty. */
async function settle({ tcp, queueing_ns }: FlowResult): Promise<void> {
  await delay(Math.min(SETTLE_LIMIT, 3 * Math.max(tcp?.rtt_ns ?? 0, queueing_ns ?? 0)) / NS_PER_MS);
}

function limitOf({ signal }: PathTrialDeps): AbortSignal {
  const limit = AbortSignal.timeout(STEP_LIMIT_MS);
  return signal === null ? limit : AbortSignal.any([signal, limit]);
}

/** Size of the packets that were not received, in octets. */
function usedBytes(spec: TestSpec, { tcp }: FlowResult, { mtuBytes }: PathTrialDeps): number {
  const mtu = tcp?.pmtu_bytes ?? mtuBytes ?? 1500;
  return spec.protocol === 'tcp' ? mtu : Math.min(mtu, spec.length_bytes + IPV4_UDP_HEADER_BYTES);
}
