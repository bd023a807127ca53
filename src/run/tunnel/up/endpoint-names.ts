/**
 * Endpoints that are given by name, while a tunnel is up: a name that had no address is asked for again while packets
 * want to go there, and one that had, when handshakes go unanswered. Its host may have another address by now.
 *
 * As reresolve-dns.sh of wireguard-tools does by the clock, 135 s after the last handshake; here after 10 s without an
 * answer, then after pauses that grow. The resolver is asked outside of the device's thread.
 *
 * @module
 */
import { parseIp } from '../../../core/address.ts';
import type { DeviceChange, Endpoint } from '../../../core/shapes/tunnel-config.ts';
import { type Instant, NS_PER_MS } from '../../../core/time.ts';
import type { HostPort, TunnelConfig } from '../../../tunnel/config/config.ts';
import { formatKey } from '../../../tunnel/keys.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';

/** The first is sent at once, two more 5 s apart (REKEY_TIMEOUT). */
const UNANSWERED_ATTEMPT = 3;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;

export interface EndpointNamesDeps {
  /** Gives the address that comes first. */
  readonly lookup: (host: string) => Promise<string>;
  readonly now: () => Instant;
  /** Calls once, after so many milliseconds; returns what calls it off. */
  readonly later: (milliseconds: number, act: () => void) => () => void;
  readonly configure: (change: DeviceChange) => Promise<void>;
  readonly onResolved: (publicKey: Uint8Array, host: string, endpoint: Endpoint) => void;
  /** Whether names that had an address are asked for again. */
  readonly again: boolean;
}

interface NamedPeer {
  readonly publicKey: Uint8Array;
  readonly host: string;
  readonly port: number;
  /** Sends by itself, so it is not for packets to ask for its address. */
  readonly keepsAlive: boolean;
  isResolved: boolean;
  pauseMs: number;
  /** Not asked for before. */
  nextAt: Instant;
  isAsked: boolean;
  callOff: () => void;
}

export class EndpointNames {
  readonly #deps: EndpointNamesDeps;
  readonly #peers = new Map<string, NamedPeer>();

  /** @param endpoints - of each peer, as resolved so far */
  constructor({ peers }: TunnelConfig, endpoints: readonly (Endpoint | null)[], deps: EndpointNamesDeps) {
    this.#deps = deps;
    for (const [i, { publicKey, endpoint, persistentKeepaliveSeconds }] of peers.entries()) {
      if (!endpoint || parseIp(endpoint.host)) continue;
      const peer: NamedPeer = {
        publicKey,
        ...endpoint,
        keepsAlive: (persistentKeepaliveSeconds ?? 0) > 0,
        isResolved: (endpoints[i] ?? null) !== null,
        pauseMs: FIRST_PAUSE_MS,
        nextAt: deps.now() + FIRST_PAUSE_MS * NS_PER_MS,
        isAsked: false,
        callOff: () => {},
      };
      this.#peers.set(formatKey(publicKey), peer);
      this.#askLater(peer);
    }
  }

  /** Takes what the device tells. */
  handle(event: TunnelEvent): void {
    const peer = event.peer && this.#peers.get(formatKey(event.peer));
    if (!peer) return;
    switch (event.tag) {
      case 'response-received':
      case 'session-confirmed':
        peer.callOff();
        peer.pauseMs = FIRST_PAUSE_MS;
        return;
      case 'initiation-sent':
        if (event.attempt >= UNANSWERED_ATTEMPT) void this.#ask(peer, event.to);
        return;
      case 'dropped':
        if (event.reason === 'no-endpoint') void this.#ask(peer, null);
        return;
    }
  }

  /** What somebody changes of a peer's endpoint is theirs: its name in the file counts no more. */
  forget({ replacePeers, peers }: DeviceChange): void {
    const changed = peers.filter(({ endpoint, remove }) => endpoint !== undefined || remove);
    const gone = replacePeers ? [...this.#peers.keys()] : changed.map(({ publicKey }) => formatKey(publicKey));
    for (const key of gone) {
      this.#peers.get(key)?.callOff();
      this.#peers.delete(key);
    }
  }

  /** The endpoint of a peer as the file has it, if it is by name, and nobody set another. */
  nameOf(publicKey: Uint8Array): HostPort | null {
    const peer = this.#peers.get(formatKey(publicKey));
    return peer ? { host: peer.host, port: peer.port } : null;
  }

  close(): void {
    this.forget({ replacePeers: true, peers: [] });
  }

  /** @param inUse - where the peer is written to in vain */
  async #ask(peer: NamedPeer, inUse: Endpoint | null): Promise<void> {
    const { lookup, now, again } = this.#deps;
    if (peer.isAsked || now() < peer.nextAt || (inUse !== null && !again)) return;
    peer.isAsked = true;
    try {
      const address = await lookup(peer.host);
      if (address !== inUse?.address || peer.port !== inUse.port) await this.#moveTo(peer, address);
    } catch {
      // Not now. That there is no endpoint, or no answer, is told by the device.
    }
    peer.isAsked = false;
    peer.nextAt = now() + peer.pauseMs * NS_PER_MS;
    this.#askLater(peer);
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

  #askLater(peer: NamedPeer): void {
    peer.callOff();
    if (!peer.keepsAlive || peer.isResolved || !this.#isNamed(peer)) return;
    peer.callOff = this.#deps.later(peer.pauseMs, () => {
      // A timer may be early by as much as its clock is coarse.
      peer.nextAt = this.#deps.now();
      void this.#ask(peer, null);
    });
  }

  /** Whether the endpoint is still that of the file. */
  #isNamed(peer: NamedPeer): boolean {
    return this.#peers.get(formatKey(peer.publicKey)) === peer;
  }
}
