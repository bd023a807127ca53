/**
 * Addresses of endpoints that are given by name.
 *
 * As wg(8): the first address that the system's resolver gives, and patience with failures that may
 * pass, such as that of a resolver which is not reachable yet.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseIp } from '../../../core/address.ts';
import { messageOf, NetError, systemCodeOf } from '../../../core/errors.ts';
import type { Endpoint } from '../../../core/tunnel-config.ts';
import type { TunnelConfig } from '../../../tunnel/config/config.ts';

const RETRIES = 15;
const FIRST_PAUSE_MS = 1000;
const PAUSE_GROWTH = 1.2;
const LONGEST_PAUSE_MS = 20_000;

export interface ResolveOptions {
  /** `WG_ENDPOINT_RESOLUTION_RETRIES` of wg(8): a number, or `infinity`. */
  readonly retries: string | undefined;
  readonly onRetry: (message: string) => void;
  readonly resolver: Resolver;
}

export interface Resolver {
  /** Gives the address that comes first. */
  readonly lookup: (host: string) => Promise<string>;
  /** Waits. Rejects when waiting is of no use any more. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** The resolver of this host, until the signal. */
export function systemResolver(signal: AbortSignal): Resolver {
  return {
    lookup: async (host) => {
      signal.throwIfAborted();
      return (await lookup(host)).address;
    },
    pause: (milliseconds) => delay(milliseconds, undefined, { signal }),
  };
}

/** One for each peer. @throws NetError `ERR_CONNECT` naming the endpoint that does not resolve */
export async function resolveEndpoints(
  { peers }: TunnelConfig,
  options: ResolveOptions,
): Promise<readonly (Endpoint | null)[]> {
  const endpoints: (Endpoint | null)[] = [];
  for (const { endpoint } of peers) {
    endpoints.push(endpoint && { address: await addressOf(endpoint.host, options), port: endpoint.port });
  }
  return endpoints;
}

async function addressOf(host: string, { retries, onRetry, resolver }: ResolveOptions): Promise<string> {
  if (parseIp(host)) return host;
  let left = readRetries(retries);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH)) {
    try {
      return await resolver.lookup(host);
    } catch (error) {
      if (isFinal(error) || left-- <= 0) {
        const message = `Endpoint: the name ${host} does not resolve (${reasonOf(error)}); correct it, or write an address`;
        throw new NetError('ERR_CONNECT', message, { cause: error });
      }
      onRetry(`${host} does not resolve now (${reasonOf(error)}); trying again in ${(pauseMs / 1000).toFixed(1)} s`);
    }
    await resolver.pause(pauseMs);
  }
}

function readRetries(text: string | undefined): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : RETRIES;
}

/** There is no such name (EAI_NONAME, EAI_NODATA), or the resolver says that asking again is of no use. */
function isFinal(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === 'ENOTFOUND' || code === 'EAI_FAIL';
}

function reasonOf(error: unknown): string {
  return systemCodeOf(error) ?? messageOf(error);
}
