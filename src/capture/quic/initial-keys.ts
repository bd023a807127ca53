/**
 * Derives the keys of a client's Initial packets from the destination connection id of the first one and a public salt
 * (RFC 9001 §5.2; RFC 9369 §3.3).
 *
 * @module
 */
import { fromHex } from '../../core/bytes.ts';
import { AES_BYTES, type QuicCrypto } from '../../core/quic-crypto.ts';
import { QUIC_V2 } from '../layers/encrypted/quic.ts';

/** The keys of a client's Initial packets (RFC 9001 §5.1). */
export interface InitialKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** Header protection key. */
  readonly hp: Uint8Array;
}

const IV_BYTES = 12;
const SECRET_BYTES = 32;

interface Version {
  readonly salt: Uint8Array;
  /** Prefix of the HKDF labels `key`, `iv` and `hp`. */
  readonly label: string;
}

const VERSIONS: ReadonlyMap<number, Version> = new Map([
  [1, { salt: octets('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'), label: 'quic' }],
  [QUIC_V2, { salt: octets('0dede3def700a6db819381be6e269dcbf9bd2ed9'), label: 'quicv2' }],
]);

/**
 * Derives the keys with which a client encrypts its Initial packets.
 *
 * @returns `null` for a version whose salt is not known
 */
export function clientInitialKeys(crypto: QuicCrypto, version: number, destinationId: Uint8Array): InitialKeys | null {
  const known = VERSIONS.get(version);
  if (known === undefined) return null;
  const initial = crypto.hmac(known.salt, destinationId);
  const secret = expandLabel(crypto, initial, 'client in', SECRET_BYTES);
  return {
    key: expandLabel(crypto, secret, `${known.label} key`, AES_BYTES),
    iv: expandLabel(crypto, secret, `${known.label} iv`, IV_BYTES),
    hp: expandLabel(crypto, secret, `${known.label} hp`, AES_BYTES),
  };
}

/** HKDF-Expand-Label without a context (RFC 8446 §7.1): up to 32 octets, one round of HKDF-Expand (RFC 5869 §2.3). */
function expandLabel(crypto: QuicCrypto, secret: Uint8Array, label: string, count: number): Uint8Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  return crypto.hmac(secret, Uint8Array.of(0, count, name.length), name, Uint8Array.of(0, 1)).subarray(0, count);
}

function octets(text: string): Uint8Array {
  return fromHex(text) ?? new Uint8Array(0);
}
