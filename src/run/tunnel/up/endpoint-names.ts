/**
 * Resolves the names of endpoints again while a tunnel is up: a name without an address when packets are sent to its
 * peer, and any name when handshakes are not answered, because its host may have another address.
 *
 * The script reresolve-dns.sh of wireguard-tools does this 135 s after the last handshake; here it is done after 10 s
 * without an answer, then at growing intervals. The resolver is called outside of the device's thread.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import type { DeviceChange, Endpoint } from '../../../core/shapes/tunnel-config.ts';
import { type Instant, NS_PER_MS } from '../../../core/time.ts';
import type { HostPort, TunnelConfig } from '../../../tunnel/config/config.ts';
import { formatKey } from '../../../tunnel/keys.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';

/**
 * Number of the initiation after which a name is resolved again. The first is sent at once, two more 5 s apart
 * (REKEY_TIMEOUT).
 */
const UNANSWERED_ATTEMPT = 3;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;

/** Resolver, clock, timers and callbacks; tests replace them. */
export interface EndpointNamesDeps {
  /** Returns the first address of a host. */
  readonly lookup: (host: string) => Promise<string>;
  readonly now: () => Instant;
  /** Calls `act` once after a delay; returns a function that cancels it. */
  readonly schedule: (milliseconds: number, act: () => void) => () => void;
  /** Changes the endpoint of a peer. */
  readonly configure: (change: DeviceChange) => Promise<void>;
  /** Called after an endpoint was changed. */
  readonly onResolved: (publicKey: Uint8Array, host: string, endpoint: Endpoint) => void;
  /** Whether names that had an address are resolved again. */
  readonly reresolve: boolean;
}

interface NamedPeer {
  readonly publicKey: Uint8Array;
  readonly host: string;
  readonly port: number;
  /** Whether the peer has a persistent keepalive: then its name is resolved without waiting for packets. */
  readonly hasKeepalive: boolean;
  isResolved: boolean;
  pauseMs: number;
  /** The name is not resolved before this time. */
  nextAt: Instant;
  isResolving: boolean;
  cancel: () => void;
}

/** The peers of a tunnel whose endpoints are names. */
export class EndpointNames {
  readonly #deps: EndpointNamesDeps;
  readonly #peers = new Map<string, NamedPeer>();

  /** @param endpoints - addresses of the peers so far; `null` for a name that did not resolve */
  constructor({ peers }: TunnelConfig, endpoints: readonly (Endpoint | null)[], deps: EndpointNamesDeps) {
    this.#deps = deps;
    for (const [i, { publicKey, endpoint, persistentKeepaliveSeconds }] of peers.entries()) {
      if (!endpoint || parseIp(endpoint.host)) continue;
      const peer: NamedPeer = {
        publicKey,
        ...endpoint,
        hasKeepalive: (persistentKeepaliveSeconds ?? 0) > 0,
        isResolved: (endpoints[i] ?? null) !== null,
        pauseMs: FIRST_PAUSE_MS,
        nextAt: deps.now() + FIRST_PAUSE_MS * NS_PER_MS,
        isResolving: false,
        cancel: () => {},
      };
      this.#peers.set(formatKey(publicKey), peer);
      this.#scheduleResolve(peer);
    }
  }

  /** Handles an event of the device. */
  handle(event: TunnelEvent): void {
    const peer = event.peer && this.#peers.get(formatKey(event.peer));
    if (!peer) return;
    switch (event.tag) {
      case 'response-received':
      case 'session-confirmed':
        peer.cancel();
        peer.pauseMs = FIRST_PAUSE_MS;
        return;
      case 'initiation-sent':
        if (event.attempt >= UNANSWERED_ATTEMPT) void this.#resolve(peer, event.to);
        return;
      case 'dropped':
        if (event.reason === 'no-endpoint') void this.#resolve(peer, null);
        return;
    }
  }

  /** Drops the names of peers whose endpoint was changed from outside: the name in the file is not used any more. */
  forget({ replacePeers, peers }: DeviceChange): void {
    const changed = peers.filter(({ endpoint, remove }) => endpoint !== undefined || remove);
    const gone = replacePeers ? [...this.#peers.keys()] : changed.map(({ publicKey }) => formatKey(publicKey));
    for (const key of gone) {
      this.#peers.get(key)?.cancel();
      this.#peers.delete(key);
    }
  }

  /** The endpoint name of a peer in the file; `null` if it is an address, or was changed. */
  nameOf(publicKey: Uint8Array): HostPort | null {
    const peer = this.#peers.get(formatKey(publicKey));
    return peer ? { host: peer.host, port: peer.port } : null;
  }

  /** Cancels all timers. */
  close(): void {
    this.forget({ replacePeers: true, peers: [] });
  }

  /**
   * Resolves the name of a peer, unless it is too early, and changes the endpoint if the address is another.
   *
   * @param inUse - the present endpoint, which does not answer; `null` if there is none
   */
  async #resolve(peer: NamedPeer, inUse: Endpoint | null): Promise<void> {
    const { lookup, now, reresolve } = this.#deps;
    if (peer.isResolving || now() < peer.nextAt || (inUse !== null && !reresolve)) return;
    peer.isResolving = true;
    try {
      const address = await lookup(peer.host);
      if (address !== inUse?.address || peer.port !== inUse.port) await this.#moveTo(peer, address);
    } catch {
      // It does not resolve now. The device reports a missing endpoint, or missing answers.
    }
    peer.isResolving = false;
    peer.nextAt = now() + peer.pauseMs * NS_PER_MS;
    this.#scheduleResolve(peer);
    peer.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * peer.pauseMs);
  }

  async #moveTo(peer: NamedPeer, address: string): Promise<void> {
    const { publicKey, host, port } = peer;
    if (!this.#isNamed(peer)) return;
    const endpoint = { address, port };
    await this.#deps.configure({ peers: [{ publicKey, updateOnly: true, endpoint }] });
    peer.isResolved = true;
    this.#deps.onResolved(publicKey, host, endpoint);
  }

  #scheduleResolve(peer: NamedPeer): void {
    peer.cancel();
    if (!peer.hasKeepalive || peer.isResolved || !this.#isNamed(peer)) return;
    peer.cancel = this.#deps.schedule(peer.pauseMs, () => {
      // The timer may fire slightly early.
      peer.nextAt = this.#deps.now();
      void this.#resolve(peer, null);
    });
  }

  /** Whether the name in the file is still used. */
  #isNamed(peer: NamedPeer): boolean {
    return this.#peers.get(formatKey(peer.publicKey)) === peer;
  }
}
