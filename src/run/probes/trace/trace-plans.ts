/**
 * What a trace does, from its request; and what it cannot do.
 *
 * @module
 */
import { formatIp, parseIp } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';
import { type Nanos, NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import { loadLibc } from '../../../native/libc.ts';
import type { TracePlan } from '../../../path/trace/trace-plan.ts';
import { UDP_PORT } from './open-port.ts';
import type { PortPlan } from './probe-port.ts';
import { SYN_WAIT_NS } from './tcp-port.ts';

/** Probes for each hop of a trace, as traceroute sends them. */
const PROBES = 3;
/** Of one hop: they leave together, so more would be a flood. */
const MOST_PROBES = 100;
const TCP_PORT = 443;
/** Linux answers six probes of a host at once, then one a second (`net.ipv4.icmp_ratelimit`). */
const ANSWERS_AT_ONCE = 6;
const ANSWER_EVERY_NS = 1050 * NS_PER_MS;
const LONGEST_WAIT_NS = 3 * NS_PER_S;
/** Time from one of several traces to the next: their probes leave at once, and shall not meet in one queue. */
const SHIFT_NS: Nanos = 30 * NS_PER_MS;

/** Refuses what a trace cannot do. @throws NetError `ERR_USAGE`, `ERR_UNSUPPORTED` */
export function refuseWhatCannotBe(request: ProbeRequest): void {
  const { test, engine, protocol, paths, client_port, count, length_bytes } = request;
  if (protocol === 'tcp' && length_bytes !== null) {
    throw new NetError('ERR_USAGE', '-l: a TCP probe is a SYN without payload; use -p udp or -p icmp');
  }
  if (test === 'trace' && (count ?? 0) > MOST_PROBES) {
    throw new NetError(
      'ERR_USAGE',
      `-i ${count}: a traceroute has ${MOST_PROBES} probes a hop at most; for more use -t mtr -i N`,
    );
  }
  if (engine === 'portable') {
    throw new NetError(
      'ERR_UNSUPPORTED',
      "--engine portable: Node's own sockets set no TTL and read no ICMP; leave it out",
    );
  }
  if (loadLibc() === null) {
    const message =
      'a trace needs Linux on x64 or arm64 and the package koffi; here use traceroute, or tracert on Windows';
    throw new NetError('ERR_UNSUPPORTED', message);
  }
  if (paths > 1 && protocol !== 'udp') {
    const message = `--paths is for UDP, whose source port stays: ${protocol === 'tcp' ? 'each TCP probe has its own' : 'ICMP has none'}; use -p udp`;
    throw new NetError('ERR_USAGE', message);
  }
  if (client_port !== null && protocol === 'icmp')
    throw new NetError('ERR_USAGE', '-cport: ICMP has no ports; leave it out');
}

/** The plan of a trace. */
export function tracePlan(request: ProbeRequest): TracePlan {
  const { test, protocol, paths } = request;
  const kind = test === 'mtr' ? 'mtr' : 'trace';
  // So that the last flow is still answered.
  const flowGap = Math.round(Math.max(0, 1 - (ANSWERS_AT_ONCE - 1) / paths) * ANSWER_EVERY_NS);
  return {
    kind,
    target: canonical(request),
    maxHops: request.max_hops,
    rounds: request.count ?? (kind === 'mtr' ? null : paths > 1 ? 1 : PROBES),
    warmup: kind === 'mtr' ? request.warmup : 0,
    gapNs: request.gap_ns ?? (kind === 'mtr' ? NS_PER_S : flowGap),
    durationNs: request.duration_ns || null,
    flows: paths,
    longestWaitNs: protocol === 'tcp' ? SYN_WAIT_NS : LONGEST_WAIT_NS,
  };
}

/** The plan of the sockets of a trace. */
export function portPlan(request: ProbeRequest): PortPlan {
  const { protocol, target, source, tos, paths } = request;
  return {
    protocol,
    family: target.family,
    address: canonical(request),
    port: protocol === 'icmp' ? 0 : (target.port ?? (protocol === 'tcp' ? TCP_PORT : UDP_PORT)),
    flows: paths,
    source,
    clientPort: request.client_port,
    tos,
    lengthBytes: request.length_bytes,
  };
}

/** When the trace of a lane begins, after the first one: rounds of mtr alternate, those of a trace leave at once. */
export function laneDelay({ kind, gapNs }: TracePlan, place: number, lanes: number): Nanos {
  return kind === 'mtr' ? Math.floor((place * gapNs) / lanes) : place * SHIFT_NS;
}

/** The address of the target in the form in which answers have it. */
function canonical({ target }: ProbeRequest): string {
  const ip = parseIp(target.address);
  return ip ? formatIp(ip.octets) + (ip.scope == null ? '' : `%${ip.scope}`) : target.address;
}
