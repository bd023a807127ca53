/**
 * Instants and durations in nanoseconds, as plain numbers.
 *
 * A `number` counts nanoseconds exactly up to 2^53, which is 104 days of uptime; beyond that the
 * resolution is 2 ns, still finer than any clock read here. All instants are monotonic: no engine
 * reads the wall clock, so setting the wall clock during a run changes nothing.
 *
 * @module
 */

/** Nanoseconds on the monotonic clock of one host. Only differences between instants of one host are meaningful. */
export type Instant = number;

/** A duration in nanoseconds. */
export type Nanos = number;

/** Nanoseconds in a microsecond. */
export const NS_PER_US = 1_000;
/** Nanoseconds in a millisecond. */
export const NS_PER_MS = 1_000_000;
/** Nanoseconds in a second. */
export const NS_PER_S = 1_000_000_000;

/** Reads the monotonic clock. It is an argument everywhere, so that tests can use a manual clock. */
export type Clock = () => Instant;
