/**
 * What all parts of the engine share: primitives, clocks, the device's own keys, and where messages
 * and events go.
 *
 * @module
 */
import type { Primitives } from '../../core/primitives.ts';
import type { Nanos } from '../../core/time.ts';
import type { Endpoint, WallTime } from '../../core/tunnel-config.ts';
import type { EventLog } from './counts.ts';
import type { LocalIdentity } from './identity.ts';
import type { IndexTable } from './index-table.ts';
import type { Peer } from './peer.ts';
import type { Tai64nClock } from './tai64n.ts';

/** What an engine is given: nothing else of the world around it reaches it. */
export interface EngineDeps {
  readonly primitives: Primitives;
  /** Cryptographically secure. */
  readonly random: (bytes: number) => Uint8Array;
  readonly wall: () => WallTime;
  /** 0 to 333 ms, uniform (REKEY_TIMEOUT_JITTER_MAX). */
  readonly jitter: () => Nanos;
  /** Takes the lines of a key log; `null` for none. */
  readonly keylog: ((line: string) => void) | null;
}

/** A datagram for the socket. `ecn` is for its IP header (RFC 6040). */
export interface Transmit {
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly ecn: number;
}

export interface Engine {
  readonly deps: EngineDeps;
  readonly log: EventLog;
  readonly indices: IndexTable;
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
