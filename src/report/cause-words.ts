/**
 * What can hold a test back, as a sentence goes on after "limited by".
 *
 * @module
 */
import type { LimitedBy } from '../core/result.ts';

const CAUSES: Record<LimitedBy['cause'], string> = {
  'receiver-cpu': "the receiver's processor",
  'sender-cpu': "the sender's processor",
  window: 'the TCP window',
  loss: 'loss on the path',
  pacing: 'the rate of the test',
  'receive-buffer': "the receiver's socket buffer",
  unknown: 'an unknown cause',
};

/** A cause in words. */
export function causeWords(cause: LimitedBy['cause']): string {
  return CAUSES[cause];
}
