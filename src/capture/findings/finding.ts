/**
 * Makes findings, and the figures in their words.
 *
 * @module
 */
import type { DirectionReport, Finding, PeerReport } from '../../core/capture-report.ts';

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

/** Octets that WireGuard and the headers outside it add to a packet. */
export const overheadOf = ({ a }: PeerReport): number => (a.endpoint.startsWith('[') ? 80 : 60);

/** Largest MTU of a tunnel whose packets fit a path, whatever the far end pads: a multiple of 16. */
export const tunnelMtuFor = (peer: PeerReport, pathMtu: number): number => {
  const room = pathMtu - overheadOf(peer);
  return room - (room % 16);
};

export const seconds = (ns: number): string => `${(ns / 1e9).toFixed(ns < 99.95e9 ? 1 : 0)} s`;

export const percent = (ratio: number): string => {
  const value = 100 * ratio;
  return `${value >= 10 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(1) : value.toPrecision(1)}%`;
};

export const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
