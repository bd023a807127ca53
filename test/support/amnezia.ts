/**
 * Disguises messages of WireGuard as AmneziaWG does (github.com/amnezia-vpn/amneziawg-go, device/send.go): written by
 * hand from that order of octets, with none of the code under test.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { blake2s } from '@noble/hashes/blake2.js';
import { join, le32 } from './packets.ts';

const MAC_BYTES = 16;

/** Octets that look random, and are the same in every run. */
export function noise(count: number, seed = 1): Uint8Array {
  let state = seed >>> 0 || 1;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/**
 * @param prefixBytes - S of the message's type
 * @param type - out of H of the message's type
 * @param receiver - public key that mac1 is made with; `null`: mac1 stays as it is
 */
export function disguise(
  message: Uint8Array,
  prefixBytes: number,
  type: number,
  receiver: Uint8Array | null = null,
): Uint8Array {
  const changed = join(le32(type), message.slice(4));
  if (receiver !== null) {
    const at = changed.length - 2 * MAC_BYTES;
    const key = createHash('blake2s256').update('mac1----').update(receiver).digest();
    changed.set(blake2s(changed.slice(0, at), { key, dkLen: MAC_BYTES }), at);
  }
  return join(noise(prefixBytes, type), changed);
}
