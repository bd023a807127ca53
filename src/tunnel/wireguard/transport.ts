/**
 * Sends and receives data messages one at a time: the slow path, used for all packets that no faster data path handles.
 *
 * Drivers with their own data path encrypt and decrypt there, and report it with `noteSent` and `noteReceived`.
 *
 * @see whitepaper §5.4.6, §6.5
 * @module
 */
import { TAG_BYTES } from '../../core/primitives.ts';
import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import type { Instant } from '../../core/time.ts';
import { MAX_UDP_PAYLOAD_BYTES } from '../../wire/ip.ts';
import { DATA_MESSAGE_HEADER_BYTES, type DataMessage, writeDataHeader } from '../../wire/wireguard.ts';
import { encapsulateEcn } from '../offload/ecn.ts';
import { KEEPALIVE_TIMEOUT, REJECT_AFTER_TIME, REKEY_TIMEOUT } from './constants.ts';
import { DecryptedMessage } from './decrypted-message.ts';
import type { EngineState } from './engine.ts';
import { requestHandshake } from './handshake/initiation.ts';
import { paddedBytes } from './padding.ts';
import type { Keypair } from './peer/keypair.ts';
import type { Peer, PeerKeypair } from './peer/peer.ts';
import { beginSession, noteSource } from './peer/session.ts';
import { isOwnMessage } from './routing-loop.ts';

const NOTHING = new Uint8Array(0);
/** Largest padded packet that fits in a datagram. */
const MAX_PADDED_BYTES = MAX_UDP_PAYLOAD_BYTES - DATA_MESSAGE_HEADER_BYTES - TAG_BYTES;
/**
 * Age at which an initiator that only receives replaces its key, so that there is a new one before this one expires.
 */
const REKEY_BEFORE_REJECT = REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT;

/** Encrypts and sends a packet, or queues it until there is a key. The packet is copied. */
export function sendPacket(engine: EngineState, peer: Peer, packet: Uint8Array, now: Instant): void {
  if (!peer.endpoint) return engine.log.drop(peer, now, 'no-endpoint');
  if (!peer.staticShared) return engine.log.drop(peer, now, 'unusable-key');
  if (paddedBytes(packet.length, engine.mtu) > MAX_PADDED_BYTES) return engine.log.drop(peer, now, 'path-mtu');
  const keypair = peer.sendingKeypair(now);
  if (keypair && isOwnMessage(packet, 0, keypair.remoteIndex)) return engine.log.drop(peer, now, 'routing-loop');
  if (keypair && seal(engine, keypair, packet)) return noteSent(engine, peer, 1, 0, now);
  if (!peer.staged.push(packet)) engine.log.drop(peer, now, 'staged-overflow');
  requestHandshake(engine, peer, 'no-key', now);
}

/** Sends the packets that were queued for a key. */
export function sendStaged(engine: EngineState, peer: Peer, now: Instant): void {
  for (const packet of peer.staged.take()) sendPacket(engine, peer, packet, now);
}

/**
 * Sends a keepalive, or the queued packets if there are any. Without a key, begins a handshake, which ends with one.
 */
export function sendKeepalive(engine: EngineState, peer: Peer, now: Instant): void {
  if (peer.staged.length > 0) return sendStaged(engine, peer, now);
  const keypair = peer.sendingKeypair(now);
  if (!keypair || !peer.endpoint || !seal(engine, keypair, NOTHING)) {
    return requestHandshake(engine, peer, 'keepalive', now);
  }
  peer.timers.authenticatedSent(now);
  engine.timersChanged(peer);
  engine.log.report(peer, now, { tag: 'keepalive-sent' });
  replaceOldKey(engine, peer, now);
}

/**
 * Decrypts a data message.
 *
 * @param ecn - ECN field of the outer IP header
 */
export function decryptMessage(
  { deps }: EngineState,
  keypair: Keypair,
  message: DataMessage,
  ecn: number,
): DecryptedMessage {
  const { counterHigh, counterLow, encryptedPacket } = message;
  const decrypted = new DecryptedMessage(new Uint8Array(encryptedPacket.length - TAG_BYTES));
  const key = deps.primitives.aead.key(keypair.receiveKey);
  decrypted.isAuthentic = key.open(counterHigh, counterLow, encryptedPacket, decrypted.bytes);
  key.destroy();
  decrypted.counterHigh = counterHigh;
  decrypted.counterLow = counterLow;
  decrypted.length = decrypted.bytes.length;
  decrypted.outerEcn = ecn;
  return decrypted;
}

/**
 * Records sent packets: statistics and timers.
 *
 * @param bytes - size of the messages; 0 if the engine encrypted them, which counts them itself
 */
export function noteSent(engine: EngineState, peer: Peer, packets: number, bytes: number, now: Instant): void {
  peer.txBytes += bytes;
  peer.timers.authenticatedSent(now);
  if (packets > 0) peer.timers.dataSent(now);
  engine.timersChanged(peer);
  replaceOldKey(engine, peer, now);
}

/** Authentic messages, without replays, that were received with one key. */
export interface ReceivedMessages {
  /** Messages that were not keepalives. */
  packets: number;
  keepalives: number;
  /** Size of all of them. */
  bytes: number;
}

/** Records received messages: statistics, source and timers. */
export function noteReceived(
  engine: EngineState,
  keypair: PeerKeypair,
  from: Endpoint,
  { packets, keepalives, bytes }: Readonly<ReceivedMessages>,
  now: Instant,
): void {
  const { peer } = keypair;
  peer.rxBytes += bytes;
  if (keepalives > 0) {
    peer.counts.countEvent('keepalive-received', keepalives - 1);
    engine.log.report(peer, now, { tag: 'keepalive-received' });
  }
  noteSource(engine, peer, from, keypair.isInitiator, now);
  if (peer.confirm(keypair)) confirmSession(engine, peer, now);
  peer.timers.authenticatedReceived(now);
  if (packets > 0) peer.timers.dataReceived(now);
  engine.timersChanged(peer);
  const current = peer.sendingKeypair(now);
  if (peer.requestedBeforeExpiry || !current?.isInitiator || now - current.createdAt < REKEY_BEFORE_REJECT) return;
  peer.requestedBeforeExpiry = true;
  requestHandshake(engine, peer, 'key-ends', now);
}

/** Completes a handshake at the responder: a received message proved that the initiator has the new key. */
function confirmSession(engine: EngineState, peer: Peer, now: Instant): void {
  engine.log.report(peer, now, { tag: 'session-confirmed' });
  beginSession(engine, peer, now);
  sendStaged(engine, peer, now);
}

function replaceOldKey(engine: EngineState, peer: Peer, now: Instant): void {
  if (peer.sendingKeypair(now)?.wantsRekey(now)) requestHandshake(engine, peer, 'key-age', now);
}

/** Encrypts and sends one data message. Returns false if the counter of the key is exhausted. */
function seal(engine: EngineState, keypair: PeerKeypair, packet: Uint8Array): boolean {
  const { peer } = keypair;
  const counter = keypair.takeCounters(1);
  if (counter < 0 || !peer.endpoint) return false;
  const padded = paddedBytes(packet.length, engine.mtu);
  const bytes = new Uint8Array(DATA_MESSAGE_HEADER_BYTES + padded + TAG_BYTES);
  const high = Math.floor(counter / 0x1_0000_0000);
  const low = counter >>> 0;
  writeDataHeader(bytes, 0, keypair.remoteIndex, high, low);
  bytes.set(packet, DATA_MESSAGE_HEADER_BYTES);
  const text = bytes.subarray(DATA_MESSAGE_HEADER_BYTES);
  const key = engine.deps.primitives.aead.key(keypair.sendKey);
  key.seal(high, low, text.subarray(0, padded), text);
  key.destroy();
  peer.txBytes += bytes.length;
  engine.transmit({ to: peer.endpoint, bytes, ecn: packet.length > 0 ? encapsulateEcn(packet, 0) : 0 });
  return true;
}
