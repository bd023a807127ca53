/**
 * A WireGuard device without its surroundings: no socket, no TUN device, no clock, no randomness of
 * its own.
 *
 * ```text
 * handleInner, handleDatagram, handleHandshakes, handleTimeout   in, each with the time
 * pollTransmit, pollInner, pollEvent, pollTimeout                out: drain them after each call in
 * ```
 *
 * That is all that a driver needs. One that seals and opens packets in a data path of its own asks for
 * `route`, `receivingKeypair` and so on, and hands the rest to `handleInner` and `handleDatagram`.
 *
 * @see whitepaper (https://www.wireguard.com/papers/wireguard.pdf)
 * @module
 */
import { TAG_BYTES } from '../../core/primitives.ts';
import type { Instant } from '../../core/time.ts';
import type { DeviceChange, DeviceStatus, Endpoint } from '../../core/tunnel-config.ts';
import { innerLength, ipVersion } from '../../wire/inner-ip.ts';
import { decodeMessage } from '../../wire/wireguard.ts';
import { isZeroKey, sameKey } from '../keys.ts';
import { formatIp } from '../prefix.ts';
import { EventLog } from './counts.ts';
import type { Engine, EngineDeps, Transmit } from './engine.ts';
import type { DropReason, TunnelEvent } from './events.ts';
import { localIdentity } from './identity.ts';
import { IndexTable } from './index-table.ts';
import type { Keypair } from './keypair.ts';
import type { Peer } from './peer.ts';
import { PeerTable } from './peer-table.ts';
import { handleTimeouts } from './peer-timeouts.ts';
import { Responder } from './responder.ts';
import { Tai64nClock } from './tai64n.ts';
import { noteReceived, noteSent, sendKeepalive, sendPacket } from './transport.ts';
import { Unreachable } from './unreachable.ts';

const IPV4_SOURCE = 12;
const IPV4_DESTINATION = 16;
const IPV6_SOURCE = 8;
const IPV6_DESTINATION = 24;

export class TunnelDevice {
  readonly #engine: Engine;
  readonly #peers: PeerTable;
  readonly #responder: Responder;
  readonly #unreachable = new Unreachable();
  readonly #transmits: Transmit[] = [];
  readonly #inners: Uint8Array[] = [];
  #listenPort = 0;
  #fwmark = 0;
  /** No timer is due before; there may be none at it. */
  #wakeAt: Instant = Infinity;

  /** @param mtu - largest packet inside, which padding does not exceed; 0 for none */
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
      armed: (peer) => {
        const at = peer.timers.next();
        if (at !== undefined && at < this.#wakeAt) this.#wakeAt = at;
      },
    };
    this.#peers = new PeerTable(this.#engine);
    this.#responder = new Responder(this.#engine, this.#peers);
  }

  get mtu(): number {
    return this.#engine.mtu;
  }

  set mtu(bytes: number) {
    this.#engine.mtu = bytes;
  }

  /** Begins to carry packets; peers with a persistent keepalive are greeted at once. */
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

  /** Carries out a change. What is not in it stays. */
  configure(change: DeviceChange, now: Instant): void {
    if (change.privateKey) this.#setPrivateKey(change.privateKey);
    if (change.listenPort !== undefined) this.#listenPort = change.listenPort;
    if (change.fwmark !== undefined) this.#fwmark = change.fwmark;
    if (change.replacePeers) this.#peers.removeAll();
    const changed = change.peers.map((peer) => this.#peers.change(peer));
    // Another private key concerns all of them.
    for (const peer of change.privateKey ? this.#peers : changed) if (peer) this.#greet(peer, now);
  }

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

  /** Takes an IP packet that is to leave; it is copied. What nobody can take is answered by `pollInner`. */
  handleInner(packet: Uint8Array, now: Instant): void {
    if (!this.#engine.isUp) return;
    if (innerLength(packet, 0, packet.length) !== packet.length) return this.drop(null, 'malformed-packet', now);
    const peer = this.route(packet, 0);
    if (peer?.endpoint) return sendPacket(this.#engine, peer, packet, now);
    if (peer) this.drop(peer, 'no-endpoint', now);
    else this.drop(null, 'no-peer', now, 1, () => addressText(packet, 0, IPV4_DESTINATION, IPV6_DESTINATION));
    const answer = this.#unreachable.answerTo(packet, now);
    if (answer) this.#inners.push(answer);
  }

  /** Takes a datagram from the socket; it is copied where it is kept. */
  handleDatagram(bytes: Uint8Array, from: Endpoint, now: Instant): void {
    if (!this.#engine.isUp) return;
    const message = decodeMessage(bytes);
    if (!message) return this.drop(null, 'not-wireguard', now);
    if (message.tag !== 'data') return this.#responder.enqueue(bytes, from, now);
    const { counterHigh, counterLow, encryptedPacket } = message;
    const keypair = this.receivingKeypair(message.receiverIndex, now);
    if (!keypair) return;
    const packet = new Uint8Array(encryptedPacket.length - TAG_BYTES);
    const key = this.#engine.deps.primitives.aead.key(keypair.receiveKey);
    const genuine = key.open(counterHigh, counterLow, encryptedPacket, packet);
    key.destroy();
    if (!genuine) return this.drop(keypair.peer, 'bad-tag', now);
    if (!this.acceptData(keypair, counterHigh, counterLow, now)) return;
    const keepalive = packet.length === 0;
    this.noteReceived(keypair, from, keepalive ? 0 : 1, keepalive ? 1 : 0, bytes.length, now);
    if (keepalive) return;
    const length = innerLength(packet, 0, packet.length);
    if (length < 0) return this.drop(keypair.peer, 'not-ip', now);
    if (this.isSourceAllowed(keypair.peer, packet, 0, now)) this.#inners.push(packet.subarray(0, length));
  }

  /** Works off handshake messages that came: some hundred microseconds each. */
  handleHandshakes(limit: number, now: Instant): void {
    if (this.#engine.isUp) this.#responder.work(limit, now);
  }

  /** Lets time pass. Harmless when called early. */
  handleTimeout(now: Instant): void {
    if (now < this.#wakeAt) return;
    this.#wakeAt = Infinity;
    for (const peer of this.#peers) {
      handleTimeouts(this.#engine, peer, now);
      this.#engine.armed(peer);
    }
  }

  /** Next datagram for the socket. */
  pollTransmit(): Transmit | undefined {
    return this.#transmits.shift();
  }

  /** Next packet for the device: out of the tunnel by `handleDatagram`, or an answer to `handleInner`. */
  pollInner(): Uint8Array | undefined {
    return this.#inners.shift();
  }

  pollEvent(): TunnelEvent | undefined {
    return this.#engine.log.poll();
  }

  /** When to call `handleTimeout` next, and `handleHandshakes`; `undefined` means never. */
  pollTimeout(): Instant | undefined {
    if (this.#engine.isUp && this.#responder.queued > 0) return 0;
    return this.#wakeAt === Infinity ? undefined : this.#wakeAt;
  }

  /** The peer that a packet for the destination at hand goes to. */
  route(bytes: Uint8Array, at: number): Peer | null {
    const { allowedIps } = this.#peers;
    if (ipVersion(bytes, at) === 4) return allowedIps.lookup(4, bytes, at + IPV4_DESTINATION);
    return allowedIps.lookup(6, bytes, at + IPV6_DESTINATION);
  }

  /** The session that an index belongs to; without one that may still be used, the datagram is counted as dropped. */
  receivingKeypair(index: number, now: Instant): Keypair | null {
    const entry = this.#engine.indices.get(index);
    if (entry?.tag !== 'keypair') this.drop(null, 'unknown-index', now);
    else if (entry.keypair.isValid(now)) return entry.keypair;
    else this.drop(entry.keypair.peer, 'expired-key', now);
    return null;
  }

  /** Marks the counter of an authentic message. If it was seen before, the message is counted as dropped. */
  acceptData({ replay, peer }: Keypair, high: number, low: number, now: Instant): boolean {
    if (replay.accept(high, low)) return true;
    this.drop(peer, 'replayed', now);
    return false;
  }

  /** Whether the source of a packet belongs to the peer that sent it; if not, it is counted as dropped. */
  isSourceAllowed(peer: Peer, bytes: Uint8Array, at: number, now: Instant): boolean {
    const { allowedIps } = this.#peers;
    const owner =
      ipVersion(bytes, at) === 4
        ? allowedIps.lookup(4, bytes, at + IPV4_SOURCE)
        : allowedIps.lookup(6, bytes, at + IPV6_SOURCE);
    if (owner === peer) return true;
    this.drop(peer, 'source-not-allowed', now, 1, () => addressText(bytes, at, IPV4_SOURCE, IPV6_SOURCE));
    return false;
  }

  noteSent(peer: Peer, packets: number, bytes: number, now: Instant): void {
    noteSent(this.#engine, peer, packets, bytes, now);
  }

  noteReceived(
    keypair: Keypair,
    from: Endpoint,
    packets: number,
    keepalives: number,
    bytes: number,
    now: Instant,
  ): void {
    noteReceived(this.#engine, keypair, from, packets, keepalives, bytes, now);
  }

  drop(peer: Peer | null, reason: DropReason, now: Instant, packets = 1, detail?: () => string): void {
    this.#engine.log.drop(peer, now, reason, packets, detail);
  }

  /** A driver does with a thread less. */
  tellThreadLost(reason: string, now: Instant): void {
    this.#engine.log.tell(null, now, { tag: 'thread-lost', reason });
  }

  /** The peer at an endpoint: a driver knows of failures only by where something was to go. */
  peerAt({ address, port }: Endpoint): Peer | null {
    for (const peer of this.#peers) {
      if (peer.endpoint?.port === port && peer.endpoint.address === address) return peer;
    }
    return null;
  }

  /** Zeroes every key. The device must not be used afterwards. */
  destroy(): void {
    this.down();
    this.#peers.removeAll();
    this.#responder.destroy();
    this.#engine.local?.privateKey.fill(0);
    this.#engine.local = null;
  }

  #greet(peer: Peer, now: Instant): void {
    if (!this.#engine.isUp || !peer.wantsGreeting || !peer.endpoint || !peer.staticShared) return;
    peer.wantsGreeting = false;
    const isDue = peer.timers.persistentKeepaliveSeconds > 0 || peer.staged.length > 0;
    if (isDue) sendKeepalive(this.#engine, peer, now);
  }

  /** The keys of sessions are those of the old identity: nothing more is sent with them. */
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
      peer.wantsGreeting = true;
    }
  }
}

function addressText(packet: Uint8Array, at: number, ipv4: number, ipv6: number): string {
  const v4 = ipVersion(packet, at) === 4;
  const from = at + (v4 ? ipv4 : ipv6);
  return formatIp(packet.subarray(from, from + (v4 ? 4 : 16)));
}
