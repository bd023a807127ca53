/**
 * Instants and durations in nanoseconds, as plain numbers.
 *
 * A `number` counts nanoseconds exactly up to 2^53, which is 104 days of uptime; beyond that the
 * step is 2 ns, still finer than any clock read here. All instants are monotonic: no engine ever
 * sees the wall clock, so setting it back during a run changes nothing.
 *
 * @module
 */

/** Nanoseconds on the monotonic clock of one host. Only differences have a meaning. */
export type Instant = number;

/** A span in nanoseconds. */
export type Nanos = number;

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/** Reads the monotonic clock. Injected, so that tests can run on a manual one. */
export type Clock = () => Instant;
