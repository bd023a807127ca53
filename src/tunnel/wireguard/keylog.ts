/**
 * Lines of Wireshark's key log, with which it decrypts a handshake and all that is sent with its keys.
 *
 * @see Wireshark's packet-wireguard.c, the preference wg.keylog_file
 * @module
 */
import { formatKey, isZeroKey } from '../keys.ts';
import type { LocalIdentity } from './handshake/identity.ts';

/** Logs what one end knows of one handshake, in the order that Wireshark wants. */
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
