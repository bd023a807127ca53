/**
 * Text to numbers and back: bit rates (decimal), sizes (binary suffixes as in iperf3), times.
 *
 * @module
 */
import { NS_PER_MS, NS_PER_S, NS_PER_US } from './time.ts';

const DECIMAL: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const BINARY: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const TIME: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ns: 1,
    us: NS_PER_US,
    // Micro sign and Greek mu: keyboards and Go's printer differ.
    '\u00b5s': NS_PER_US,
    '\u03bcs': NS_PER_US,
    ms: NS_PER_MS,
    s: NS_PER_S,
    m: 60 * NS_PER_S,
    h: 3600 * NS_PER_S,
    d: 24 * 3600 * NS_PER_S,
  }),
);

/**
 * Parses `500M`, `1.5Gbit/s`, `20kbps`: bits per second, decimal prefixes. `undefined` for anything else,
 * and for `500MB`: most people read a capital B as bytes, which would be eight times the rate.
 */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtKMGT]?)(?:b|[bB]its?(?:\/s)?|bps)?$/.exec(text.trim());
  return match ? scaled(match[1], DECIMAL[(match[2] ?? '').toLowerCase()]) : undefined;
}

/** Parses `128K`, `64KiB`, `1M`: bytes, binary prefixes. `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgt]?)(?:(?<=[kmgt])i?b|b)?$/i.exec(text.trim());
  return match ? scaled(match[1], BINARY[(match[2] ?? '').toLowerCase()]) : undefined;
}

/**
 * Parses `10`, `.5`, `10s`, `500ms`, `1m30s`, `1d` to nanoseconds; a bare number is seconds, as in ping and iperf3. The digits
 * before the point may be left out, as in Go. `undefined` for anything else.
 */
export function parseDuration(text: string): number | undefined {
  const ns = nanosOf(text);
  return ns !== undefined && Number.isSafeInteger(ns) ? ns : undefined;
}

/** Whether a text is a time, but one of so many nanoseconds that they are no exact number: more than 104 days. */
export function isBeyondDuration(text: string): boolean {
  return (nanosOf(text) ?? 0) > Number.MAX_SAFE_INTEGER;
}

function nanosOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^(?:\d+(?:\.\d+)?|\.\d+)$/.test(trimmed)) return Math.round(Number(trimmed) * NS_PER_S);
  if (!/^(?:(?:\d+(?:\.\d+)?|\.\d+)[a-z\u00b5\u03bc]+)+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, value, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?|\.\d+)([a-z\u00b5\u03bc]+)/g)) {
    total += Number(value) * (TIME.get(unit ?? '') ?? Number.NaN);
  }
  return Math.round(total);
}

/** Formats a bit rate with three significant digits: `9.41 Gbit/s`. `null` is `-`. */
export function formatRate(bps: number | null): string {
  return bps === null ? '-' : `${prefixed(bps, 1000, ['', 'k', 'M', 'G', 'T'])}bit/s`;
}

/** Formats a size with binary prefixes: `1.25 MiB`. `null` is `-`. */
export function formatSize(bytes: number | null): string {
  return bytes === null ? '-' : `${prefixed(bytes, 1024, ['', 'Ki', 'Mi', 'Gi', 'Ti'])}B`;
}

/** Formats a duration in nanoseconds in the unit that fits: `412 µs`, `1.53 ms`. `null` is `-`. */
export function formatNanos(ns: number | null): string {
  if (ns === null) return '-';
  const size = Math.abs(ns);
  // Each limit is the value from which the smaller unit would be rounded to "1000".
  if (size < NS_PER_US - 0.5) return `${Math.round(ns)} ns`;
  if (size < 999.5 * NS_PER_US) return `${digits3(ns / NS_PER_US)} µs`;
  if (size < 999.5 * NS_PER_MS) return `${digits3(ns / NS_PER_MS)} ms`;
  return `${digits3(ns / NS_PER_S)} s`;
}

/** Formats a limit of whole days or hours as an option takes it, `100d`; others as {@link formatNanos}. */
export function formatLimit(ns: number): string {
  const unit = ['d', 'h'].find((name) => ns % (TIME.get(name) ?? Number.NaN) === 0);
  return unit === undefined ? formatNanos(ns) : `${ns / (TIME.get(unit) ?? 1)}${unit}`;
}

/** Formats a ratio as a percentage, with more decimals for small values: `12.3%`, `1.23%`, `0.013%`. `null` is `-`. */
export function formatPercent(ratio: number | null): string {
  if (ratio === null) return '-';
  const percent = ratio * 100;
  const size = Math.abs(percent);
  if (size === 0) return '0%';
  if (size >= 9.995) return `${percent.toFixed(1)}%`;
  if (size >= 0.0995) return `${percent.toFixed(2)}%`;
  // Two significant digits without an exponent: one datagram lost in 10^9 must not print as 0.
  return `${percent.toFixed(Math.min(20, 1 - Math.floor(Math.log10(size))))}%`;
}

function scaled(value: string | undefined, factor: number | undefined): number | undefined {
  if (value === undefined || factor === undefined) return undefined;
  const result = Math.round(Number(value) * factor);
  return Number.isSafeInteger(result) ? result : undefined;
}

function prefixed(value: number, base: number, prefixes: readonly string[]): string {
  let index = 0;
  let rest = value;
  // 999.6 would be rounded to "1000", so it is printed with the next prefix.
  while (Math.abs(rest) >= base - 0.5 && index < prefixes.length - 1) {
    rest /= base;
    index++;
  }
  return `${digits3(rest)} ${prefixes[index]}`;
}

/** A number with its noun, with an `s` in the plural. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Three significant digits without an exponent; whole numbers without decimals. */
function digits3(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95 || Number.isInteger(value)) return value.toFixed(0);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}
