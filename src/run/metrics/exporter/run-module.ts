/**
 * Runs one probe of a module.
 *
 * @module
 */

import { DEFAULT_PORT } from '../../../core/shapes/config.ts';
import type { ProbeModule } from '../../../core/shapes/metrics/exporter-config.ts';
import type { PathTestResult } from '../../../core/shapes/path/document.ts';
import type { PingResult } from '../../../core/shapes/path/ping.ts';
import type { ProbeKind } from '../../../core/shapes/path/probe-spec.ts';
import type { Measured } from '../../../metrics/probe-outcome.ts';
import { connect } from '../../client/client.ts';
import { type ProbeOptions, probe } from '../../probes/probe.ts';
import type { ProbeTask } from './thread-messages.ts';

/** Rounds of a comparison, and the tests of each: one over either path. */
const ROUNDS = 3;

/**
 * Runs a probe.
 *
 * @param onRtt - called with each round trip to the target, in nanoseconds, whatever becomes of the probe
 * @returns what was measured, which may have an error of its own
 * @throws NetError if there is nothing
 */
export async function runModule(
  task: ProbeTask,
  signal: AbortSignal,
  onRtt: (rttNs: number) => void,
): Promise<Measured> {
  const { module } = task;
  switch (module.kind) {
    case 'latency':
    case 'tunnel': {
      const { protocol, duration_ns, gap_ns, length_bytes } = module;
      const { tests } = await probe({
        ...common(task, module.server, signal),
        via: task.via === null ? [] : [task.via],
        tests: [{ test: 'ping', protocol, duration_ns, gap_ns, length_bytes }],
        onEvent: (event) => {
          if (event.tag !== 'ping') return;
          const { row } = event;
          // Of two paths, the one to the target has no address of its own.
          if (row.outcome === 'answer' && !row.warmup && task.via === null) onRtt(row.rtt_ns);
        },
      });
      return { tag: 'round-trips', results: tests.filter(isPing) };
    }
    case 'mtu': {
      const spec = { test: 'mtu', protocol: module.protocol } as const;
      return { tag: 'mtu', result: await one(common(task, module.server, signal), spec) };
    }
    case 'path': {
      const spec = { test: 'trace', protocol: module.protocol, names: false, max_hops: module.max_hops } as const;
      // Over TCP it goes where the tests go; over UDP to ports that nobody listens on.
      const port = module.protocol === 'tcp' ? (task.target.port ?? DEFAULT_PORT) : null;
      const options = common({ ...task, target: { ...task.target, port } }, false, signal);
      return { tag: 'path', result: await one(options, spec) };
    }
    case 'bandwidth':
      return { tag: 'bandwidth', document: await bandwidth(task, module, signal) };
    default:
      return module satisfies never;
  }
}

/** Options that all tests of a path have. */
function common({ target, secret }: ProbeTask, isServer: boolean, signal: AbortSignal) {
  return {
    target: { name: target.name, port: isServer ? (target.port ?? DEFAULT_PORT) : target.port },
    server: isServer ? { secret, wait: false } : null,
    signal,
  };
}

function isPing(result: PathTestResult): result is PingResult {
  return result.test === 'ping' || result.test === 'latency';
}

/** The result of a test of one kind. */
async function one<K extends ProbeKind>(
  options: Omit<ProbeOptions, 'tests'>,
  spec: ProbeOptions['tests'][number] & { readonly test: K },
): Promise<Extract<PathTestResult, { test: K }>> {
  const { tests } = await probe({ ...options, tests: [spec] });
  const found = tests.find((test): test is Extract<PathTestResult, { test: K }> => test.test === spec.test);
  if (found === undefined) throw new Error(`a ${spec.test} without a result`);
  return found;
}

function bandwidth(
  { target, via, secret }: ProbeTask,
  { protocol, direction, streams, bytes }: Extract<ProbeModule, { kind: 'bandwidth' }>,
  signal: AbortSignal,
) {
  const rounds = via === null ? 1 : ROUNDS;
  const each = Math.max(1, Math.floor(bytes / (via === null ? 1 : 2 * rounds)));
  return connect({
    host: target.name,
    port: target.port ?? DEFAULT_PORT,
    via: via === null ? [] : [via],
    rounds,
    tests: [{ test: 'bandwidth', protocol, direction, streams, bytes: each }],
    secret,
    // A queue would take the time that the scrape has.
    wait: false,
    signal,
  });
}
