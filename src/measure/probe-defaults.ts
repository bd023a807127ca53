/**
 * What a test of a path is where nothing else was asked for.
 *
 * @module
 */
import type { ProbeConfig } from '../core/shapes/path/probe-config.ts';
import type { PartialProbeSpec, ProbeKind, ProbeProtocol, ProbeSpec } from '../core/shapes/path/probe-spec.ts';
import { NS_PER_S } from '../core/time.ts';

/** Completes a test of a path. Where a kind of test has values of its own, such as its duration, they stay `null`. */
export function completeProbe(spec: PartialProbeSpec): ProbeSpec {
  return {
    protocol: usualProtocol(spec.test),
    duration_ns: null,
    count: null,
    gap_ns: null,
    length_bytes: null,
    streams: 1,
    tls: false,
    tos: null,
    client_port: null,
    warmup: 0,
    names: true,
    paths: 1,
    both: false,
    max_hops: 30,
    ...spec,
  };
}

/** Traces and the path MTU need no open port over UDP, and no right. Other tests ask for what listens on a port. */
function usualProtocol(test: ProbeKind): ProbeProtocol {
  return test === 'trace' || test === 'mtr' || test === 'mtu' ? 'udp' : 'tcp';
}

/** A run of probes, without its target and its tests: from the address and device of the route, by the fastest engine. */
export const USUAL_PROBES: Omit<ProbeConfig, 'target' | 'tests'> = {
  title: null,
  families: [],
  sources: [],
  via: [],
  local_address: null,
  device: null,
  connect_timeout_ns: 10 * NS_PER_S,
  engine: 'auto',
  server: null,
  signal: null,
  onEvent: () => {},
};
