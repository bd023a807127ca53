/**
 * The report on one direction between two peers: octets, sizes, padding, keepalives, outer headers.
 *
 * @module
 */
import type { DirectionReport, SizeClassReport, ValueCount } from '../../documents/capture-wireguard.ts';
import { frameOrNull, ratioOrNull } from '../or-null.ts';
import type { FragmentCount, Fragments } from '../path/fragments.ts';
import { paddingOf } from '../path/padding.ts';
import { type Path, type SessionStream, SIZE_FIELDS, SIZE_LIMITS } from '../peer-pair.ts';
import { deliveryOf } from './delivery-report.ts';
import { SmallCounts } from './small-counts.ts';

/** Pauses before keepalives that differ by this much count as one interval: kernel timers are coarse. */
const SAME_SILENCE_S = 1;
const MAX_FRAMES = 8;

/** The report on one direction. `paths` and `streams` are those of this direction, `fragments` those of the capture. */
export function directionReport(
  paths: readonly Path[],
  streams: readonly SessionStream[],
  fragments: Fragments,
): DirectionReport {
  const sum = (value: (path: Path) => number): number => paths.reduce((total, path) => total + value(path), 0);
  const keepalives = sum((path) => path.keepalives);
  const messages = sum((path) => path.data) + keepalives;
  const sizes = sizesOf(paths);
  const outer = sizes.reduce((total, size) => total + size.outer_bytes, 0);
  const min = sizes.reduce((total, size) => total + size.inner_bytes.min, 0);
  const max = sizes.reduce((total, size) => total + size.inner_bytes.max, 0);
  const largest = paths.reduce<Path | null>(
    (best, path) => (path.largestOuter > (best?.largestOuter ?? 0) ? path : best),
    null,
  );
  const pieces = fragmentsOf(paths, fragments);
  const packets = messages + sum((path) => path.handshakeMessages) - sum((path) => path.reassembled) + pieces.packets;
  return {
    messages,
    keepalives,
    keepalive_ratio: ratioOrNull(keepalives, messages),
    cookie_replies: sum((path) => path.cookieReplies),
    handshake_copies: sum((path) => path.handshakeCopies),
    outer_bytes: outer,
    inner_bytes: { basis: 'bounds', min, max },
    inner_ratio: { basis: 'bounds', min: ratioOrNull(min, outer), max: ratioOrNull(max, outer) },
    delivery: deliveryOf(streams),
    sizes: sizes.filter((size) => size.messages > 0),
    padding: paddingOf(paths),
    keepalive_kinds: keepaliveKinds(paths),
    largest_outer_bytes: largest?.largestOuter ?? 0,
    largest_outer_frame: frameOrNull(largest?.largestOuterFrame ?? 0),
    fragments: {
      packets: pieces.packets,
      bytes: pieces.bytes,
      ratio: ratioOrNull(pieces.packets, packets),
      largest_bytes: pieces.largestBytes,
      largest_cut_bytes: pieces.largestCutBytes === 0 ? null : pieces.largestCutBytes,
      without_rest: pieces.alone,
      frames: pieces.frames,
    },
    dont_fragment: paths.some(({ key }) => key[0] === 4)
      ? { set: sum((path) => path.outer.dfSet), clear: sum((path) => path.outer.dfClear) }
      : null,
    dscp: shifted(joined(paths, (path) => path.outer.tos)),
    handshake_dscp: shifted(joined(paths, (path) => path.handshakeTos)),
    ecn: ecnOf(joined(paths, (path) => path.outer.tos)),
    ttl: joined(paths, (path) => path.outer.ttl)
      .list()
      .map(({ value, count }) => ({ value, packets: count })),
    cut_messages: sum((path) => path.cutMessages),
    trains: sum((path) => path.trains),
    unsplit_datagrams: sum((path) => path.unsplitDatagrams),
    messages_in_trains: sum((path) => path.messagesInTrains),
  };
}

function sizesOf(paths: readonly Path[]): SizeClassReport[] {
  return SIZE_LIMITS.map((from, i) => {
    const field = (offset: number): number =>
      paths.reduce((total, { sizes }) => total + (sizes[i * SIZE_FIELDS + offset] ?? 0), 0);
    const outer = field(1);
    const next = SIZE_LIMITS[i + 1];
    return {
      from_bytes: from,
      to_bytes: next === undefined ? null : next - 1,
      messages: field(0),
      outer_bytes: outer,
      inner_bytes: { basis: 'bounds', min: field(2), max: field(3) },
      inner_ratio: { basis: 'bounds', min: ratioOrNull(field(2), outer), max: ratioOrNull(field(3), outer) },
    };
  });
}

function keepaliveKinds(paths: readonly Path[]): DirectionReport['keepalive_kinds'] {
  const silences = joined(paths, (path) => path.silences);
  const all = silences.list().reduce((total, { count }) => total + count, silences.others);
  const [mode] = silences.list();
  const interval = mode !== undefined && mode.count > 1 ? mode.value : null;
  const persistent =
    interval === null
      ? 0
      : silences
          .list()
          .filter(({ value }) => Math.abs(value - interval) <= SAME_SILENCE_S)
          .reduce((total, { count }) => total + count, 0);
  return {
    confirmation: paths.reduce((total, path) => total + path.confirmations, 0),
    passive: paths.reduce((total, path) => total + path.passiveKeepalives, 0),
    persistent,
    other: all - persistent,
    persistent_interval_s: interval,
  };
}

/** Fragments of several paths. Paths with the same addresses share one count, which is added once. */
function fragmentsOf(paths: readonly Path[], fragments: Fragments): FragmentCount {
  const found = new Set(paths.map(({ key }) => fragments.of(key)));
  const sum: FragmentCount = {
    packets: 0,
    bytes: 0,
    largestBytes: 0,
    largestCutBytes: 0,
    alone: 0,
    hasLater: false,
    frames: [],
  };
  for (const count of found) {
    if (count === null) continue;
    sum.packets += count.packets;
    sum.bytes += count.bytes;
    sum.alone += count.alone;
    sum.largestBytes = Math.max(sum.largestBytes, count.largestBytes);
    sum.largestCutBytes = Math.max(sum.largestCutBytes, count.largestCutBytes);
    sum.frames.push(...count.frames.slice(0, MAX_FRAMES - sum.frames.length));
  }
  return sum;
}

function joined(paths: readonly Path[], counts: (path: Path) => SmallCounts): SmallCounts {
  const all = new SmallCounts(16);
  for (const path of paths) all.addAll(counts(path));
  return all;
}

/** Counts of DSCP values, the upper six bits of traffic classes (RFC 2474 §3). */
function shifted(counts: SmallCounts): readonly ValueCount[] {
  const byDscp = new SmallCounts(16);
  for (const { value, count } of counts.list()) byDscp.add(value >>> 2, count);
  return byDscp.list().map(({ value, count }) => ({ value, packets: count }));
}

function ecnOf(counts: SmallCounts): DirectionReport['ecn'] {
  const of = (ecn: number): number =>
    counts
      .list()
      .filter(({ value }) => (value & 3) === ecn)
      .reduce((total, { count }) => total + count, 0);
  return { not_ect: of(0), ect1: of(1), ect0: of(2), ce: of(3) };
}
