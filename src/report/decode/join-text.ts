/**
 * The comparison of two captures (loss, delay, order), as text of at most 80 columns.
 *
 * @module
 */

import type {
  CaptureJoin,
  CaptureSide,
  JoinDirection,
  JoinedCapture,
  JoinFlow,
  JoinSizeClass,
  SenderEvidence,
} from '../../capture/documents/capture-join.ts';
import type { CapturePair } from '../../capture/join/capture-pair.ts';
import { quoted } from '../../core/printable.ts';
import { IPV4_OVERHEAD_BYTES, LEAST_MTU, WIREGUARD_OVERHEAD_BYTES } from '../../tunnel/mtu.ts';
import { formatDocument } from '../json.ts';
import { streamLine, type TimeOfDay } from '../stream/stream-line.ts';
import { percentText, timeText } from '../text/figures.ts';
import { atWidth, wrap } from '../text/layout.ts';
import { grouped } from './report-figures.ts';
import type { CaptureStreamEvent } from './report-json.ts';

/** Flows that are listed; the others are only counted. */
const MAX_FLOWS = 16;

/** How it is known which capture is nearer to the sender. */
const EVIDENCE: Record<SenderEvidence, string> = {
  'both-directions': 'as the times of both directions tell',
  'clock-offset': 'as the offset of the clocks tells',
  opposite: 'as the other direction tells',
  loss: 'because the other capture has fewer',
  clocks: 'if the clocks are right: nothing else tells',
};

/**
 * The comparison of two captures as `winze decode` prints it: text, or with `json` or `jsonStream` JSON. Empty if it cannot
 * be made.
 */
export function joinOutput(
  pair: CapturePair,
  { json, jsonStream, now }: { readonly json?: boolean; readonly jsonStream?: boolean; readonly now: TimeOfDay },
  columns: number | undefined,
): string {
  const join = pair.result();
  if (join === null) return '';
  const [first, second] = pair.names;
  if (json) return formatDocument(pair.document(join));
  if (jsonStream)
    return streamLine({ event: 'join', time: now(), data: pair.document(join) } satisfies CaptureStreamEvent);
  return atWidth(columns, () => `\n${joinText([quoted(first), quoted(second)], join)}`);
}

/**
 * What two captures of the same traffic say together, as lines of at most 80 columns that end in a line break.
 *
 * @param names - names of the captures, already printable
 */
export function joinText(names: readonly [string, string], join: CaptureJoin): string {
  const lines = [...wrap(`both captures: first ${names[0]}, second ${names[1]}`)];
  if (join.messages_shared === 0) lines.push(...nothingShared(join).flatMap(indented));
  else {
    lines.push(...indented(`${grouped(join.messages_shared)} messages are in both`));
    lines.push(...indented(clockWords(join)));
    for (const [side, capture] of [
      ['first', join.first],
      ['second', join.second],
    ] as const) {
      lines.push(...captureWords(side, capture).flatMap(indented));
    }
    for (const flow of join.flows.slice(0, MAX_FLOWS)) lines.push(...flowLines(flow));
    const unlisted = Math.max(join.flows.length - MAX_FLOWS, 0) + join.flows_left_out;
    if (unlisted > 0) lines.push(...indented(`${grouped(unlisted)} smaller flows are not listed`));
  }
  return `${lines.join('\n')}\n`;
}

function nothingShared({ first, second }: CaptureJoin): readonly string[] {
  const empty = [first, second].flatMap(({ messages }, i) => (messages === 0 ? [i === 0 ? 'first' : 'second'] : []));
  const lines = ['no message is in both'];
  for (const side of empty) {
    lines.push(
      `the ${side} has none that can be known again: WireGuard, ESP, OpenVPN data over UDP, GRE and GTP-U with sequence numbers can`,
    );
  }
  if (empty.length === 0) lines.push(apartWords(first, second));
  const withoutId = first.messages_without_id + second.messages_without_id;
  if (withoutId > 0) {
    lines.push(
      `${grouped(withoutId)} messages have no number, or were cut before it: capture 128 bytes of a packet (tcpdump -s 128)`,
    );
  }
  return lines;
}

function apartWords(first: JoinedCapture, second: JoinedCapture): string {
  const spans = [first, second].map(({ start_unix_s, duration_ns }) =>
    start_unix_s === null || duration_ns === null
      ? null
      : { start: start_unix_s, end: start_unix_s + duration_ns / 1e9 },
  );
  const [one, other] = spans;
  if (one && other) {
    const pauseS = Math.max(other.start - one.end, one.start - other.end);
    const [earlier, later] = one.start < other.start ? ['first', 'second'] : ['second', 'first'];
    if (pauseS > 0) {
      return `the ${earlier} ends ${timeText(pauseS * 1e9)} before the ${later} begins, if the clocks are right`;
    }
  }
  return 'they are of different tunnels, or nothing of what one end sent came to the other';
}

function clockWords({ clock_offset_ns, clock_offset_error_ns }: CaptureJoin): string {
  if (clock_offset_ns === null) {
    return 'offset of the clocks: not estimated, which takes messages of both directions whose times lie apart; so there are no delays, only how they vary';
  }
  const way = clock_offset_ns < 0 ? 'behind' : 'ahead of';
  const error = timeText(clock_offset_error_ns);
  return `the second clock is ${timeText(Math.abs(clock_offset_ns))} ${way} the first, if the fastest messages take as long there as back; whatever the path, that is wrong by ${error} at most`;
}

function captureWords(side: CaptureSide, capture: JoinedCapture): readonly string[] {
  const lines: string[] = [];
  if (capture.clock_jumps > 0) {
    const times = capture.clock_jumps === 1 ? 'once' : `${grouped(capture.clock_jumps)} times`;
    lines.push(`the time of the ${side} jumps, ${times}: none of its times is used, so there are no delays`);
  }
  if (capture.messages_left_out > 0) {
    lines.push(
      `${grouped(capture.messages_left_out)} messages of the ${side} are left out for want of memory, and all from the first of them on`,
    );
  }
  if (capture.flows_only_here > 0) {
    lines.push(`${grouped(capture.flows_only_here)} pairs of endpoints are only in the ${side}, and not compared`);
  }
  if (capture.messages_without_id > 0) {
    lines.push(
      `${grouped(capture.messages_without_id)} messages of the ${side} cannot be known again: signalling, without a number, or cut before it`,
    );
  }
  return lines;
}

function flowLines({ tunnel, directions }: JoinFlow): readonly string[] {
  return directions.flatMap((direction) => [
    ...wrap(`${tunnel} ${direction.from} > ${direction.to}`),
    ...directionWords(direction).flatMap(indented),
    ...sizeLines(direction),
    ...idLines(direction),
  ]);
}

function directionWords(direction: JoinDirection): readonly string[] {
  const { packets_sent, packets_received, packets_lost, loss_ratio, mtu_black_hole: hole } = direction;
  return [
    `${grouped(packets_sent)} sent, ${grouped(packets_received)} received, ${grouped(packets_lost)} lost (${percentText(loss_ratio)}), ${grouped(direction.packets_duplicated)} duplicated, ${grouped(direction.packets_reordered)} reordered`,
    ...delayWords(direction),
    ...(hole === null
      ? []
      : [
          `MTU: all ${grouped(hole.packets_lost)} packets of ${hole.smallest_lost_bytes} bytes and more are lost, and the largest that came has ${hole.largest_received_bytes}: the path carries less than ${hole.smallest_lost_bytes} bytes; ${mtuWords(direction.from, hole.smallest_lost_bytes)}`,
        ]),
    captureOrderWords(direction),
    ...(direction.packets_outside > 0
      ? [
          `at the edges, where the other capture may not have run: ${grouped(direction.packets_outside)} more, not counted`,
        ]
      : []),
  ];
}

/**
 * Which MTU to set. IPv6 allows none below 1280 (RFC 8200 §5). WireGuard adds 60 octets to a packet over IPv4, and 80
 * over IPv6.
 */
function mtuWords(from: string, smallestLostBytes: number): string {
  const isIpv6 = from.startsWith('[');
  const least = LEAST_MTU[6] + (isIpv6 ? WIREGUARD_OVERHEAD_BYTES : IPV4_OVERHEAD_BYTES);
  const advice =
    least < smallestLostBytes
      ? `lower the MTU of the tunnel, to ${LEAST_MTU[6]} for a first try`
      : `no MTU of the tunnel helps, as ${LEAST_MTU[6]} is the least that IPv6 allows inside: find the link`;
  // Over IPv4 the first fragment has the port, passes such a filter, and counts as the message.
  return isIpv6 ? `${advice}; a filter by port, which hides all fragments of IPv6, would look the same` : advice;
}

function delayWords({ one_way_delay_ns: delay, delay_variation_ns: variation }: JoinDirection): readonly string[] {
  const lines: string[] = [];
  if (delay !== null) {
    lines.push(
      `delay: min ${timeText(delay.min)}, median ${timeText(delay.p50)}, p99 ${timeText(delay.p99)}, max ${timeText(delay.max)}`,
    );
  }
  if (variation !== null) {
    lines.push(
      `above the smallest delay: median ${timeText(variation.p50)}, p99 ${timeText(variation.p99)}, max ${timeText(variation.max)}`,
    );
  }
  return lines;
}

/** Which capture is nearer to the sender, and which packets it lacks. */
function captureOrderWords(direction: JoinDirection): string {
  const { sender, sender_by, packets_missed_by_sender: missed, packets_missed_by_both: both } = direction;
  const where =
    sender_by === null
      ? 'nothing tells which capture is nearer to the sender; the first is taken for it'
      : `the ${sender} capture is nearer to the sender, ${EVIDENCE[sender_by]}`;
  const lacks = missed > 0 ? `; it lacks ${grouped(missed)} that came: it dropped them, or they go another way` : '';
  const before = both !== null && both > 0 ? `; ${grouped(both)} numbers are in neither: lost before it` : '';
  return `${where}${lacks}${before}`;
}

function sizeLines({ sizes, packets_lost }: JoinDirection): readonly string[] {
  if (packets_lost === 0) return [];
  return sizes.flatMap((size) => {
    const { packets_sent: sent, packets_lost: lost } = size;
    const share = percentText(sent === 0 ? null : lost / sent);
    return wrap(
      `  ${range(size).padStart(13)} bytes: ${grouped(sent).padStart(11)} sent, ${grouped(lost)} lost (${share})`,
      '    ',
    );
  });
}

function range({ from_bytes, to_bytes }: JoinSizeClass): string {
  return from_bytes === 0
    ? `up to ${to_bytes}`
    : to_bytes >= 0xffff
      ? `from ${from_bytes}`
      : `${from_bytes}-${to_bytes}`;
}

function idLines({ ids, ids_left_out }: JoinDirection): readonly string[] {
  const only = ids.length + ids_left_out === 1;
  return [
    ...ids.flatMap(({ id, packets_sent, packets_lost }) =>
      indented(only ? id : `${id}: ${grouped(packets_sent)} sent, ${grouped(packets_lost)} lost`),
    ),
    ...(ids_left_out > 0 ? indented(`${grouped(ids_left_out)} more ids`) : []),
  ];
}

function indented(text: string): readonly string[] {
  return wrap(`  ${text}`, '    ');
}
