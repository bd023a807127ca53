/**
 * Explains why a capture did not begin, and what to do.
 *
 * @module
 */
import { NetError } from '../../../core/errors.ts';
import { readInterfaces } from '../../../system/interfaces.ts';
import type { LivePlan } from './live-source.ts';

/**
 * Makes an error from a message of the capture tool: `ERR_USAGE` for a wrong device or filter, otherwise
 * `ERR_UNSUPPORTED`.
 *
 * @param words - the message of libpcap, or of the program that uses it
 */
export function captureRefusal(plan: LivePlan, tool: string, words: string): NetError {
  const reason = words
    .replace(new RegExp(`^${tool}: `, 'gm'), '')
    .trim()
    .replace(/\s*\n\s*/g, '; ');
  if (/permission|not permitted/i.test(words)) {
    return new NetError('ERR_UNSUPPORTED', `cannot capture on ${plan.device}: it needs root or CAP_NET_RAW (sudo)`);
  }
  if (/no such device|isn't available|doesn't exist|no interface/i.test(words)) {
    const devices = Object.keys(readInterfaces()).join(', ');
    const there = devices === '' ? '' : `; there are ${devices}`;
    return new NetError('ERR_USAGE', `there is no device ${plan.device} to capture on${there}`);
  }
  if (/filter|syntax error|parse/i.test(words)) {
    return new NetError(
      'ERR_USAGE',
      `the filter '${plan.filter}' is not one of libpcap's (see pcap-filter(7)): ${reason}`,
    );
  }
  return new NetError('ERR_UNSUPPORTED', `${tool} cannot capture on ${plan.device}: ${reason}`);
}
