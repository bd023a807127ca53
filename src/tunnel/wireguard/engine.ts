/**
 * What all parts of the engine share: primitives, clocks, the device's own keys, and where messages
 * and events go.
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

export type IndexEntry =
  | { readonly tag: 'handshake'; readonly peer: Peer }
  | { readonly tag: 'keypair'; readonly keypair: PeerKeypair };

/** A datagram for the socket. `ecn` is for its IP header (RFC 6040). */
export interface Transmit {
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly ecn: number;
}

export interface Engine {
  readonly deps: EngineDeps;
  readonly log: EventLog;
  readonly indices: IndexTable<IndexEntry>;
  readonly timestamps: Tai64nClock;
  /** `null` before a private key is set. */
  local: LocalIdentity | null;
  /** Of the device; 0 for none. */
  mtu: number;
  /** A device that is down sends nothing and takes nothing. */
  isUp: boolean;
  transmit(message: Transmit): void;
  /** To be called after anything that may have armed a timer of the peer. */
  armed(peer: Peer): void;
}
