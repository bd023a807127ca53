/**
 * Finds what limited a bandwidth test, with the evidence.
 *
 * The rules are ordered from certain to likely. The first one that finds something decides. If none does, the cause is
 * `unknown`.
 *
 * @module
 */
import type { LimitedBy } from '../../core/shapes/flow.ts';
import { formatRate } from '../../core/units.ts';
import { nothingReceived } from './empty-flow-limit.ts';
import { processor, quota, receiveBuffer, sendBuffer, wholeHost, window } from './host-limits.ts';
import type { Finding, LimitInputs } from './inputs.ts';
import { losses, TELLING_LOSS } from './loss-limits.ts';
import { congestionWindow, queue, rateLimit, sendingQueue } from './path-limits.ts';

/** Rules about figures that both ends report of themselves. If one of them finds a cause, no trial of the path is needed. */
const CERTAIN = [noRate, pacing, quota, receiveBuffer, nothingReceived, window, processor] as const;
const LIKELY = [rateLimit, sendingQueue, queue, losses, sendBuffer, wholeHost, congestionWindow] as const;

/** Finds the cause for one direction of a test. */
export function limitedBy(inputs: LimitInputs): LimitedBy {
  const { direction } = inputs.flow;
  for (const rule of [...CERTAIN, ...LIKELY]) {
    const found = rule(inputs);
    if (found) return { ...found, direction };
  }
  return { cause: 'unknown', direction, evidence: 'no counter of either end explains it' };
}

/** Which trial of the path could improve the finding for a direction; `null` if none could. */
export function trialWanted(inputs: LimitInputs): 'rate' | 'size' | null {
  const { flow } = inputs;
  if (noRate(inputs)) return null;
  if (flow.bytes_received === 0) return 'size';
  // If all datagrams were received, the path was no limit.
  if (flow.loss_ratio !== null && flow.loss_ratio < TELLING_LOSS) return null;
  return CERTAIN.some((rule) => rule(inputs)) ? null : 'rate';
}

/** Handles a direction without a goodput. */
function noRate(inputs: LimitInputs): Finding {
  const { flow } = inputs;
  if (flow.goodput_bps !== null) return undefined;
  if (flow.bytes_received === null) {
    const untold = `the ${flow.receiver} did not tell what arrived`;
    const found = quota(inputs);
    // A host that could not tell in time says at least what it was short of.
    if (found?.cause === 'receiver-cpu') return { ...found, evidence: `${untold}; ${found.evidence}` };
    return { cause: 'unknown', evidence: untold };
  }
  if (flow.bytes_received === 0) return { cause: 'unknown', evidence: `the ${flow.sender} could send nothing` };
  return { cause: 'unknown', evidence: 'all of it came at one instant, which is no time to tell a rate by' };
}

function pacing({ spec, clipped, flow }: LimitInputs): Finding {
  if (spec.rate_bps === null || flow.goodput_bps === null || flow.goodput_bps < 0.97 * spec.rate_bps) return undefined;
  const rate = formatRate(spec.rate_bps);
  const isCut = clipped.some(({ field }) => field === 'rate_bps');
  return { cause: 'pacing', evidence: isCut ? `the server allows ${rate}` : `${rate} was asked for with -b` };
}
