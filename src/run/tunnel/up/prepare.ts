/**
 * Resolves endpoints and reads facts about this host before a tunnel is brought up, and plans the steps.
 *
 * @module
 */
import process from 'node:process';
import type { Endpoint } from '../../../core/shapes/tunnel-config.ts';
import { loadLibc } from '../../../native/libc.ts';
import { batchNotice } from '../../../native/udp/batch-calls.ts';
import type { TunnelConfig } from '../../../tunnel/config/config.ts';
import { mtuWarning } from '../../../tunnel/mtu.ts';
import type { UpStep } from '../../../tunnel/up/action.ts';
import { hostWarnings } from '../../../tunnel/up/host-warnings.ts';
import { planDevice, planUp, policyMark } from '../../../tunnel/up/plan.ts';
import { socketPath } from '../run-folder.ts';
import { hasIpv6, readHostFacts, readMtuChoice } from './host-facts.ts';
import { resolveEndpoints, systemResolver } from './resolve.ts';

/** MTU of a device that is configured from outside, as in wireguard-go. */
const USUAL_MTU = 1420;

/** The plan of a tunnel. */
export interface Prepared {
  /** FwMark that keeps the tunnel's own packets out of the tunnel, if the file has none; `null` if none is needed. */
  readonly chosenMark: number | null;
  readonly steps: readonly UpStep[];
  readonly endpoints: readonly (Endpoint | null)[];
  readonly mtu: number;
}

/** Plans a device and its control socket, and nothing else. */
export function prepareDevice(name: string): Prepared {
  const facts = { name, socketPath: socketPath(name), mtu: USUAL_MTU, hasIpv6: hasIpv6() };
  return { steps: planDevice(facts), endpoints: [], mtu: USUAL_MTU, chosenMark: null };
}

/**
 * Plans the tunnel of a configuration file.
 *
 * @param warn - called for each doubt about this host
 * @throws NetError `ERR_CONNECT` when the endpoint of a default route does not resolve
 */
export async function prepareUp(
  name: string,
  configPath: string | null,
  config: TunnelConfig,
  signal: AbortSignal,
  warn: (message: string) => void,
): Promise<Prepared> {
  const retries = process.env.WG_ENDPOINT_RESOLUTION_RETRIES;
  const endpoints = await resolveEndpoints(config, { retries, warn, resolver: systemResolver(signal) });
  const choice = await readMtuChoice(config, endpoints);
  const { mtu } = choice;
  const facts = { name, configPath, socketPath: socketPath(name), endpoints, mtu, ...(await readHostFacts()) };
  const doubts = [mtuWarning(choice), batchNotice(loadLibc()?.batchRefusal ?? null)];
  for (const doubt of doubts) if (doubt !== null) warn(doubt);
  for (const { message, fix } of hostWarnings(config, facts)) warn(`${message}; ${fix}`);
  const chosenMark = config.interface.fwmark ? null : policyMark(config, facts.freeTable);
  return { steps: planUp(config, facts), endpoints, mtu, chosenMark };
}
