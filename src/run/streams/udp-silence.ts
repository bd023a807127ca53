/**
 * Messages for a stream without an answer, and for the direction in which UDP is blocked. The stream's thread detects
 * the first, the server's count of hellos tells the second.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { type Nanos, NS_PER_S } from '../../core/time.ts';

const BEGIN = 'no UDP answer from ';
const BUSY =
  'its host may be too busy, see its load and the quota of its control group, or give it more time with --connect-timeout';
/**
 * A server that answers this late over TCP may be as late over UDP. The round trip of a path is shorter, and so is the
 * delay of an idle host.
 */
const SLOW_ANSWER = NS_PER_S;

/**
 * The message when no UDP answer was received.
 *
 * @param icmp - name of the error that ICMP reported in the meantime; `null` if none
 */
export function udpSilence(address: string, port: number, limitNs: Nanos, icmp: string | null): string {
  const met = icmp === null ? '' : ` (ICMP: ${icmp})`;
  return `${BEGIN}${formatEndpoint(address, port)} in ${limitNs / NS_PER_S} s${met}, though TCP works`;
}

/** The message when the server has answered over UDP, but did not open the stream. */
export function udpUnready(address: string, port: number, limitNs: Nanos): string {
  return `${formatEndpoint(address, port)} answers over UDP, but opened no stream in ${limitNs / NS_PER_S} s: ${BUSY}`;
}

/** The message when a TCP connection was established, but the server did not confirm it. */
export function tcpUntaken(address: string, port: number, limitNs: Nanos): string {
  return `${formatEndpoint(address, port)} took no data connection in ${limitNs / NS_PER_S} s, though it is open: ${BUSY}`;
}

/**
 * Text to append to the message of a test that did not begin; empty unless it is that of `udpSilence`.
 *
 * @param hellos - hellos of the test that the server received; `null` if it did not report them
 * @param answerNs - how long the server took to report them, over TCP
 */
export function blockedWay(message: string, hellos: number | null, answerNs: Nanos, port: number): string {
  if (!message.startsWith(BEGIN)) return '';
  if (hellos === null) return `: is UDP port ${port} open?`;
  if (hellos === 0) {
    return `: nothing that is sent to UDP port ${port} reaches the server; a firewall there, or in between, drops it`;
  }
  const came = hellos === 1 ? 'a datagram' : `${hellos} datagrams`;
  if (answerNs > SLOW_ANSWER) {
    const took = (answerNs / NS_PER_S).toFixed(1);
    return `: ${came} reached the server, which took ${took} s to answer over TCP; ${BUSY}`;
  }
  return `: ${came} reached the server, and nothing that it sends from UDP port ${port} comes back; a firewall here, or in between, drops it`;
}

/** The message when this host refused to send a datagram, by the name of the error; `null` for temporary errors. */
export function sendRefusal(errno: string, address: string, port: number): string | null {
  if (errno !== 'EPERM' && errno !== 'EACCES') return null;
  return `a firewall or a rule of this host forbids UDP to ${formatEndpoint(address, port)} (${errno}): see nft list ruleset and ip rule`;
}
