/**
 * Checks the options that a program passes to `probe`, before anything is resolved or sent.
 *
 * @module
 */
import { usageError } from '../../core/errors.ts';
import type { ProbeConfig } from '../../core/shapes/path/probe-config.ts';
import type { ProbedServer, ProbeSource, ProbeSpec } from '../../core/shapes/path/probe-spec.ts';
import { flag, list, matching, nullable, object, oneOf, type Shape, text, whole } from '../../session/shape.ts';
import { checkSecret } from '../check-secret.ts';
import { refuseUnknown, requireShape } from '../options-check.ts';

const DAY_NS = 24 * 3600e9;
const MOST_TESTS = 100;
const MOST_SOURCES = 8;

const SPEC: { readonly [K in keyof ProbeSpec]: Shape<ProbeSpec[K]> } = {
  test: oneOf('trace', 'mtr', 'mtu', 'ping', 'connections', 'latency', 'http'),
  protocol: oneOf('tcp', 'udp', 'icmp'),
  duration_ns: nullable(whole(0, 100 * DAY_NS)),
  count: nullable(whole(1, 1e9)),
  gap_ns: nullable(whole(1e6, DAY_NS)),
  length_bytes: nullable(whole(1, 65_507)),
  streams: whole(1, 128),
  tls: flag,
  tos: nullable(whole(0, 255)),
  client_port: nullable(whole(1, 65_535)),
  warmup: whole(0, 1e6),
  names: flag,
  paths: whole(1, 64),
  both: flag,
  max_hops: whole(1, 255),
};

const family = matching((value): value is 4 | 6 => value === 4 || value === 6, '4 or 6');
const name = text(253, /\S/);

const CONFIG: { readonly [K in keyof Omit<ProbeConfig, 'tests' | 'target'>]: Shape<ProbeConfig[K]> } = {
  server: nullable(
    object<ProbedServer>({
      secret: nullable(matching((value): value is Uint8Array => value instanceof Uint8Array, 'a Uint8Array or null')),
      wait: flag,
    }),
  ),
  title: nullable(text(10_000)),
  families: list(family, 2),
  sources: list(object<ProbeSource>({ address: nullable(name), device: nullable(text(64)) }), MOST_SOURCES),
  via: list(name, MOST_SOURCES),
  local_address: nullable(name),
  device: nullable(text(64)),
  connect_timeout_ns: whole(1, 3600e9),
  engine: oneOf('auto', 'portable'),
  signal: nullable(matching((value): value is AbortSignal => value instanceof AbortSignal, 'an AbortSignal or null')),
  onEvent: matching((value): value is () => void => typeof value === 'function', 'a function'),
};

/**
 * Checks the options of `probe`.
 *
 * @throws NetError `ERR_USAGE` that names the field
 */
export function checkProbeConfig({ target, tests, ...config }: ProbeConfig): void {
  refuseUnknown(config, Object.keys(CONFIG), '');
  requireShape(object(CONFIG), config, '');
  checkSecret(config.server?.secret ?? null);
  refuseUnknown(target, ['name', 'port', 'url'], 'target.');
  requireShape(object({ name, port: nullable(whole(1, 65_535)), url: nullable(text(8000)) }), target, 'target');
  if (!Array.isArray(tests) || tests.length === 0 || tests.length > MOST_TESTS) {
    throw usageError(`tests is not a list of 1 to ${MOST_TESTS}`);
  }
  for (const [index, spec] of tests.entries()) {
    refuseUnknown(spec, Object.keys(SPEC), `tests[${index}].`);
    requireShape(object(SPEC), spec, `tests[${index}]`);
  }
}
