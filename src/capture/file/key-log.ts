/**
 * Key log text of Wireshark's WireGuard dissector: one `NAME = base64` a line.
 *
 * @module
 */

/**
 * What outlives a handshake: who has it can pose as the peer, or join with what else leaks.
 */
const LONG_TERM_KEYS = /^.*(?:LOCAL_STATIC_PRIVATE_KEY|PRESHARED_KEY).*(?:\r?\n|\r|$)/gim;

/**
 * Returns a key log without private and preshared keys, so that it may be passed on. Lines in comments that
 * name one go too.
 */
export function withoutLongTermKeys(text: string): string {
  return text.replace(LONG_TERM_KEYS, '');
}
