/**
 * Makes findings, and formats the numbers in their sentences.
 *
 * @module
 */

import { IPV4_OVERHEAD_BYTES, LEAST_MTU, WIREGUARD_OVERHEAD_BYTES } from '../../tunnel/mtu.ts';
import type { Finding } from '../documents/capture-report.ts';
import type { DirectionReport, PeerReport } from '../documents/capture-wireguard.ts';

const DAY_NS = 86_400e9;
const LONG_NS = 2 * DAY_NS;
/** Frames that a finding shows as evidence. */
const MAX_FRAMES = 8;

/** A direction of a tunnel, as a field of `PeerReport`. */
export type Direction = 'a_to_b' | 'b_to_a';
/** Both directions. */
export const DIRECTIONS: readonly Direction[] = ['a_to_b', 'b_to_a'];

/**
 * Makes a finding.
 *
 * @param peer - the tunnel that it is about; `null` if it is about the whole capture
 * @param what - what was found, as a sentence without a full stop
 * @param nextStep - what the user should do
 * @param frames - the evidence; the first eight are kept
 */
export function finding(
  rank: readonly [code: string, severity: Finding['severity'], confidence: Finding['confidence']],
  peer: PeerReport | null,
  what: string,
  nextStep: string,
  frames: readonly (number | null)[] = [],
): Finding {
  const [code, severity, confidence] = rank;
  const known = [...new Set(frames.filter((frame) => frame !== null))].sort((one, other) => one - other);
  return {
    code,
    severity,
    confidence,
    peer: peer?.id ?? null,
    what,
    next_step: nextStep,
    frames: known.slice(0, MAX_FRAMES),
  };
}

/** A direction in a sentence: `A to B` or `B to A`. */
export const directionWords = (direction: Direction): string => (direction === 'a_to_b' ? 'A to B' : 'B to A');

/** Data messages that are not keepalives. */
export const dataOf = ({ messages, keepalives }: DirectionReport): number => messages - keepalives;

/** Packets of a direction, handshakes included. Every packet has a hop limit, so those are added up. */
export const packetsOf = ({ ttl }: DirectionReport): number => ttl.reduce((sum, { packets }) => sum + packets, 0);

/** Octets that WireGuard and the outer headers add to a packet. */
export const overheadOf = (peer: PeerReport): number =>
  isOverIpv6(peer) ? WIREGUARD_OVERHEAD_BYTES : IPV4_OVERHEAD_BYTES;

/** Whether the outer packets are IPv6. */
export const isOverIpv6 = ({ a }: PeerReport): boolean => a.endpoint.startsWith('[');

/**
 * Advice on the MTU of a tunnel, from the MTU of its path. A multiple of 16 fits even if the other end pads beyond its
 * MTU.
 *
 * @param pathMtu - octets
 * @param doubt - octets by which the MTU of the path may be larger than `pathMtu`
 */
export const mtuAdvice = (peer: PeerReport, pathMtu: number, doubt = 0): string => {
  const room = pathMtu - overheadOf(peer);
  const mtu = Math.max(room - (room % 16), room + doubt >= LEAST_MTU[6] ? LEAST_MTU[6] : 0);
  if (mtu >= LEAST_MTU[6]) return `set the tunnel's MTU to ${mtu} at both ends, so that its packets fit`;
  return `raise the MTU of the link that carries ${pathMtu} octets only: a tunnel needs ${LEAST_MTU[6] + overheadOf(peer)} for an MTU of ${LEAST_MTU[6]}, the least that IPv6 allows inside`;
};

/** A duration for a sentence, as in `12.5 s`, `180 s` or `3.0 days`. @param ns - not negative */
export const seconds = (ns: number): string =>
  ns < LONG_NS ? `${(ns / 1e9).toFixed(ns < 99.95e9 ? 1 : 0)} s` : durationText(ns);

/** A duration in seconds, or in days if it is two days or longer. @param ns - not negative */
export const durationText = (ns: number, digits = 1): string => {
  if (ns < LONG_NS) return `${(ns / 1e9).toFixed(digits)} s`;
  return `${(ns / DAY_NS).toFixed(1).replace(/\B(?=(\d{3})+\.)/g, ',')} days`;
};

/** A ratio as a percentage, as in `12%`, `0.5%` or `0.03%`. */
export const percent = (ratio: number): string => {
  const value = 100 * ratio;
  return `${value >= 10 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(1) : value.toPrecision(1)}%`;
};

/** `once`, `twice`, `3 times`. */
export const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);
