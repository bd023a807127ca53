/**
 * That a UDP stream had no answer, and which way is blocked. A stream's thread knows the one, the server's count the other.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { type Nanos, NS_PER_S } from '../../core/time.ts';

const BEGIN = 'no UDP answer from ';
const BUSY =
  'its host may be too busy, see its load and the quota of its control group, or give it more time with --connect-timeout';
/** A server that answers this late over TCP may be as late over UDP. A path takes less, and so does an idle host. */
const SLOW_ANSWER = NS_PER_S;

/** @param icmp - name of the error that ICMP brought meanwhile; `null` if it brought none */
export function udpSilence(address: string, port: number, limitNs: Nanos, icmp: string | null): string {
  const met = icmp === null ? '' : ` (ICMP: ${icmp})`;
  return `${BEGIN}${formatEndpoint(address, port)} in ${limitNs / NS_PER_S} s${met}, though TCP works`;
}

/** That the server has answered over UDP, and its stream did not come to be. */
export function udpUnready(address: string, port: number, limitNs: Nanos): string {
  return `${formatEndpoint(address, port)} answers over UDP, and opened no stream in ${limitNs / NS_PER_S} s: ${BUSY}`;
}

/** The same over TCP, where the kernel accepts a connection and its server takes it. */
export function tcpUntaken(address: string, port: number, limitNs: Nanos): string {
  return `${formatEndpoint(address, port)} took no data connection in ${limitNs / NS_PER_S} s, though it is open: ${BUSY}`;
}

/**
 * What is to be put behind the message of a test that did not begin; empty unless its UDP had no answer.
 *
 * @param hellos - datagrams of the test that came to the server; `null` if it did not say
 * @param answerNs - how long the server took to say so, over TCP
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

/** Why this host did not send a datagram, by the name of its error; `null` where that may pass. */
export function sendRefusal(errno: string, address: string, port: number): string | null {
  if (errno !== 'EPERM' && errno !== 'EACCES') return null;
  return `a firewall or a rule of this host forbids UDP to ${formatEndpoint(address, port)} (${errno}): see nft list ruleset and ip rule`;
}
