/**
 * What connections cost that are held open: memory gained, shared out over them.
 *
 * @module
 */
import type { HeldMemory } from '../../core/shapes/connections.ts';

/** Fewer connections cost less than other things that happen on a host meanwhile. */
const LEAST_CONNECTIONS = 100;

interface Reading {
  readonly processBytes: number | null;
  readonly kernelBytes: number | null;
}

/** Memory for each of `connections`; `null` of fewer than 100. A reading that shrank counts as 0: it shows no cost. */
export function heldMemory(before: Reading, after: Reading, connections: number): HeldMemory | null {
  if (connections < LEAST_CONNECTIONS) return null;
  const each = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : Math.max(0, to - from) / connections;
  return {
    process_bytes: each(before.processBytes, after.processBytes),
    kernel_bytes: each(before.kernelBytes, after.kernelBytes),
  };
}
