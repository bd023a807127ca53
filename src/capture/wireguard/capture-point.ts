/**
 * At which end of the tunnel a capture was made. The meaning of loss and latency figures depends on that.
 *
 * @module
 */
import type { PeerReport } from '../documents/capture-wireguard.ts';
import { SmallCounts } from './delivery/small-counts.ts';
import { confirmationOf } from './handshake/handshake-report.ts';
import { type ObservedHandshake, type Path, type SessionStream, sideOf } from './peer-pair.ts';

type CapturePoint = PeerReport['capture_point'];

/** Initial hop limits of common systems: a packet with one of them has not passed a router. */
const FIRST_TTLS = new Set([64, 128, 255]);
/** The larger latency includes the path, the smaller only the host next to the capture: they differ by this factor. */
const FACTOR = 3;
/** If both latencies are below this, their ratio is noise. */
const MIN_LATENCY_NS = 200_000;
const MIN_MESSAGES = 100;

/**
 * Where the capture was made, and by which evidence. Four kinds of evidence are tried, the strongest first: packet
 * direction marks, hop limits, handshake latencies, counter gaps.
 *
 * @param paths - those from end A, and those from end B
 * @param streams - the same for streams
 * @returns `at: null` if no evidence decides
 */
export function capturePointOf(
  paths: readonly [readonly Path[], readonly Path[]],
  streams: readonly [readonly SessionStream[], readonly SessionStream[]],
  handshakes: readonly ObservedHandshake[],
): CapturePoint {
  return (
    byDirection(paths) ??
    byTtl(paths) ??
    byHandshake(handshakes) ??
    byCounters(streams) ?? { at: null, evidence: 'nothing in the capture tells' }
  );
}

function byDirection([a, b]: readonly [readonly Path[], readonly Path[]]): CapturePoint | null {
  const evidence = 'which packets the capture says were sent from its host';
  const isOut = (paths: readonly Path[]): boolean => paths.some(({ outgoing }) => outgoing > 0);
  const isIn = (paths: readonly Path[]): boolean => paths.some(({ incoming }) => incoming > 0);
  const [outA, outB] = [isOut(a), isOut(b)];
  if (!outA && !outB) return null;
  if ((outA && isIn(a)) || (outB && isIn(b)) || (outA && outB)) return { at: 'between', evidence };
  return { at: outA ? 'a' : 'b', evidence };
}

function byTtl([a, b]: readonly [readonly Path[], readonly Path[]]): CapturePoint | null {
  const [fromA, fromB] = [ttlOf(a), ttlOf(b)];
  if (fromA === null || fromB === null) return null;
  const [isFirstA, isFirstB] = [FIRST_TTLS.has(fromA), FIRST_TTLS.has(fromB)];
  if (isFirstA && isFirstB) return null;
  const evidence = `hop limits ${fromA} of A and ${fromB} of B`;
  return { at: isFirstA ? 'a' : isFirstB ? 'b' : 'between', evidence };
}

/** The hop limit of all packets; `null` if they differ. */
function ttlOf(paths: readonly Path[]): number | null {
  const all = new SmallCounts(4);
  for (const { outer } of paths) all.addAll(outer.ttl);
  return all.size === 1 ? (all.list()[0]?.value ?? null) : null;
}

function byHandshake(handshakes: readonly ObservedHandshake[]): CapturePoint | null {
  for (const handshake of handshakes) {
    const confirmation = confirmationOf(handshake);
    const { latencyNs } = handshake;
    if (confirmation === null || Number.isNaN(latencyNs) || Number.isNaN(confirmation)) continue;
    if (Math.max(latencyNs, confirmation) < MIN_LATENCY_NS) continue;
    const side = sideOf(handshake.path);
    const evidence = `response after ${milliseconds(latencyNs)} ms, first data ${milliseconds(confirmation)} ms later`;
    if (latencyNs >= FACTOR * confirmation) return { at: side === 0 ? 'a' : 'b', evidence };
    if (confirmation >= FACTOR * latencyNs) return { at: side === 0 ? 'b' : 'a', evidence };
  }
  return null;
}

function byCounters([a, b]: readonly [readonly SessionStream[], readonly SessionStream[]]): CapturePoint | null {
  const isUneven = (streams: readonly SessionStream[]): boolean =>
    streams.some(({ window }) => window.lost > 0 || window.duplicates > 0 || window.reordered > 0);
  const isMuch = (streams: readonly SessionStream[]): boolean =>
    streams.reduce((total, { window }) => total + window.received, 0) >= MIN_MESSAGES;
  if (!isMuch(a) || !isMuch(b) || isUneven(a) === isUneven(b)) return null;
  return { at: isUneven(a) ? 'b' : 'a', evidence: 'the direction whose counters have no gap' };
}

function milliseconds(ns: number): string {
  return (ns / 1e6).toFixed(1);
}
