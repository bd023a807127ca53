/**
 * Dependencies of the engine.
 *
 * @module
 */
import type { Primitives } from '../../core/primitives.ts';
import type { WallTime } from '../../core/shapes/tunnel-config.ts';
import type { Nanos } from '../../core/time.ts';

/** Everything outside of the engine that it uses besides its inputs. */
export interface EngineDeps {
  readonly primitives: Primitives;
  /** Cryptographically secure random octets. */
  readonly random: (bytes: number) => Uint8Array;
  /** Reads the wall clock, for timestamps of initiations and times of handshakes. */
  readonly wall: () => WallTime;
  /** Random time from 0 to REKEY_TIMEOUT_JITTER_MAX, uniform. */
  readonly jitter: () => Nanos;
  /** Writes a line to the key log; `null` if there is none. */
  readonly keylog: ((line: string) => void) | null;
}
