/**
 * Diagnoses a path whose connection takes long or fails, and explains the probable cause.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { NetError, systemCodeOf } from '../../core/errors.ts';
import type { PathFacts } from '../../core/shapes/path.ts';
import type { DeviceStatus } from '../../core/shapes/tunnel-config.ts';
import { type Instant, type Nanos, NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { readDeviceCounters } from '../../system/counters.ts';
import { describeFault } from '../../tunnel/fault/describe-fault.ts';
import { peerFor, type TunnelEvidence } from '../../tunnel/fault/evidence.ts';
import { describeRouteFault } from '../../tunnel/fault/route-fault.ts';
import { handshakeAge, tunnelFault } from '../../tunnel/fault/tunnel-fault.ts';
import { REJECT_AFTER_TIME, REKEY_TIMEOUT, REKEY_TIMEOUT_JITTER_MAX } from '../../tunnel/wireguard/constants.ts';
import { monotonicNow } from '../monotonic.ts';
import { hostPath } from '../path/host-path.ts';
import { wallNow } from '../wall.ts';
import { ConnectTimeout } from './connect/dial.ts';
import { EndpointProbe } from './endpoint-probe.ts';

/** In this time a tunnel without a session has sent an initiation and received the response. */
const HANDSHAKE_TIME = REKEY_TIMEOUT + REKEY_TIMEOUT_JITTER_MAX + NS_PER_S / 2;
/** Errors that the diagnosis can explain; other errors need no explanation. */
const EXPLAINED: readonly string[] = [
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNREFUSED',
  'ENOKEY',
  'EDESTADDRREQ',
];
const NO_TUNNEL: readonly PathFacts['kind'][] = ['loopback', 'physical', 'virtual', 'unknown'];

/** The path to diagnose. */
export interface SlowPathOptions {
  readonly address: string;
  readonly port: number;
  /** Time limit of the connection attempt. */
  readonly limitNs: Nanos;
  /** The baseline path, if this path may be a tunnel over it; `answers` is true if the server was reached there. */
  readonly line: { readonly facts: PathFacts; readonly answers: boolean } | null;
  readonly signal: AbortSignal | null;
}

/** Diagnoses one connection attempt. */
export class PathDiagnosis {
  readonly #options: SlowPathOptions;
  #diagnosis: Promise<void> | undefined;
  #facts: PathFacts | undefined;
  #before: DeviceStatus | null = null;
  #outerDevice: string | null = null;
  #probe: EndpointProbe | undefined;
  #since: Instant = 0;

  constructor(options: SlowPathOptions) {
    this.#options = options;
  }

  /** Ends the diagnosis. May be called twice. */
  close(): void {
    void this.#diagnosis?.then(() => {
      this.#probe?.close();
      this.#probe = undefined;
    });
  }

  /** The path by the routes of this host. */
  async facts(): Promise<PathFacts> {
    this.#facts ??= await hostPath(this.#options.address);
    return this.#facts;
  }

  /** Adds the probable cause to an error. If a tunnel has no session, waits for its next handshake attempt. */
  async explain(error: NetError): Promise<NetError> {
    const errno = error.cause instanceof ConnectTimeout ? 'ETIMEDOUT' : systemCodeOf(error.cause);
    if (errno === undefined || !EXPLAINED.includes(errno)) return error;
    await this.begin();
    const why = await this.#why(errno === 'ETIMEDOUT' ? null : errno);
    return why === null ? error : new NetError(error.code, `${error.message}: ${why}`, { cause: error.cause });
  }

  /** Reads the state of the tunnel and probes its endpoint. Later calls return the same promise. */
  begin(): Promise<void> {
    this.#diagnosis ??= this.#begin();
    return this.#diagnosis;
  }

  async #begin(): Promise<void> {
    this.#since = monotonicNow();
    const { kind, device } = await this.facts();
    if (kind !== 'wireguard' || device === null) return;
    this.#before = await statusOf(device);
    const { address, port, line } = this.#options;
    const endpoint = this.#before && (peerFor(this.#before, address)?.endpoint ?? null);
    if (this.#before === null || endpoint === null) return;
    const known = line?.answers === true && line.facts.remote_address === endpoint.address;
    this.#probe = new EndpointProbe(endpoint, this.#before, known ? null : port);
    this.#outerDevice = (await hostPath(endpoint.address)).device;
  }

  async #why(errno: string | null): Promise<string | null> {
    const { address, line, signal } = this.#options;
    const facts = await this.facts();
    const { device, kind } = facts;
    if (device === null || NO_TUNNEL.includes(kind)) return this.#withoutTunnel(errno, facts);
    const evidence = (after: DeviceStatus | null): TunnelEvidence => ({
      address,
      localAddress: facts.local_address,
      device,
      kind,
      errno,
      lineWorks: line?.answers ?? null,
      before: this.#before,
      after,
      receivedPackets: readDeviceCounters(device)?.rxPackets ?? null,
      now: wallNow(),
      received: this.#probe?.heard ?? null,
      probe: this.#probe?.look ?? null,
      outerDevice: this.#outerDevice,
    });
    let found = evidence(this.#before && (await statusOf(device)));
    if (errno === null && this.#probe && !hasSession(found)) {
      const left = this.#since + HANDSHAKE_TIME - monotonicNow();
      if (left > 0) await delay(left / NS_PER_MS, undefined, { signal: signal ?? undefined }).catch(() => {});
      found = evidence(await statusOf(device));
    }
    return describeFault(tunnelFault(found), found);
  }

  async #withoutTunnel(errno: string | null, { device }: PathFacts): Promise<string | null> {
    const { address, line } = this.#options;
    if (line === null || errno === 'ECONNREFUSED') {
      return errno === null ? 'is the host up, and is no firewall in between?' : null;
    }
    return describeRouteFault({ address, device, tunnels: await statuses(null) });
  }
}

function hasSession(evidence: TunnelEvidence): boolean {
  const peer = evidence.after && peerFor(evidence.after, evidence.address);
  const age = peer && handshakeAge(peer, evidence);
  return age !== null && age >= 0 && age < REJECT_AFTER_TIME / NS_PER_S;
}

async function statusOf(device: string): Promise<DeviceStatus | null> {
  return (await statuses(device))[0] ?? null;
}

/** The status of all devices that can be read, or of one; none without root. */
async function statuses(device: string | null): Promise<readonly DeviceStatus[]> {
  // Loaded on demand, because a path that answers does not need it.
  const { showTunnels } = await import('../tunnel/control/show.ts');
  try {
    return await showTunnels(device, () => {});
  } catch (error) {
    // There is no such device, or it is not a WireGuard device.
    if (error instanceof NetError) return [];
    throw error;
  }
}
