/**
 * What a client says that its test is for. A server names and counts the test by it, and does nothing else with it.
 *
 * @module
 */
import type { TestPurpose, TestSpec } from '../core/shapes/spec.ts';
import { check, oneOf, type Shape, text } from './shape.ts';

const known = oneOf('ping', 'mtu', 'trace');

/** Checks a purpose. One that only a newer client knows becomes `null`. */
export const testPurpose: Shape<TestPurpose | null> = (value, at) => {
  const found = check(known, value);
  if (found.ok) return found.value;
  text(32)(value, at);
  return null;
};

/**
 * What a test is for.
 *
 * @param asked - what the client says; `null` from an older one
 * @param isTrace - whether a trace back was asked for
 * @returns `null` if it is the test that `spec` says, and where a client claims what its test cannot be for
 */
export function purposeOf(
  { test, protocol }: Pick<TestSpec, 'test' | 'protocol'>,
  asked: TestPurpose | null,
  isTrace: boolean,
): TestPurpose | null {
  if (isTrace) return 'trace';
  const isOfProbes = test === 'latency' && protocol === 'udp';
  // The segments of TCP are seen in a download of one octet.
  if (asked === 'mtu') return isOfProbes || (test === 'bandwidth' && protocol === 'tcp') ? asked : null;
  return asked === 'ping' && isOfProbes ? asked : null;
}
