/**
 * The configuration of a server, from the options of the command line.
 *
 * @module
 */
import { DEFAULT_PORT, type ServerConfig } from '../core/shapes/config.ts';
import { MOST_STREAMS } from '../measure/test-defaults.ts';
import { familyOf, refuseOtherFamily } from './client-settings.ts';
import type { Options } from './option-table.ts';

/** The part of the configuration of a server that the options decide. */
export type ServerSettings = Omit<ServerConfig, 'secret' | 'onEvent'>;

/** Clients that may test at the same time, if `--max-clients` does not say. */
const DEFAULT_MAX_CLIENTS = 64;

/** Builds the configuration of a server. @throws NetError `ERR_USAGE` */
export function serverSettings(options: Options): ServerSettings {
  const addresses = options.ip ?? [];
  const family = familyOf(options);
  refuseOtherFamily(family, addresses);
  return {
    port: options.port ?? DEFAULT_PORT,
    addresses,
    family,
    once: options.oneOff === true,
    limits: {
      max_clients: options.maxClients ?? DEFAULT_MAX_CLIENTS,
      max_rate_bps: options.maxRate || null,
      max_duration_ns: options.maxDuration ?? null,
      max_streams: options.maxStreams ?? MOST_STREAMS,
      max_held_connections: options.maxHeld ?? null,
    },
    engine: options.engine ?? 'auto',
    allow_capture: options.allowCapture === true,
    host_details: options.noHostFacts !== true,
  };
}
