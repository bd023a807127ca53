/**
 * The warnings that `up` would give on this host, without changing anything: names are resolved, and nothing else is
 * sent.
 *
 * @module
 */

import process from 'node:process';
import { parseIp } from '../../../core/address.ts';
import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import { loadLibc } from '../../../native/libc.ts';
import { batchNotice } from '../../../native/udp/batch-calls.ts';
import type { CheckFacts } from '../../../tunnel/config/check/facts.ts';
import type { TunnelConfig } from '../../../tunnel/config/config.ts';
import { hostWarnings } from '../../../tunnel/up/host-warnings.ts';
import { within } from '../../within.ts';
import { readHostFacts, readMtuChoice } from './host-facts.ts';
import { type Resolver, reasonOf, systemResolver } from './resolve.ts';

/** Most names that are resolved; a hub has none, and others have few. */
const MOST_NAMES = 64;
const TIMEOUT_MS = 5000;

/**
 * Collects the warnings, resolved endpoints and names that do not resolve.
 *
 * @param lookUp - whether to resolve names
 */
export async function readHostDoubts(
  config: TunnelConfig,
  lookUp: boolean,
): Promise<Pick<CheckFacts, 'endpoints' | 'unresolved' | 'hostWarnings' | 'underlayMtu'>> {
  const controller = new AbortController();
  const names = lookUp ? await lookUpNames(config, systemResolver(controller.signal).lookup) : NOTHING;
  const endpoints = config.peers.map(({ endpoint }): Endpoint | null => {
    const address = endpoint && (parseIp(endpoint.host) ? endpoint.host : names.addresses.get(endpoint.host));
    return endpoint && address ? { address, port: endpoint.port } : null;
  });
  const resolved = { endpoints, unresolved: names.failures };
  if (process.platform !== 'linux') return resolved;
  const { underlayMtu, from } = await readMtuChoice(config, endpoints);
  const notice = batchNotice(loadLibc()?.batchRefusal ?? null);
  return {
    ...resolved,
    ...(underlayMtu !== null && from !== 'assumed' && { underlayMtu }),
    hostWarnings: [
      ...hostWarnings(config, await readHostFacts()),
      ...(notice === null ? [] : [{ key: null, message: notice, fix: 'allow both calls where this runs' }]),
    ],
  };
}

interface Names {
  readonly addresses: ReadonlyMap<string, string>;
  readonly failures: ReadonlyMap<string, string>;
}

const NOTHING: Names = { addresses: new Map(), failures: new Map() };

async function lookUpNames({ peers }: TunnelConfig, lookup: Resolver['lookup']): Promise<Names> {
  const hosts = new Set(peers.flatMap(({ endpoint }) => (endpoint && !parseIp(endpoint.host) ? endpoint.host : [])));
  const addresses = new Map<string, string>();
  const failures = new Map<string, string>();
  const asked = [...hosts].slice(0, MOST_NAMES);
  const one = async (host: string): Promise<void> => {
    try {
      addresses.set(host, await lookup(host));
    } catch (error) {
      failures.set(host, reasonOf(error));
    }
  };
  await within(TIMEOUT_MS, Promise.all(asked.map(one)));
  for (const host of asked) {
    if (!addresses.has(host) && !failures.has(host)) failures.set(host, `no answer in ${TIMEOUT_MS / 1000} s`);
  }
  return { addresses: new Map(addresses), failures: new Map(failures) };
}
