/**
 * The lanes of a run of probes: each source with each address of the target that it can reach, and each address of `via`.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import { NetError, usageError } from '../../core/errors.ts';
import type { ProbeConfig } from '../../core/shapes/path/probe-config.ts';
import type { ProbeSource } from '../../core/shapes/path/probe-spec.ts';
import { type ProbeAddress, resolveProbeTarget } from './resolve-probe-target.ts';

/** One source, and the address that is probed from it. */
export interface ProbeLane extends ProbeAddress {
  readonly source: ProbeSource;
  /** The address of `via` that it is, as it was named; `null` for the target itself. */
  readonly via: string | null;
}

/** The lanes of a run. The first one is that with which others are compared. */
export interface ResolvedLanes {
  readonly lanes: readonly ProbeLane[];
  /** Why the name has no address of one of the families that were asked for; `null` if it has. */
  readonly missing: NetError | null;
}

/**
 * Resolves the target for all sources.
 *
 * @throws NetError `ERR_CONNECT` if the name does not resolve at all, `ERR_USAGE` if a source and the target have no
 *   family in common
 */
export async function resolveLanes(config: ProbeConfig): Promise<ResolvedLanes> {
  const { local_address: address, device } = config;
  const sources = config.sources.length === 0 ? [{ address, device }] : config.sources;
  const { addresses, missing } = await resolveFamilies(config, familiesOf(config, sources));
  const lanes = sources.flatMap((source) =>
    addresses.filter(fits(source)).map((one) => ({ ...one, source, via: null })),
  );
  const useless = sources.find((source) => !addresses.some(fits(source)));
  if (useless === undefined) return { lanes: [...lanes, ...(await resolveVia(config))], missing };
  throw usageError(
    `cannot reach ${addresses[0]?.address ?? config.target.name} from ${useless.address}: one is IPv4 and one IPv6`,
  );
}

/** The lanes of `via`: a local address or a device is that of the line, so the routes decide here. */
async function resolveVia({ via, target, families }: ProbeConfig): Promise<readonly ProbeLane[]> {
  const only = families.length === 1 ? families : [];
  const found = via.map(async (name) => {
    const asked = { target: { ...target, name }, families: only, local_address: null };
    const source: ProbeSource = { address: null, device: null };
    return (await resolveProbeTarget(asked)).map((one) => ({ ...one, source, via: name }));
  });
  return (await Promise.all(found)).flat();
}

/** Of two families that were asked for, one may be missing. */
async function resolveFamilies(
  config: ProbeConfig,
  families: readonly (4 | 6)[],
): Promise<{ readonly addresses: readonly ProbeAddress[]; readonly missing: NetError | null }> {
  if (families.length < 2) return { addresses: await resolveProbeTarget({ ...config, families }), missing: null };
  const addresses: ProbeAddress[] = [];
  let missing: NetError | null = null;
  for (const family of families) {
    try {
      addresses.push(...(await resolveProbeTarget({ ...config, families: [family] })));
    } catch (error) {
      if (!(error instanceof NetError) || (missing !== null && addresses.length === 0)) throw error;
      missing = error;
    }
  }
  return { addresses, missing };
}

/** Without -4 and -6, the families of the source addresses; an address has its own. */
function familiesOf({ families, target }: ProbeConfig, sources: readonly ProbeSource[]): readonly (4 | 6)[] {
  if (families.length > 0 || parseIp(target.name) !== undefined) return families;
  return [...new Set(sources.flatMap(familyOf))];
}

function fits(source: ProbeSource): (address: ProbeAddress) => boolean {
  const [own] = familyOf(source);
  return ({ family }) => own === undefined || own === family;
}

function familyOf({ address }: ProbeSource): readonly (4 | 6)[] {
  const family = address === null ? undefined : parseIp(address)?.family;
  return family === undefined ? [] : [family];
}
