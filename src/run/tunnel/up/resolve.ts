/**
 * Resolves the names of endpoints before a tunnel is brought up.
 *
 * Like wg(8), it uses the first address from the system's resolver. Unlike wg(8), a name that does not resolve prevents
 * the tunnel only if this would cut off the host: if it belongs to the peer of a default route. Other names are
 * resolved again later (`EndpointNames`). After temporary failures, for example if the resolver cannot be reached yet,
 * names that are needed are tried again.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseIp } from '../../../core/address.ts';
import { messageOf, NetError, systemCodeOf } from '../../../core/errors.ts';
import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import type { PeerConfig, TunnelConfig } from '../../../tunnel/config/config.ts';
import { isDefaultRoute, usesMainTable } from '../../../tunnel/up/routes.ts';

const RETRIES = 15;
const FIRST_PAUSE_MS = 1000;
const PAUSE_GROWTH = 1.2;
const LONGEST_PAUSE_MS = 20_000;

/** Retries, warnings and the resolver. */
export interface ResolveOptions {
  /** `WG_ENDPOINT_RESOLUTION_RETRIES` of wg(8): a number, or `infinity`. */
  readonly retries: string | undefined;
  /** Called with a message for each name that does not resolve. */
  readonly warn: (message: string) => void;
  readonly resolver: Resolver;
}

/** Resolves names and waits; tests replace it. */
export interface Resolver {
  /** Returns the first address of a host. */
  readonly lookup: (host: string) => Promise<string>;
  /** Waits. Rejects when the caller has given up. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** The resolver of this host. It rejects when the signal is aborted. */
export function systemResolver(signal: AbortSignal): Resolver {
  return {
    lookup: async (host) => {
      signal.throwIfAborted();
      return (await orAborted(lookup(host), signal)).address;
    },
    pause: (milliseconds) => delay(milliseconds, undefined, { signal }),
  };
}

/** getaddrinfo(3) cannot be aborted, and waits half a minute for name servers that do not answer. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/**
 * Returns an endpoint for each peer; `null` for a peer that has none, or whose name does not resolve.
 *
 * @throws NetError `ERR_CONNECT` naming the endpoint of a default route that does not resolve
 */
export async function resolveEndpoints(
  { interface: device, peers }: TunnelConfig,
  options: ResolveOptions,
): Promise<readonly (Endpoint | null)[]> {
  const names = new Names(options);
  const isEssential = ({ allowedIps }: PeerConfig): boolean =>
    usesMainTable(device.table) && allowedIps.some(({ sign, prefix }) => sign !== '-' && isDefaultRoute(prefix));
  const hosts = peers.flatMap(({ endpoint }) => (endpoint ? [endpoint.host] : []));
  const essential = new Set(peers.flatMap((peer) => (peer.endpoint && isEssential(peer) ? [peer.endpoint.host] : [])));
  const goesWithoutNames = (): boolean => hosts.length < peers.length || hosts.some((host) => names.addressOf(host));
  let left = readRetries(options.retries);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH)) {
    await names.resolve(hosts);
    const awaited = names.passing.filter((host) => essential.has(host) || !goesWithoutNames());
    if (awaited.length === 0 || left-- <= 0) break;
    for (const host of awaited) {
      const reason = names.reasonOf(host);
      options.warn(`${host} does not resolve now (${reason}); trying again in ${(pauseMs / 1000).toFixed(1)} s`);
    }
    await options.resolver.pause(pauseMs);
  }
  for (const [host, failure] of names.failures) {
    const what = `the name ${host} does not resolve (${reasonOf(failure)})`;
    if (essential.has(host)) {
      const message = `Endpoint: ${what}, and a default route is to lead there; correct it, or write an address`;
      throw new NetError('ERR_CONNECT', message, { cause: failure });
    }
    options.warn(`${what}; its peer has no endpoint until it does, or until the peer writes to us`);
  }
  return peers.map(({ endpoint }) => {
    const address = endpoint && names.addressOf(endpoint.host);
    return endpoint && address ? { address, port: endpoint.port } : null;
  });
}

/** Results of names so far. */
class Names {
  readonly failures = new Map<string, unknown>();
  readonly #options: ResolveOptions;
  readonly #addresses = new Map<string, string>();

  constructor(options: ResolveOptions) {
    this.#options = options;
  }

  /** Names whose failure may be temporary. */
  get passing(): readonly string[] {
    return [...this.failures].filter(([, failure]) => !isFinal(failure)).map(([host]) => host);
  }

  addressOf(host: string): string | undefined {
    return parseIp(host) ? host : this.#addresses.get(host);
  }

  reasonOf(host: string): string {
    return reasonOf(this.failures.get(host));
  }

  /** Resolves all names, concurrently, that have no address and no permanent failure. */
  async resolve(hosts: readonly string[]): Promise<void> {
    const unknown = new Set(hosts.filter((host) => !this.addressOf(host) && !isFinal(this.failures.get(host))));
    await Promise.all([...unknown].map((host) => this.#resolve(host)));
  }

  async #resolve(host: string): Promise<void> {
    try {
      this.#addresses.set(host, await this.#options.resolver.lookup(host));
      this.failures.delete(host);
    } catch (error) {
      if (systemCodeOf(error) === 'ERR_ABORTED') throw error;
      this.failures.set(host, error);
    }
  }
}

function readRetries(text: string | undefined): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : RETRIES;
}

/** True if the name does not exist (EAI_NONAME, EAI_NODATA), or the resolver reports a permanent failure. */
function isFinal(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === 'ENOTFOUND' || code === 'EAI_FAIL';
}

/** Why a lookup failed: the code of the error, or else its message. */
export function reasonOf(error: unknown): string {
  return systemCodeOf(error) ?? messageOf(error);
}
