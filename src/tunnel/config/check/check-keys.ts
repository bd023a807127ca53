/**
 * Finds keys in the wrong place, and keys with which no handshake can succeed.
 *
 * @module
 */
import { toHex } from '../../../core/bytes.ts';
import { isZeroKey, sameKey } from '../../keys.ts';
import type { PeerConfig } from '../config.ts';
import { isMissing, lineOf, type SectionLines } from '../lines.ts';
import type { Check } from './facts.ts';

/** Points of small order on Curve25519 and its twist: X25519 gives zero with any of them. */
const LOW_ORDER: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

/** Reports missing, swapped, repeated and unusable keys. */
export const checkKeys: Check = ({ config, lines }, { ownPublicKey }) => {
  const { privateKey } = config.interface;
  const usable = privateKey !== null && !isZeroKey(privateKey);
  const missing = {
    line: lineOf(lines.interface, 'PrivateKey'),
    key: 'PrivateKey',
    severity: 'warning',
    message: privateKey === null ? 'missing: no handshake can be made' : 'all zero, which stands for no key',
    fix: 'make one with `wg genkey`',
  } as const;
  const own = { privateKey: usable ? privateKey : null, publicKey: usable ? ownPublicKey : undefined };
  const publicKeys = new Map<string, number>();
  for (const [i, peer] of config.peers.entries()) {
    const key = toHex(peer.publicKey);
    if (!publicKeys.has(key)) publicKeys.set(key, lineOf(lines.peers[i], 'PublicKey'));
  }
  return [
    ...(usable || (privateKey === null && !isMissing(lines.interface, 'PrivateKey')) ? [] : [missing]),
    ...config.peers.flatMap((peer, i) => [
      ...publicKeyFindings(peer, lines.peers[i], own, publicKeys),
      ...presharedKeyFindings(peer, lines.peers[i], own, publicKeys),
    ]),
  ];
};

interface OwnKeys {
  readonly privateKey: Uint8Array | null;
  readonly publicKey: Uint8Array | undefined;
}
type PeerCheck = (
  peer: PeerConfig,
  lines: SectionLines | undefined,
  own: OwnKeys,
  firstLines: ReadonlyMap<string, number>,
) => ReturnType<Check>;

const publicKeyFindings: PeerCheck = ({ publicKey }, lines, own, firstLines) => {
  const at = { line: lineOf(lines, 'PublicKey'), key: 'PublicKey' } as const;
  if (own.privateKey && sameKey(publicKey, own.privateKey)) {
    const fix = 'put the public key of the other end here, and make a new private key if this file was passed on';
    return [{ ...at, severity: 'error', message: 'the private key of this file', fix }];
  }
  if (own.publicKey && sameKey(publicKey, own.publicKey)) {
    const fix = 'put the public key of the other end here';
    return [{ ...at, severity: 'warning', message: 'our own: a device ignores itself as a peer', fix }];
  }
  if (isLowOrder(publicKey)) {
    const message = 'a value that no private key makes: every handshake with it is refused';
    return [{ ...at, severity: 'warning', message, fix: 'copy the public key from the other end again' }];
  }
  const first = firstLines.get(toHex(publicKey));
  if (first === undefined || first >= at.line) return [];
  const message = `the same peer as on line ${first}: this section replaces the AllowedIPs of that one`;
  return [{ ...at, severity: 'warning', message, fix: 'keep one section a peer' }];
};

const presharedKeyFindings: PeerCheck = ({ presharedKey }, lines, own, firstLines) => {
  if (!presharedKey) return [];
  const at = {
    line: lineOf(lines, 'PresharedKey'),
    key: 'PresharedKey',
    fix: 'make one with `wg genpsk`, for both ends',
  };
  if (own.privateKey && sameKey(presharedKey, own.privateKey)) {
    return [{ ...at, severity: 'error', message: 'the private key of this file, which the other end would learn' }];
  }
  const ownPublic = own.publicKey && sameKey(presharedKey, own.publicKey);
  if (!ownPublic && !firstLines.has(toHex(presharedKey))) return [];
  return [{ ...at, severity: 'warning', message: 'a public key, which is no secret' }];
};

/** X25519 ignores the highest bit (RFC 7748 §5). */
function isLowOrder(publicKey: Uint8Array): boolean {
  const masked = publicKey.slice();
  masked[31] = (masked[31] ?? 0) & 0x7f;
  return LOW_ORDER.has(toHex(masked));
}
