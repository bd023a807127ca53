/**
 * Options that none of the tests of a path makes use of: they are refused, so that nobody believes in an effect.
 *
 * @module
 */
import { usageError } from '../core/errors.ts';
import type { ProbeSpec } from '../core/shapes/path/probe-spec.ts';
import { OPTIONS, type Options } from './option-table.ts';

type Idle = readonly [
  option: 'length' | 'clientPort' | 'warmup',
  isIdle: (test: Pick<ProbeSpec, 'test' | 'protocol'>) => boolean,
  why: string,
];

const IDLE: readonly Idle[] = [
  [
    'length',
    ({ test, protocol }) => test === 'connections' || test === 'latency' || (test === 'ping' && protocol === 'tcp'),
    'a connection carries nothing here; leave it out, or use -t pi -p udp',
  ],
  ['length', ({ test }) => test === 'http', 'a request is as long as its URL makes it; leave it out'],
  ['clientPort', ({ test }) => test === 'http', 'each request has a connection and a port of its own; leave it out'],
  ['clientPort', ({ protocol }) => protocol === 'icmp', 'ICMP has no ports; leave it out'],
  ['warmup', ({ test }) => test === 'trace', 'a traceroute has no warm-up; leave it out, or use -t mtr'],
];

/**
 * Refuses an option without effect. Beside a test that uses it, it is for that one.
 *
 * @throws NetError `ERR_USAGE` that names the option
 */
export function refuseIdle(options: Options, tests: readonly Pick<ProbeSpec, 'test' | 'protocol'>[]): void {
  for (const option of ['length', 'clientPort', 'warmup'] as const) {
    if (options[option] === undefined) continue;
    const reasons = tests.map((test) => IDLE.find(([name, isIdle]) => name === option && isIdle(test))?.[2]);
    const [why] = reasons;
    if (why !== undefined && !reasons.includes(undefined)) throw usageError(`${OPTIONS[option].names[0]}: ${why}`);
  }
}
