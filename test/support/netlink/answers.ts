/**
 * What the kernel answered to questions about the devices of `test/vm/support/devices.ts`, without headers of netlink.
 *
 * @module
 */
import answers from './answers.json' with { type: 'json' };

export const NETLINK_ANSWERS = answers;

export function octets(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
