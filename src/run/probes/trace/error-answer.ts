/**
 * Turns an error of an error queue into the answer to a probe.
 *
 * @module
 */
import type { Instant } from '../../../core/time.ts';
import type { ProbeError } from '../../../native/probe/probe-errors.ts';
import { icmpMeaning } from '../../../path/trace/icmp-meaning.ts';
import type { ProbeAnswer } from '../../../path/trace/trace-plan.ts';
import { decodeMplsLabels } from '../../../wire/probe/icmp-extension.ts';

/** The probe that an error belongs to; `id` is `null` where the message quotes too little. */
export interface ErrorOwner {
  readonly id: number | null;
  readonly flow: number;
}

/**
 * The answer; `null` for errors of this host itself, and for messages that answer no probe.
 *
 * @param target - address that is probed
 */
export function errorAnswer(
  error: ProbeError,
  { id, flow }: ErrorOwner,
  target: { readonly address: string; readonly family: 4 | 6 },
  at: Instant,
): ProbeAnswer | null {
  const { isIcmp, offender, ttl, info } = error;
  if (!isIcmp || offender === null) return null;
  const meaning = icmpMeaning(target.family, error.type, error.code, offender === target.address);
  if (meaning === null) return null;
  const mtuBytes = meaning.kind === 'too-big' && info > 0 ? info : null;
  const labels = error.extension === null ? [] : decodeMplsLabels(error.extension);
  return { id, flow, from: offender, kind: meaning.kind, reason: meaning.reason, ttl, mtuBytes, labels, at };
}
