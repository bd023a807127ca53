/**
 * Key logs of Wireshark's WireGuard dissector: text with one `NAME = base64` per line.
 *
 * @module
 */

/** Lines with keys that outlive a handshake. With them, somebody can impersonate the peer. */
const LONG_TERM_KEYS = /^.*(?:LOCAL_STATIC_PRIVATE_KEY|PRESHARED_KEY).*(?:\r?\n|\r|$)/gim;

/**
 * Returns a key log without the lines of private and preshared keys, so that it can be passed on. Comment lines that
 * name such a key are removed too.
 */
export function withoutLongTermKeys(text: string): string {
  return text.replace(LONG_TERM_KEYS, '');
}
