/**
 * The lab without namespaces: two tunnel engines in two threads, connected by UDP over loopback, carry the UDP tests of
 * the portable engine as IP packets.
 *
 * There is no network stack inside the tunnel, so there is no TCP, and no other tunnel for a comparison.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { NetError } from '../../../core/errors.ts';
import {
  LAB_SCHEMA,
  type LabConfig,
  type LabDocument,
  type LabLeftOut,
  type LabLink,
} from '../../../core/shapes/lab.ts';
import type { PathEnd } from '../../../core/shapes/path.ts';
import type { BandwidthResult, LatencyResult, PathResult, TestResult } from '../../../core/shapes/result.ts';
import type { TestSpec } from '../../../core/shapes/spec.ts';
import { VERSION } from '../../../core/version.ts';
import { flowResult } from '../../../measure/flow/flow-result.ts';
import { planLabTests, plannedTime, ROUNDS } from '../../../measure/lab/lab-plan.ts';
import { type LabMeasured, labOverhead, labRows } from '../../../measure/lab/lab-rows.ts';
import { firstTestError, withNothingReceived } from '../../../measure/limits/nothing-received.ts';
import { completeSpec } from '../../../measure/test-defaults.ts';
import { hostFacts } from '../../../system/host.ts';
import { TOKEN_BYTES } from '../../../wire/preamble.ts';
import { abortError } from '../../client/abort.ts';
import { newKeyPair } from '../keys.ts';
import { otherLoad } from '../other-load.ts';
import { TUNNEL_MTU_STEP } from '../tunnels.ts';
import { EngineEnd } from './end.ts';
import type { EnginesRow } from './end-messages.ts';

const LOOPBACK = '127.0.0.1';
const ROWS: readonly EnginesRow[] = ['plain', 'winze'];

/**
 * Measures what is possible without namespaces.
 *
 * @param reason - why there are no namespaces, for the list of tests left out
 * @throws NetError when nothing was measured
 */
export async function runEngines(config: LabConfig, reason: string): Promise<LabDocument> {
  const startedAt = new Date().toISOString();
  const leftOut = leftOutHere(config, reason);
  for (const left_out of leftOut) config.onEvent({ tag: 'left-out', left_out });
  const { line } = config;
  const limited = line.rate_bps !== null || line.delay_ns > 0 || line.loss_ratio > 0;
  const link: LabLink = {
    ...line,
    kind: 'loopback',
    impaired_by: limited ? 'relay' : null,
    added_rtt_ns: null,
    relay: null,
  };
  config.onEvent({ tag: 'link', mode: 'engines', link });
  const otherBusyCores = await otherLoad();
  const run = new EnginesRun(config);
  try {
    const error = await run.measure();
    if (run.tests.length === 0) throw error ?? new NetError('ERR_PEER_LOST', 'no test was completed');
    const measured = run.measured();
    const failure = error ?? firstTestError(run.tests);
    return {
      schema: LAB_SCHEMA,
      tool: { name: 'winze', version: VERSION },
      started_at: startedAt,
      title: config.title,
      host: hostFacts(),
      other_busy_cores: otherBusyCores,
      mode: 'engines',
      link: { ...link, relay: await run.relay() },
      rows: labRows(measured),
      overhead: labOverhead(measured),
      left_out: leftOut,
      paths: measured.paths,
      tests: measured.tests,
      loaded_tests: [],
      counted_tests: [],
      expectations: [],
      complete: failure === null,
      error: failure && { code: failure.code, message: failure.message },
    };
  } finally {
    await run.close();
  }
}

function leftOutHere({ nest, congestion_control: congestion }: LabConfig, reason: string): readonly LabLeftOut[] {
  const stacks = `they need network stacks with a tunnel between them: ${reason}`;
  return [
    { what: 'TCP, wireguard-go, wireguard, round trips under load, octets on the line', reason: stacks },
    ...(nest ? [{ what: 'nested', reason: stacks }] : []),
    ...(congestion === null ? [] : [{ what: `TCP by ${congestion}`, reason: stacks }]),
  ];
}

class EnginesRun {
  readonly tests: TestResult[] = [];
  readonly #config: LabConfig;
  readonly #near: EngineEnd;
  readonly #far: EngineEnd;
  readonly #innerMtu: number;
  #left = 0;

  constructor(config: LabConfig) {
    const { line } = config;
    const [nearKeys, farKeys] = [newKeyPair(), newKeyPair()];
    this.#config = config;
    this.#innerMtu = line.mtu_bytes - TUNNEL_MTU_STEP;
    const common = { line, mtu: this.#innerMtu };
    this.#near = new EngineEnd({
      ...common,
      side: 'near',
      privateKey: nearKeys.privateKey,
      peerKey: farKeys.publicKey,
      seed: 1,
    });
    this.#far = new EngineEnd({
      ...common,
      side: 'far',
      privateKey: farKeys.privateKey,
      peerKey: nearKeys.publicKey,
      seed: 2,
    });
  }

  /** Runs the rounds. Returns the error that ended them early, or `null`. */
  async measure(): Promise<NetError | null> {
    const { line, duration_ns } = this.#config;
    const mtus = [line.mtu_bytes, this.#innerMtu];
    const [, ...specs] = planLabTests(line, mtus, duration_ns, null).compare.map((test) => completeSpec(test));
    const each = specs.reduce((total, spec) => total + plannedTime(spec), 0);
    this.#left = ROUNDS * ROWS.length * each;
    try {
      const [nearPorts, farPorts] = await Promise.all([this.#near.ports, this.#far.ports]);
      await Promise.all([this.#near.connect(farPorts), this.#far.connect(nearPorts)]);
      for (let round = 1; round <= ROUNDS; round++) {
        const order = round % 2 === 1 ? ROWS : ROWS.toReversed();
        for (const spec of specs) {
          for (const row of order) await this.#test(row, round, spec);
        }
      }
      return null;
    } catch (error) {
      if (error instanceof NetError) return error;
      throw error;
    }
  }

  measured(): LabMeasured {
    const { line } = this.#config;
    return {
      rows: [
        { name: 'plain', address: LOOPBACK, mtu: line.mtu_bytes },
        { name: 'winze', address: LOOPBACK, mtu: this.#innerMtu },
      ],
      paths: [pathOf('plain', line.mtu_bytes), pathOf('winze', this.#innerMtu)],
      tests: this.tests,
      loaded: [],
      counted: [],
      tunnelCpu: [],
    };
  }

  async relay(): Promise<LabLink['relay']> {
    const [near, far] = [await this.#near.counts(), await this.#far.counts()];
    if (near === null || far === null) return null;
    return {
      packets_carried: near.packets_carried + far.packets_carried,
      packets_lost: near.packets_lost + far.packets_lost,
      packets_queue_full: near.packets_queue_full + far.packets_queue_full,
      packets_refused: near.packets_refused + far.packets_refused,
      busiest_ratio: null,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#near.end(), this.#far.end()]);
  }

  async #test(row: EnginesRow, round: number, spec: TestSpec): Promise<void> {
    const { signal, onEvent } = this.#config;
    if (signal?.aborted) throw abortError(signal);
    const token = randomBytes(TOKEN_BYTES);
    const { test, protocol, rate_bps } = spec;
    const latency = test === 'latency';
    await this.#far.open(row, latency ? 'reflect' : 'receive', spec, token);
    await this.#near.open(row, latency ? 'probe' : 'send', spec, token);
    const left_ns = this.#left;
    onEvent({ tag: 'test', phase: 'compare', round, rounds: ROUNDS, row, test, protocol, rate_bps, left_ns });
    this.#left -= plannedTime(spec);
    const stop = (): void => this.#near.stop(null, true);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const result = latency ? await this.#latency(row, round, spec) : await this.#bandwidth(row, round, spec);
      this.tests.push(withNothingReceived({ ...result, complete: !signal?.aborted }));
      if (signal?.aborted) throw abortError(signal);
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#near.close();
      this.#far.close();
    }
  }

  async #bandwidth(row: EnginesRow, round: number, spec: TestSpec): Promise<BandwidthResult> {
    const [sent, drained] = [this.#near.stream('sent'), this.#far.stream('drained')];
    this.#far.start();
    this.#near.start();
    const sender = (await sent).report;
    this.#far.stop(sender.packets, false);
    const receiver = (await drained).report;
    const flow = flowResult({
      direction: 'upload',
      protocol: spec.protocol,
      senders: [sender],
      receivers: [receiver],
      receiveBufferDrops: null,
    });
    return {
      ...common(row, round, spec),
      test: 'bandwidth',
      direction: 'upload',
      flows: [flow],
      intervals: [],
      limited_by: [],
      ip_packet_bytes: null,
      packets_per_cpu_s: null,
    };
  }

  async #latency(row: EnginesRow, round: number, spec: TestSpec): Promise<LatencyResult> {
    const [measured, drained] = [this.#near.stream('measured'), this.#far.stream('drained')];
    this.#far.start();
    this.#near.start();
    const { report, timestamps } = await measured;
    this.#far.stop(null, false);
    const arrived = Math.min(report.packets_sent, (await drained).report.packets ?? 0);
    const { server_count: _, ...times } = report;
    const lost = times.packets_sent - times.packets_received;
    return {
      ...common(row, round, spec),
      test: 'latency',
      ...times,
      packets_lost: lost,
      loss_ratio: times.packets_sent === 0 ? null : lost / times.packets_sent,
      packets_lost_up: times.packets_sent - arrived,
      packets_lost_down: Math.max(0, arrived - times.packets_received),
      receive_timestamps: timestamps,
      intervals: [],
    };
  }
}

function common(row: EnginesRow, round: number, spec: TestSpec) {
  return {
    protocol: spec.protocol,
    path: row,
    round,
    config: spec,
    clipped: [],
    engine: 'portable',
    engines: { client: 'portable', server: 'portable' },
    complete: true,
    error: null,
    // Both ends are threads of one process, whose processor time cannot be attributed to one end.
    cpu: { client: null, server: null },
    setup_ns: null,
    wire: null,
    fragments_created: null,
    warnings: [],
    capture: null,
  } as const;
}

function pathOf(name: EnginesRow, mtu: number): PathResult {
  const facts: PathEnd = {
    local_address: LOOPBACK,
    remote_address: LOOPBACK,
    device: null,
    kind: name === 'plain' ? 'loopback' : 'wireguard',
    mtu_bytes: mtu,
    encapsulation: null,
    link: null,
  };
  return {
    name,
    role: name === 'plain' ? 'baseline' : 'via',
    client: facts,
    server: facts,
    same_server: true,
    notes: [],
    error: null,
  };
}
