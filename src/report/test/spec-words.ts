/**
 * A test in words: `TCP upload, 4 streams, 10 s`.
 *
 * @module
 */
import type { Clip, TestPurpose, TestSpec } from '../../core/shapes/spec.ts';
import { ipPacketBytes } from '../../measure/packets.ts';
import { counted, countText, rateText, sizeText, timeText } from '../text/figures.ts';

/** What a test is called: its kind or figure, its protocol and direction. */
export interface NamedSpec extends Pick<TestSpec, 'test' | 'protocol' | 'direction'> {
  readonly figure: TestSpec['figure'] | 'connections';
}

/** Protocol and direction: `TCP upload`, `UDP packets upload`, `UDP latency`, or `TCP connections`. */
export function testName({ test, figure, protocol, direction }: NamedSpec): string {
  const name = protocol.toUpperCase();
  if (test === 'latency') return `${name} latency`;
  if (test === 'connections' || figure === 'connections') return `${name} connections`;
  return figure === null ? `${name} ${direction}` : `${name} ${figure} ${direction}`;
}

/** Protocol, direction, and the parameters that were asked for: `UDP upload, 1 stream, paced at 500 Mbit/s, 2 s`. */
export function specWords(spec: TestSpec): string {
  const parts = [testName(spec)];
  if (spec.test === 'latency') parts.push(`a probe every ${timeText(spec.gap_ns)}`);
  else if (spec.test === 'connections') parts.push(...connectionWords(spec));
  else parts.push(spec.streams === 1 ? '1 stream' : `${spec.streams} streams`);
  if (spec.figure === 'packets') parts.push(sizeWords(spec));
  if (spec.rate_bps !== null) parts.push(`paced at ${rateText(spec.rate_bps)}`);
  if (spec.duration_ns !== null) parts.push(timeText(spec.duration_ns));
  if (spec.bytes !== null) parts.push(sizeText(spec.bytes));
  return parts.join(', ');
}

/** What a test is for, or else {@link specWords}: `UDP ping, a probe every 1 s, 10 s`, `UDP path MTU`. */
export function purposeWords(spec: TestSpec, purpose: TestPurpose | null): string {
  const protocol = spec.protocol.toUpperCase();
  switch (purpose) {
    case null:
      return specWords(spec);
    case 'trace':
      return 'a trace to the client';
    case 'mtu':
      return `${protocol} path MTU`;
    case 'ping':
      return `${protocol} ping, a probe every ${timeText(spec.gap_ns)}`;
    default:
      return purpose satisfies never;
  }
}

function connectionWords({ streams, hold_connections: held, handshake }: TestSpec): readonly string[] {
  const atATime = `${counted(streams, 'connection')} at a time`;
  const tls = handshake === null ? [] : ['a TLS handshake on each'];
  return [...(held === null ? [atATime] : [`hold ${counted(held, 'connection')}`, `open ${atATime}`]), ...tls];
}

/** The payload of a packet, and the size of the packet with its headers, which depends on the version of IP. */
function sizeWords({ protocol, length_bytes: payload }: TestSpec): string {
  const [v4, v6] = [ipPacketBytes(protocol, 4, payload), ipPacketBytes(protocol, 6, payload)];
  return `${payload} B each in IP packets of ${v4} B (IPv6 ${v6} B)`;
}

/** A value that the server reduced: `streams: asked 64, granted 16`. */
export function clipWords(clip: Clip): string {
  const value = clipFormat(clip.field);
  return `${CLIP_NAMES[clip.field]}: asked ${clip.asked === null ? 'no limit' : value(clip.asked)}, granted ${value(clip.granted)}`;
}

const CLIP_NAMES: Record<Clip['field'], string> = {
  rate_bps: 'rate',
  duration_ns: 'duration',
  warmup_ns: 'warm-up',
  streams: 'streams',
  bytes: 'size',
  gap_ns: 'gap',
  hold_connections: 'connections to hold',
};

function clipFormat(field: Clip['field']): (value: number) => string {
  switch (field) {
    case 'rate_bps':
      return rateText;
    case 'duration_ns':
    case 'warmup_ns':
    case 'gap_ns':
      return timeText;
    case 'bytes':
      return sizeText;
    case 'streams':
    case 'hold_connections':
      return countText;
    default:
      return field satisfies never;
  }
}
