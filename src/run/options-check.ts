/**
 * Checks the options that a program passes to the library, before anything is opened or sent.
 *
 * @module
 */
import { isIP } from 'node:net';
import { NetError } from '../core/errors.ts';
import type { ClientConfig, ServerConfig } from '../core/shapes/config.ts';
import type { LabConfig } from '../core/shapes/lab.ts';
import type { TestSpec } from '../core/shapes/spec.ts';
import { layoutOf } from '../measure/stream-layout.ts';
import { completeSpec, MOST_STREAMS } from '../measure/test-defaults.ts';
import { testSpec } from '../session/messages.ts';
import { check, flag, list, matching, nullable, object, oneOf, type Shape, text, whole } from '../session/shape.ts';

const HOUR_NS = 3600e9;
/** Most tests, paths or addresses: each is measured, or listened on. */
const MOST_LISTED = 1000;

const engine = oneOf('auto', 'portable');
/** DNS allows 253 characters. */
const host = text(253, /\S/);
const localAddress = matching(
  (value): value is string => typeof value === 'string' && isIP(value) !== 0,
  'an IP address of this host or null',
);
const family = nullable(matching((value): value is 4 | 6 => value === 4 || value === 6, '4, 6 or null'));
const secret = nullable(matching((value): value is Uint8Array => value instanceof Uint8Array, 'a Uint8Array or null'));
const listener = matching((value): value is () => void => typeof value === 'function', 'a function');

const CLIENT: { readonly [K in keyof Omit<ClientConfig, 'tests' | 'path_tests'>]: Shape<ClientConfig[K]> } = {
  host,
  port: whole(1, 65_535),
  via: list(host, MOST_LISTED),
  rounds: whole(1, MOST_LISTED),
  during: flag,
  connect_timeout_ns: whole(1, HOUR_NS),
  wait: flag,
  secret,
  title: nullable(text(10_000)),
  path_trial: flag,
  host_details: flag,
  live_cpu: flag,
  engine,
  family,
  client_port: nullable(whole(1, 65_535)),
  local_address: nullable(localAddress),
  device: nullable(text(64)),
  signal: nullable(matching((value): value is AbortSignal => value instanceof AbortSignal, 'an AbortSignal or null')),
  onEvent: listener,
};

const SERVER: { readonly [K in keyof ServerConfig]: Shape<ServerConfig[K]> } = {
  port: whole(0, 65_535),
  addresses: list(host, MOST_LISTED),
  family,
  once: flag,
  limits: object({
    max_clients: whole(1),
    max_rate_bps: nullable(whole(1)),
    max_duration_ns: nullable(whole(1)),
    max_streams: whole(1, MOST_STREAMS),
    max_held_connections: nullable(whole(1)),
  }),
  secret,
  engine,
  allow_capture: flag,
  host_details: flag,
  onEvent: listener,
};

const share = matching(
  (value): value is number => typeof value === 'number' && value >= 0 && value <= 0.5,
  'a number of 0 to 0.5',
);

const LAB: { readonly [K in keyof LabConfig]: Shape<LabConfig[K]> } = {
  // The same limits as on the command line: a slower line or a smaller MTU is too small for the tests.
  line: object({
    rate_bps: nullable(whole(1e6, 100e9)),
    delay_ns: whole(0, 400e6),
    loss_ratio: share,
    mtu_bytes: whole(640, 9000),
  }),
  nest: flag,
  congestion_control: nullable(text(15)),
  duration_ns: nullable(whole(1)),
  title: CLIENT.title,
  engine,
  signal: CLIENT.signal,
  onEvent: listener,
};

/** The fields that select the defaults of all other fields. */
const KIND = object({
  test: nullable(oneOf('bandwidth', 'latency', 'connections')),
  protocol: nullable(oneOf('tcp', 'udp')),
});
const SPEC_FIELDS = Object.keys(completeSpec({}));

/**
 * Copies options without the fields that are `undefined`.
 *
 * @param at - name of the options, for the message
 * @throws NetError `ERR_USAGE` if they are not an object
 */
export function given<T extends object>(options: T, at: string): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new NetError('ERR_USAGE', `${at} is not an object`);
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

/**
 * Checks the options of `connect`, except its tests, which `completeSpecs` checks, and those of the path, which `probe` does.
 *
 * @throws NetError `ERR_USAGE` that names the field
 */
export function checkClientConfig({ tests, path_tests, ...config }: ClientConfig): void {
  if (!Array.isArray(path_tests)) throw new NetError('ERR_USAGE', 'path_tests is not a list');
  refuseUnknown(config, Object.keys(CLIENT), '');
  requireShape(object(CLIENT), config, '');
  if (tests.length === 0) throw new NetError('ERR_USAGE', 'tests is empty: leave it out for a TCP upload of 10 s');
  checkClientPort(config.client_port, tests);
}

const MOST_PORT = 65_535;

/** Each stream has a port of its own, from `client_port` on. */
function checkClientPort(first: number | null, tests: readonly TestSpec[]): void {
  if (first === null) return;
  if (tests.some(({ test }) => test === 'connections')) {
    throw new NetError('ERR_USAGE', 'client_port: a test of connections needs more ports than one; leave it out');
  }
  const last = first + Math.max(...tests.map((spec) => layoutOf(spec).length)) - 1;
  if (last > MOST_PORT) {
    throw new NetError('ERR_USAGE', `client port ${first}: stream i uses it + i, and ${last} is above ${MOST_PORT}`);
  }
}

/**
 * Checks the options of `serve`.
 *
 * @throws NetError `ERR_USAGE` that names the field
 */
export function checkServerConfig(config: ServerConfig): void {
  refuseUnknown(config, Object.keys(SERVER), '');
  requireShape(object(SERVER), config, '');
}

/**
 * Checks the options of `lab`.
 *
 * @throws NetError `ERR_USAGE` that names the field
 */
export function checkLabConfig(config: LabConfig): void {
  refuseUnknown(given(config, 'what lab takes'), Object.keys(LAB), '');
  requireShape(object(LAB), config, '');
}

/**
 * Checks partial test options and completes them with defaults.
 *
 * @throws NetError `ERR_USAGE` that names the field
 */
export function completeSpecs(specs: readonly Partial<TestSpec>[]): readonly TestSpec[] {
  if (!Array.isArray(specs) || specs.length > MOST_LISTED) {
    throw new NetError('ERR_USAGE', `tests is not a list of at most ${MOST_LISTED}`);
  }
  return specs.map((one: Partial<TestSpec>, index) => {
    const at = `tests[${index}]`;
    const partial = given(one, at);
    refuseUnknown(partial, SPEC_FIELDS, `${at}.`);
    requireShape(KIND, partial, at);
    const spec = completeSpec(partial, `${at}.`);
    requireShape(testSpec, spec, at);
    return spec;
  });
}

/**
 * Refuses fields that are not in `known`.
 *
 * @param at - prefix of the field's name in the message
 * @throws NetError `ERR_USAGE` that names the first unknown field
 */
export function refuseUnknown(options: object, known: readonly string[], at: string): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new NetError('ERR_USAGE', `${at}${unknown}: there is no such field; there are ${known.join(', ')}`);
  }
}

/**
 * Checks a value against a shape.
 *
 * @param at - name of the value in the message
 * @throws NetError `ERR_USAGE` that names the field
 */
export function requireShape<T>(shape: Shape<T>, value: unknown, at: string): void {
  const checked = check((one) => shape(one, at), value);
  if (!checked.ok) throw new NetError('ERR_USAGE', checked.reason);
}
