/**
 * Key log for Wireshark, with which it decrypts a handshake and the data of its session.
 *
 * @see Wireshark's packet-wireguard.c, the preference wg.keylog_file
 * @module
 */
import { formatKey, isZeroKey } from '../keys.ts';
import type { LocalIdentity } from './handshake/identity.ts';

/** Logs the keys of one end for one handshake, in the order that Wireshark requires. Does nothing without a key log. */
export function logKeys(
  keylog: ((line: string) => void) | null,
  local: LocalIdentity,
  peer: { readonly publicKey: Uint8Array; readonly presharedKey: Uint8Array },
  ephemeralPrivate: Uint8Array,
): void {
  if (!keylog) return;
  keylog(`LOCAL_STATIC_PRIVATE_KEY = ${formatKey(local.privateKey)}`);
  keylog(`REMOTE_STATIC_PUBLIC_KEY = ${formatKey(peer.publicKey)}`);
  keylog(`LOCAL_EPHEMERAL_PRIVATE_KEY = ${formatKey(ephemeralPrivate)}`);
  if (!isZeroKey(peer.presharedKey)) keylog(`PRESHARED_KEY = ${formatKey(peer.presharedKey)}`);
}
