/**
 * What an ICMP message that answers a probe means.
 *
 * @see RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1; RFC 4443 §3
 * @module
 */
import type { AnswerKind } from './trace-plan.ts';

/** The meaning of one message. */
export interface IcmpMeaning {
  readonly kind: AnswerKind;
  /** For `unreachable`: why, in words. */
  readonly reason: string | null;
}

const UNREACHABLE_V4: Readonly<Record<number, string>> = {
  0: 'network unreachable',
  1: 'host unreachable',
  2: 'protocol unreachable',
  5: 'source route failed',
  6: 'network unknown',
  7: 'host unknown',
  9: 'network administratively prohibited',
  10: 'host administratively prohibited',
  11: 'network unreachable for this type of service',
  12: 'host unreachable for this type of service',
  13: 'communication administratively prohibited',
};
const UNREACHABLE_V6: Readonly<Record<number, string>> = {
  0: 'no route to the destination',
  1: 'communication administratively prohibited',
  2: 'beyond the scope of the source address',
  3: 'address unreachable',
  5: 'source address failed a policy',
  6: 'route to the destination is rejected',
};

/**
 * The meaning of a message; `null` for one that answers no probe.
 *
 * @param isFromTarget - whether the target itself sent it: then the probe arrived, whatever it says
 */
export function icmpMeaning(family: 4 | 6, type: number, code: number, isFromTarget: boolean): IcmpMeaning | null {
  if (type === (family === 4 ? 11 : 3)) return code === 0 ? { kind: 'time-exceeded', reason: null } : null;
  if (family === 4 ? type === 3 && code === 4 : type === 2) return { kind: 'too-big', reason: null };
  if (type !== (family === 4 ? 3 : 1)) return null;
  // Port unreachable comes from the target, whatever address it answers with.
  if (isFromTarget || code === (family === 4 ? 3 : 4)) return { kind: 'target', reason: null };
  const reason = (family === 4 ? UNREACHABLE_V4 : UNREACHABLE_V6)[code] ?? `unreachable, code ${code}`;
  return { kind: 'unreachable', reason };
}
