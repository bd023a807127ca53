/**
 * A WireGuard device as an engine without I/O: it has no socket, no TUN device, no clock and no source of randomness.
 *
 * ```text
 * handleInner, handleDatagram, handleHandshakes, handleTimeout   inputs, each with the time
 * pollTransmit, pollInner, pollEvent, pollTimeout                outputs: drain them after each input
 * ```
 *
 * These are sufficient for a driver. A driver that encrypts and decrypts packets in its own data path uses
 * `route`, `receivingKeypair` and so on, and passes all other packets to `handleInner` and `handleDatagram`.
 *
 * @see whitepaper (https://www.wireguard.com/papers/wireguard.pdf)
 * @module
 */

import type { DeviceChange, DeviceStatus, Endpoint } from '../../core/shapes/tunnel-config.ts';
import type { Instant } from '../../core/time.ts';
import { innerLength } from '../../wire/ip.ts';
import { decodeMessage } from '../../wire/wireguard.ts';
import { isZeroKey, sameKey } from '../keys.ts';
import { EventLog } from './counts.ts';
import { checkDecrypted, type DecryptedMessage, KEEPALIVE, REFUSED, type ReceiveContext } from './decrypted-message.ts';
import type { EngineState, Transmit } from './engine.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { DropReason, TunnelEvent } from './events.ts';
import { localIdentity } from './handshake/identity.ts';
import { Responder } from './handshake/responder.ts';
import { Tai64nClock } from './handshake/tai64n.ts';
import { IndexTable } from './index-table.ts';
import { destinationOwner, innerDestinationText } from './inner-addresses.ts';
import type { Peer, PeerKeypair } from './peer/peer.ts';
import { PeerTable } from './peer/peer-table.ts';
import { handleTimeouts } from './peer/peer-timeouts.ts';
import { UnreachableResponder } from './peer/unreachable.ts';
import {
  decryptMessage,
  noteReceived,
  noteSent,
  type ReceivedMessages,
  sendKeepalive,
  sendPacket,
} from './transport.ts';

/** A WireGuard device with its peers. */
export class TunnelDevice {
  readonly #engine: EngineState;
  readonly #peers: PeerTable;
  readonly #responder: Responder;
  readonly #receiving: ReceiveContext;
  readonly #unreachable = new UnreachableResponder();
  readonly #transmits: Transmit[] = [];
  readonly #inners: Uint8Array[] = [];
  #listenPort = 0;
  #fwmark = 0;
  /** No timer is due earlier; possibly none is due at this time either. */
  #wakeAt: Instant = Infinity;

  /** @param mtu - MTU of the device, which limits padding; 0 for none */
  constructor(deps: EngineDeps, mtu: number) {
    this.#engine = {
      deps,
      log: new EventLog(),
      indices: new IndexTable(deps.random),
      timestamps: new Tai64nClock(deps.wall),
      local: null,
      mtu,
      isUp: false,
      transmit: (message) => void this.#transmits.push(message),
      timersChanged: (peer) => {
        const at = peer.timers.next();
        if (at !== undefined && at < this.#wakeAt) this.#wakeAt = at;
      },
    };
    this.#peers = new PeerTable(this.#engine);
    this.#responder = new Responder(this.#engine, this.#peers);
    this.#receiving = { allowedIps: this.#peers.allowedIps, log: this.#engine.log };
  }

  /** MTU of the device, which limits padding; 0 for none. */
  get mtu(): number {
    return this.#engine.mtu;
  }

  set mtu(bytes: number) {
    this.#engine.mtu = bytes;
  }

  /** Begins to carry packets, and sends keepalives to peers with a persistent keepalive. */
  up(now: Instant): void {
    if (this.#engine.isUp) return;
    this.#engine.isUp = true;
    for (const peer of this.#peers) this.#greet(peer, now);
  }

  /** Stops carrying packets, and zeroes the keys of all sessions. */
  down(): void {
    this.#engine.isUp = false;
    this.#responder.clear();
    for (const peer of this.#peers) peer.stop();
    this.#wakeAt = Infinity;
  }

  /** Applies a change. Settings that it does not contain stay as they are. */
  configure(change: DeviceChange, now: Instant): void {
    if (change.privateKey) this.#setPrivateKey(change.privateKey);
    if (change.listenPort !== undefined) this.#listenPort = change.listenPort;
    if (change.fwmark !== undefined) this.#fwmark = change.fwmark;
    if (change.replacePeers) this.#peers.removeAll();
    const changed = change.peers.map((peer) => this.#peers.change(peer));
    // A new private key affects all peers.
    for (const peer of change.privateKey ? this.#peers : changed) if (peer) this.#greet(peer, now);
  }

  /** Copies the state of the device and its peers, including secret keys. */
  status(name: string): DeviceStatus {
    const { local, log } = this.#engine;
    return {
      name,
      privateKey: local?.privateKey.slice() ?? null,
      publicKey: local?.publicKey.slice() ?? null,
      listenPort: this.#listenPort,
      fwmark: this.#fwmark,
      peers: this.#peers.status(),
      counts: log.counts.record(),
    };
  }

  /**
   * Handles an IP packet from the TUN device. It is copied, without any octets after its length. If there is no peer or
   * no endpoint for it, `pollInner` returns an ICMP answer.
   */
  handleInner(octets: Uint8Array, now: Instant): void {
    if (!this.#engine.isUp) return;
    const length = innerLength(octets, 0, octets.length);
    if (length < 0) return this.drop(null, 'malformed-packet', now);
    const packet = octets.subarray(0, length);
    const peer = this.route(packet, 0);
    if (peer?.endpoint) return sendPacket(this.#engine, peer, packet, now);
    if (peer) this.drop(peer, 'no-endpoint', now);
    else this.drop(null, 'no-peer', now, 1, () => innerDestinationText(packet, 0));
    const answer = this.#unreachable.answerTo(packet, now);
    if (answer) this.#inners.push(answer);
  }

  /**
   * Handles a datagram from the socket. It is copied if it is kept.
   *
   * @param ecn - ECN field of its IP header; 0 if the socket does not report it
   */
  handleDatagram(bytes: Uint8Array, from: Endpoint, now: Instant, ecn = 0): void {
    if (!this.#engine.isUp) return;
    const message = decodeMessage(bytes);
    if (!message) return this.drop(null, 'not-wireguard', now);
    if (message.tag !== 'data') return this.#responder.enqueue(bytes, from, now);
    const keypair = this.receivingKeypair(message.receiverIndex, now);
    if (!keypair) return;
    const decrypted = decryptMessage(this.#engine, keypair, message, ecn);
    const packetBytes = this.checkDecrypted(keypair, decrypted, now);
    if (packetBytes === REFUSED) return;
    const keepalives = packetBytes === KEEPALIVE ? 1 : 0;
    this.noteReceived(keypair, from, { packets: 1 - keepalives, keepalives, bytes: bytes.length }, now);
    if (packetBytes > 0) this.#inners.push(decrypted.bytes.subarray(0, packetBytes));
  }

  /** Handles up to `limit` queued handshake messages, each of which takes some hundred microseconds. */
  handleHandshakes(limit: number, now: Instant): void {
    if (this.#engine.isUp) this.#responder.work(limit, now);
  }

  /** Handles the timers that are due. May be called too early. */
  handleTimeout(now: Instant): void {
    if (now < this.#wakeAt) return;
    this.#wakeAt = Infinity;
    for (const peer of this.#peers) {
      handleTimeouts(this.#engine, peer, now);
      this.#engine.timersChanged(peer);
    }
  }

  /** Next datagram for the socket; `undefined` if there is none. */
  pollTransmit(): Transmit | undefined {
    return this.#transmits.shift();
  }

  /** Next packet for the TUN device: decrypted by `handleDatagram`, or an ICMP answer to `handleInner`. */
  pollInner(): Uint8Array | undefined {
    return this.#inners.shift();
  }

  /** Next event; `undefined` if there is none. */
  pollEvent(): TunnelEvent | undefined {
    return this.#engine.log.poll();
  }

  /** When to call `handleTimeout` and `handleHandshakes` next; `undefined` if there is nothing to wait for. */
  pollTimeout(): Instant | undefined {
    if (this.#engine.isUp && this.#responder.queued > 0) return 0;
    return this.#wakeAt === Infinity ? undefined : this.#wakeAt;
  }

  /** The peer that the packet at `at` is sent to, by its destination; `null` if there is none. */
  route(bytes: Uint8Array, at: number): Peer | null {
    return destinationOwner(this.#peers.allowedIps, bytes, at);
  }

  /**
   * The session of a receiver index. `null` if there is none, or if it has expired; the datagram is counted as dropped.
   */
  receivingKeypair(index: number, now: Instant): PeerKeypair | null {
    const entry = this.#engine.indices.get(index);
    if (entry?.tag !== 'keypair') this.drop(null, 'unknown-index', now);
    else if (entry.keypair.isValid(now)) return entry.keypair;
    else this.drop(entry.keypair.peer, 'expired-key', now);
    return null;
  }

  /** Checks a decrypted message; returns the size of its packet or a negative code, see `decrypted-message.ts`. */
  checkDecrypted(keypair: PeerKeypair, message: DecryptedMessage, now: Instant): number {
    return checkDecrypted(this.#receiving, keypair, message, now);
  }

  /** Records data messages that the driver sent to a peer. */
  noteSent(peer: Peer, packets: number, bytes: number, now: Instant): void {
    noteSent(this.#engine, peer, packets, bytes, now);
  }

  /** Records authentic data messages that the driver received with one key. */
  noteReceived(keypair: PeerKeypair, from: Endpoint, received: Readonly<ReceivedMessages>, now: Instant): void {
    noteReceived(this.#engine, keypair, from, received, now);
  }

  /** Counts packets that were dropped; `null` if no peer is concerned. */
  drop(peer: Peer | null, reason: DropReason, now: Instant, packets = 1, detail?: () => string): void {
    this.#engine.log.drop(peer, now, reason, packets, detail);
  }

  /** Reports that the driver lost a helper thread and continues without it. */
  reportThreadLost(reason: string, now: Instant): void {
    this.#engine.log.report(null, now, { tag: 'thread-lost', reason });
  }

  /** The peer with an endpoint, since a driver knows only the destination of a datagram that could not be sent. */
  peerAt({ address, port }: Endpoint): Peer | null {
    for (const peer of this.#peers) {
      if (peer.endpoint?.port === port && peer.endpoint.address === address) return peer;
    }
    return null;
  }

  /** Zeroes all keys. The device must not be used afterwards. */
  destroy(): void {
    this.down();
    this.#peers.removeAll();
    this.#responder.destroy();
    this.#engine.local?.privateKey.fill(0);
    this.#engine.local = null;
  }

  #greet(peer: Peer, now: Instant): void {
    if (!this.#engine.isUp || !peer.sendsWhenReady || !peer.endpoint || !peer.staticShared) return;
    peer.sendsWhenReady = false;
    const isDue = peer.timers.persistentKeepaliveSeconds > 0 || peer.staged.length > 0;
    if (isDue) sendKeepalive(this.#engine, peer, now);
  }

  /** Sets the private key. Existing sessions belong to the old key, so they no longer send. */
  #setPrivateKey(privateKey: Uint8Array): void {
    const { deps, local } = this.#engine;
    const next = isZeroKey(privateKey) ? null : localIdentity(deps.primitives, privateKey);
    if (next && local && sameKey(next.privateKey, local.privateKey)) return void next.privateKey.fill(0);
    local?.privateKey.fill(0);
    this.#engine.local = next;
    const own = next && this.#peers.get(next.publicKey);
    if (own) this.#peers.remove(own);
    for (const peer of this.#peers) {
      peer.deriveShared();
      peer.forgetPending();
      peer.stopSending();
      peer.sendsWhenReady = true;
    }
  }
}
