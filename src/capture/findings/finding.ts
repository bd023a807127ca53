/**
 * Makes findings, and the figures in their words.
 *
 * @module
 */

import { IPV4_OVERHEAD_BYTES, LEAST_MTU, WIREGUARD_OVERHEAD_BYTES } from '../../tunnel/mtu.ts';
import type { DirectionReport, Finding, PeerReport } from '../documents/capture-report.ts';

const DAY_NS = 86_400e9;
const LONG_NS = 2 * DAY_NS;
/** Frames that a finding shows as evidence. */
const MAX_FRAMES = 8;

export type Direction = 'a_to_b' | 'b_to_a';
export const DIRECTIONS: readonly Direction[] = ['a_to_b', 'b_to_a'];

/** Makes a finding; its evidence is cut to a few frames. */
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

export const directionWords = (direction: Direction): string => (direction === 'a_to_b' ? 'A to B' : 'B to A');

export const dataOf = ({ messages, keepalives }: DirectionReport): number => messages - keepalives;

/** Packets of the tunnel, handshakes included. */
export const packetsOf = ({ ttl }: DirectionReport): number => ttl.reduce((sum, { packets }) => sum + packets, 0);

/** Octets that WireGuard and the headers outside it add to a packet. */
export const overheadOf = (peer: PeerReport): number =>
  isOverIpv6(peer) ? WIREGUARD_OVERHEAD_BYTES : IPV4_OVERHEAD_BYTES;

export const isOverIpv6 = ({ a }: PeerReport): boolean => a.endpoint.startsWith('[');

/**
 * Which MTU a tunnel over a path should have: what fits, whatever the far end pads, is a multiple of 16.
 *
 * @param doubt - octets by which the path's MTU may be larger
 */
export const mtuAdvice = (peer: PeerReport, pathMtu: number, doubt = 0): string => {
  const room = pathMtu - overheadOf(peer);
  const mtu = Math.max(room - (room % 16), room + doubt >= LEAST_MTU[6] ? LEAST_MTU[6] : 0);
  if (mtu >= LEAST_MTU[6]) return `set the tunnel's MTU to ${mtu} at both ends, so that its packets fit`;
  return `raise the MTU of the link that carries ${pathMtu} octets only: a tunnel needs ${LEAST_MTU[6] + overheadOf(peer)} for an MTU of ${LEAST_MTU[6]}, the least that IPv6 allows inside`;
};

export const seconds = (ns: number): string =>
  ns < LONG_NS ? `${(ns / 1e9).toFixed(ns < 99.95e9 ? 1 : 0)} s` : durationText(ns);

/** From two days on in days: nobody reads a billion seconds. @param ns - not negative */
export const durationText = (ns: number, digits = 1): string => {
  if (ns < LONG_NS) return `${(ns / 1e9).toFixed(digits)} s`;
  return `${(ns / DAY_NS).toFixed(1).replace(/\B(?=(\d{3})+\.)/g, ',')} days`;
};

export const percent = (ratio: number): string => {
  const value = 100 * ratio;
  return `${value >= 10 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(1) : value.toPrecision(1)}%`;
};

export const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
