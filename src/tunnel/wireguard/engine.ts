/**
 * State that all parts of the engine share: dependencies, the keys of the device, and the outputs for messages and
 * events.
 *
 * @module
 */
import type { Endpoint } from '../../core/shapes/tunnel-config.ts';
import type { EventLog } from './counts.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { LocalIdentity } from './handshake/identity.ts';
import type { Tai64nClock } from './handshake/tai64n.ts';
import type { IndexTable } from './index-table.ts';
import type { Peer, PeerKeypair } from './peer/peer.ts';

/** What a local index identifies: a handshake in progress, or a session. */
export type IndexEntry =
  | { readonly tag: 'handshake'; readonly peer: Peer }
  | { readonly tag: 'keypair'; readonly keypair: PeerKeypair };

/** A datagram to send. `ecn` is the ECN field of its IP header (RFC 6040). */
export interface Transmit {
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly ecn: number;
}

/** Shared state of one device. */
export interface EngineState {
  readonly deps: EngineDeps;
  readonly log: EventLog;
  readonly indices: IndexTable<IndexEntry>;
  readonly timestamps: Tai64nClock;
  /** `null` before a private key is set. */
  local: LocalIdentity | null;
  /** MTU of the device; 0 for none. */
  mtu: number;
  /** A device that is down neither sends nor receives. */
  isUp: boolean;
  /** Queues a datagram for the socket. */
  transmit(message: Transmit): void;
  /** Must be called after any action that may have started a timer of the peer. */
  timersChanged(peer: Peer): void;
}
