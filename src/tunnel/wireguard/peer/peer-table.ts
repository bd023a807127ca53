/**
 * The peers of a device, by public key and by AllowedIPs.
 *
 * @module
 */
import { formatIp, parseIp } from '../../../core/address.ts';
import { toHex } from '../../../core/bytes.ts';
import type { Endpoint, PeerChange, PeerStatus } from '../../../core/shapes/tunnel-config.ts';
import { isZeroKey, sameKey } from '../../keys.ts';
import { AllowedIps } from '../allowed-ips.ts';
import type { EngineState } from '../engine.ts';
import { Peer } from './peer.ts';

/** The peers of one device. */
export class PeerTable {
  readonly allowedIps = new AllowedIps<Peer>();
  readonly #engine: EngineState;
  readonly #peers = new Map<string, Peer>();

  constructor(engine: EngineState) {
    this.#engine = engine;
  }

  get(publicKey: Uint8Array): Peer | undefined {
    return this.#peers.get(toHex(publicKey));
  }

  /** Iterates over all peers in the order in which they were added. */
  [Symbol.iterator](): Iterator<Peer> {
    return this.#peers.values();
  }

  /**
   * Applies a change of one peer. A peer with the public key of the device itself is ignored, as in the kernel.
   *
   * @returns the changed peer; `null` if it was removed or ignored
   */
  change(change: PeerChange): Peer | null {
    const { publicKey } = change;
    const { local } = this.#engine;
    if (local && sameKey(local.publicKey, publicKey)) return null;
    const known = this.get(publicKey);
    if (change.remove) {
      if (known) this.remove(known);
      return null;
    }
    if (!known && change.updateOnly) return null;
    const peer = known ?? this.#add(publicKey);
    if (change.presharedKey) peer.presharedKey.set(change.presharedKey);
    if (change.endpoint) peer.endpoint = canonical(change.endpoint);
    if (change.persistentKeepaliveSeconds !== undefined) setKeepalive(peer, change.persistentKeepaliveSeconds);
    if (change.replaceAllowedIps) this.allowedIps.removePeer(peer);
    for (const { remove, prefix } of change.allowedIps ?? []) {
      if (remove) this.allowedIps.remove(prefix, peer);
      else this.allowedIps.insert(prefix, peer);
    }
    return peer;
  }

  /** Removes a peer and zeroes its secrets. */
  remove(peer: Peer): void {
    this.#peers.delete(toHex(peer.publicKey));
    this.allowedIps.removePeer(peer);
    peer.destroy();
  }

  removeAll(): void {
    for (const peer of [...this.#peers.values()]) this.remove(peer);
  }

  /** State of all peers; keys are copied. */
  status(): readonly PeerStatus[] {
    return [...this.#peers.values()].map((peer) => ({
      publicKey: peer.publicKey.slice(),
      presharedKey: isZeroKey(peer.presharedKey) ? null : peer.presharedKey.slice(),
      endpoint: peer.endpoint && { address: peer.endpoint.address, port: peer.endpoint.port },
      allowedIps: this.allowedIps.of(peer),
      persistentKeepaliveSeconds: peer.timers.persistentKeepaliveSeconds,
      lastHandshake: peer.lastHandshake?.wall ?? null,
      lastHandshakeAt: peer.lastHandshake?.at ?? null,
      handshakeRttNs: peer.handshakeRttNs,
      txBytes: peer.txBytes,
      rxBytes: peer.rxBytes,
      counts: peer.counts.record(),
    }));
  }

  #add(publicKey: Uint8Array): Peer {
    const peer = new Peer(this.#engine, publicKey);
    this.#peers.set(toHex(publicKey), peer);
    return peer;
  }
}

function setKeepalive(peer: Peer, seconds: number): void {
  if (peer.timers.persistentKeepaliveSeconds === 0) peer.sendsWhenReady = true;
  peer.timers.persistentKeepaliveSeconds = seconds;
}

/** The form in which a socket reports the address of a sender, so that both can be compared as text. */
function canonical({ address, port }: Endpoint): Endpoint {
  const ip = parseIp(address);
  if (!ip) return { address, port };
  return { address: `${formatIp(ip.octets)}${ip.scope === null ? '' : `%${ip.scope}`}`, port };
}
