/**
 * Why a tunnel dropped a packet, and what to do about it.
 *
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { DropReason } from '../../tunnel/wireguard/events.ts';

interface Advice {
  /** What happened. A part in brackets is printed only if there is a detail, such as an address, which replaces `%`. */
  readonly what: string;
  /** What to do. `%` is replaced by the prefix of this one address. Empty if there is nothing to do. */
  readonly fix: string;
}

/** For each reason for a drop: what happened, and what to do. */
export const DROP_ADVICE: Readonly<Record<DropReason, Advice>> = {
  'not-wireguard': { what: 'something that is not WireGuard came to the port', fix: '' },
  'bad-mac1': {
    what: 'a handshake[ from %] is for another public key than ours',
    fix: 'put the public key of this end, which winze tunnel show prints, into the [Peer] over there',
  },
  'handshake-queue-full': { what: 'too many handshakes at once', fix: 'those who sent them try again' },
  'rate-limited': { what: 'too many handshakes[ from %]', fix: 'they try again' },
  'not-for-us': {
    what: 'a handshake[ from %] was made for another private key than ours',
    fix: 'compare the PrivateKey here with the PublicKey over there',
  },
  'unknown-peer': {
    what: 'a handshake[ from %] with a public key that no [Peer] has',
    fix: 'add a [Peer] with the public key of that end, or correct the one that is there',
  },
  'unusable-key': {
    what: 'this end has no private key, or the peer a public key that no private key makes',
    fix: 'look at both keys with winze tunnel check',
  },
  'forged-initiation': {
    what: 'a handshake claims to be from this peer and is not',
    fix: 'nothing to do: somebody knows its public key and tries',
  },
  'old-timestamp': {
    what: 'a handshake is not later than the last one',
    fix: 'if the clock of the other end was set back, set it right; or remove the peer here and add it again',
  },
  'initiation-flood': {
    what: 'handshakes follow each other within 20 ms',
    fix: 'if it goes on, look whether two devices have the same PrivateKey',
  },
  'unknown-index': {
    what: 'a message belongs to no session, as after a restart of this end',
    fix: 'the other end begins a new handshake in 15 s',
  },
  'bad-response': {
    what: 'the answer to our handshake is not right: it was forged, or the preshared keys differ',
    fix: 'compare PresharedKey at both ends',
  },
  'bad-cookie': { what: 'a cookie that is not for our handshake', fix: '' },
  'expired-key': { what: 'a message came with a key that is too old', fix: 'the next handshake makes a new one' },
  'bad-tag': { what: 'a packet was forged or damaged on the way', fix: '' },
  replayed: { what: 'a packet came again, or very late', fix: 'a few are usual on lines that repeat or reorder' },
  'not-ip': { what: 'what was inside is no IP packet', fix: 'look at the other end' },
  'source-not-allowed': {
    what: 'a packet[ from % inside] came from a peer that may not send from there',
    fix: 'if it may, add to its [Peer] here: AllowedIPs = %',
  },
  'congestion-marked': {
    what: 'a packet was marked as congestion on its way, and its sender would not understand that',
    fix: 'nothing to do: it counts as lost, and slows the sender down',
  },
  'device-full': { what: 'this host did not take a packet[ (%)]', fix: 'if it goes on, look whether the device is up' },
  'malformed-packet': { what: 'this host sent something that is no IP packet', fix: '' },
  'no-peer': {
    what: 'no peer has the destination[ %] in its AllowedIPs',
    fix: 'add to the [Peer] that is to get it: AllowedIPs = %',
  },
  'no-endpoint': {
    what: 'it is not known where the peer is',
    fix: 'set Endpoint, or wait until the peer writes to us; PersistentKeepalive = 25 over there makes it do so',
  },
  'routing-loop': {
    what: 'an encrypted packet of this tunnel was routed into it again',
    fix: 'route Endpoint outside of the tunnel: leave it out of AllowedIPs, or set FwMark and rules for it',
  },
  'staged-overflow': { what: 'more than 128 packets wait for the handshake', fix: '' },
  'handshake-given-up': { what: 'packets waited for a handshake that was not answered', fix: '' },
  'send-failed': {
    what: 'this host could not send[: %]',
    fix: 'see whether there is a route to the endpoint: ip route get ADDRESS',
  },
  'path-mtu': {
    what: 'a packet is larger than its way carries[: %]',
    fix: 'set MTU at both ends to 80 less than the way carries',
  },
};

/** Advice for failures to send that have a cause other than a missing route. */
const SEND_FIXES: readonly (readonly [code: string, fix: string])[] = [
  ['ECONNREFUSED', 'nothing listens on that port there: look whether the other end is up, and at the port of Endpoint'],
  ['EPERM', 'a rule of the firewall here forbids it'],
];

/**
 * `3 packets dropped (no-peer): no peer has …; add …`
 *
 * @param detail - an address or an error of the system, already printable; `null` if there is none
 * @returns `null` for drops of multicast and link-local packets, which hosts send by themselves and which tunnels carry
 * only if AllowedIPs says so
 */
export function dropWords(reason: DropReason, count: number, detail: string | null): string | null {
  if ((reason === 'no-peer' || reason === 'source-not-allowed') && detail !== null && staysOnLink(detail)) return null;
  const { what, fix: usual } = DROP_ADVICE[reason];
  const special = reason === 'send-failed' ? SEND_FIXES.find(([code]) => detail?.includes(code)) : undefined;
  const fix = special?.[1] ?? usual;
  const range = rangeOf(detail);
  const words = what.replace(/\[(.*?)\]/g, (all, part: string) =>
    // `[Peer]` is a heading of the configuration file.
    part.includes('%') ? (detail === null ? '' : part.replace('%', () => detail)) : all,
  );
  const advice = fix === '' ? '' : `; ${fix.replace('%', () => range)}`;
  return `${count} ${count === 1 ? 'packet' : 'packets'} dropped (${reason}): ${words}${advice}`;
}

/** Multicast, broadcast and link-local addresses (RFC 4291 §2.4, RFC 5771, RFC 3927). */
function staysOnLink(text: string): boolean {
  const [first = 0, second = 0] = parseIp(text)?.octets ?? [];
  if (text.includes(':')) return first === 0xff || (first === 0xfe && (second & 0xc0) === 0x80);
  return first >= 224 || (first === 169 && second === 254);
}

function rangeOf(detail: string | null): string {
  const ip = detail === null ? undefined : parseIp(detail);
  return ip ? `${detail}/${ip.octets.length * 8}` : 'its address/32';
}
