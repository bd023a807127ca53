/**
 * The world around the engine.
 *
 * @module
 */
import type { Primitives } from '../../core/primitives.ts';
import type { WallTime } from '../../core/shapes/tunnel-config.ts';
import type { Nanos } from '../../core/time.ts';

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
