/**
 * The configuration of a client, from the options of the command line.
 *
 * @module
 */

import { ipFamily } from '../core/address.ts';
import { usageError } from '../core/errors.ts';
import { quoted } from '../core/printable.ts';
import { type ClientConfig, DEFAULT_PORT } from '../core/shapes/config.ts';
import { NS_PER_S } from '../core/time.ts';
import { refuseContradictions } from './contradictions.ts';
import type { Options } from './option-table.ts';
import { pathSpecs } from './path-specs.ts';
import { testSpecs } from './test-specs.ts';

/** The part of the configuration of a client that the options decide. */
export type ClientSettings = Omit<ClientConfig, 'secret' | 'signal' | 'onEvent'>;

/**
 * Builds the configuration of a client.
 *
 * @param processors - streams of `-n 0`
 * @throws NetError `ERR_USAGE`
 */
export function clientSettings(options: Options, processors: number): ClientSettings {
  refuseContradictions(options);
  const host = options.client ?? '';
  const via = options.via ?? [];
  const family = familyOf(options);
  refuseOtherFamily(family, [host, ...via, ...(options.ip ?? [])]);
  refuseRepeated([host, ...via]);
  return {
    host,
    port: options.port ?? DEFAULT_PORT,
    via,
    path_tests: pathSpecs(options),
    tests: testSpecs(options, processors),
    rounds: via.length === 0 ? 1 : (options.rounds ?? 3),
    during: options.during === true,
    connect_timeout_ns: options.connectTimeout ?? 10 * NS_PER_S,
    wait: options.noWait !== true,
    title: options.title ?? null,
    path_trial: options.noTrial !== true,
    host_details: options.noHostFacts !== true,
    live_cpu: false,
    engine: options.engine ?? 'auto',
    family,
    client_port: options.clientPort ?? null,
    local_address: options.ip?.[0] ?? null,
    device: options.dev ?? null,
  };
}

/** The IP version that `-4` or `-6` asks for; `null` for any. Both options together are any version, as in ethr. */
export function familyOf(options: Options): 4 | 6 | null {
  if (options.ipv4 === options.ipv6) return null;
  return options.ipv4 ? 4 : 6;
}

/** Refuses an address of the IP version that `-4` or `-6` excludes. @throws NetError `ERR_USAGE` */
export function refuseOtherFamily(family: 4 | 6 | null, addresses: readonly string[]): void {
  const other = addresses.find((address) => family !== null && ![0, family].includes(ipFamily(address)));
  if (other !== undefined) throw usageError(`-${family} and the address ${other} exclude each other; leave out one`);
}

/**
 * Refuses a path that is given twice, because results are found by the name of their path.
 *
 * @throws NetError `ERR_USAGE`
 */
export function refuseRepeated(paths: readonly string[]): void {
  const repeated = paths.find((path, index) => paths.indexOf(path) !== index);
  if (repeated !== undefined)
    throw usageError(`--via ${quoted(repeated)}: the same address twice; give each path once`);
}
