/**
 * The causes that can limit a test, as the end of a sentence after "limited by".
 *
 * @module
 */
import type { LimitedBy } from '../../core/shapes/flow.ts';

const CAUSES: Record<LimitedBy['cause'], string> = {
  'receiver-cpu': "the receiver's processor",
  'sender-cpu': "the sender's processor",
  window: 'the TCP window',
  shaper: 'a rate limit of the path that queues (a shaper, or its slowest link)',
  'varying-rate': 'the rate of the path, which varies',
  policer: 'a rate limit of the path that drops (a policer, or a short queue)',
  reordering: 'packets that overtake others on the path',
  loss: 'loss on the path',
  'path-mtu': 'an MTU of the path that no router told',
  pacing: 'the rate of the test',
  'receive-buffer': "the receiver's socket buffer",
  'wireless-link': 'the wireless link',
  unknown: 'an unknown cause',
};

/** The text for a cause: `the TCP window`. */
export function causeWords(cause: LimitedBy['cause']): string {
  return CAUSES[cause];
}
