/**
 * Text to numbers and back: bit rates (decimal), sizes (binary suffixes as in iperf3), times.
 *
 * @module
 */
import { NS_PER_MS, NS_PER_S, NS_PER_US } from './time.ts';

const DECIMAL: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const BINARY: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const TIME: Record<string, number> = {
  ns: 1,
  us: NS_PER_US,
  µs: NS_PER_US,
  ms: NS_PER_MS,
  '': NS_PER_S,
  s: NS_PER_S,
  m: 60 * NS_PER_S,
  h: 3600 * NS_PER_S,
};

/** Parses `500M`, `1.5Gbit/s`, `20kbps`: bits per second, suffixes decimal. `undefined` if it is none. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:bit\/s|bits\/s|bps|b)?$/i.exec(text.trim());
  return match ? scaled(match[1], DECIMAL[(match[2] ?? '').toLowerCase()]) : undefined;
}

/** Parses `128K`, `64KiB`, `1M`: bytes, suffixes binary. `undefined` if it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  return match ? scaled(match[1], BINARY[(match[2] ?? '').toLowerCase()]) : undefined;
}

/** Parses `10`, `10s`, `500ms`, `1m30s`: nanoseconds; a bare number is seconds. `undefined` if it is none. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)?)+$/.test(trimmed)) return undefined;
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|)/g)];
  if (parts.length > 1 && parts.some(([, , unit]) => unit === '')) return undefined;
  const total = parts.reduce((sum, [, value, unit]) => sum + Number(value) * (TIME[unit ?? ''] ?? Number.NaN), 0);
  return Number.isFinite(total) ? Math.round(total) : undefined;
}

/** Formats a bit rate with three significant digits: `9.41 Gbit/s`. `null` is `-`. */
export function formatRate(bps: number | null): string {
  return bps === null ? '-' : `${prefixed(bps, 1000, ['', 'k', 'M', 'G', 'T'])}bit/s`;
}

/** Formats a size with binary prefixes: `1.25 MiB`. `null` is `-`. */
export function formatSize(bytes: number | null): string {
  return bytes === null ? '-' : `${prefixed(bytes, 1024, ['', 'Ki', 'Mi', 'Gi', 'Ti'])}B`;
}

/** Formats a time span in the unit that fits: `412 µs`, `1.53 ms`. `null` is `-`. */
export function formatNanos(ns: number | null): string {
  if (ns === null) return '-';
  const size = Math.abs(ns);
  if (size < NS_PER_US) return `${Math.round(ns)} ns`;
  if (size < NS_PER_MS) return `${digits3(ns / NS_PER_US)} µs`;
  if (size < NS_PER_S) return `${digits3(ns / NS_PER_MS)} ms`;
  return `${digits3(ns / NS_PER_S)} s`;
}

/** Formats a ratio as a percentage with as many digits as say something: `0.013%`. `null` is `-`. */
export function formatPercent(ratio: number | null): string {
  if (ratio === null) return '-';
  const percent = ratio * 100;
  if (percent === 0) return '0%';
  return Math.abs(percent) < 0.1 ? `${percent.toPrecision(2)}%` : `${percent.toFixed(Math.abs(percent) < 10 ? 2 : 1)}%`;
}

function scaled(value: string | undefined, factor: number | undefined): number | undefined {
  if (value === undefined || factor === undefined) return undefined;
  const result = Math.round(Number(value) * factor);
  return Number.isSafeInteger(result) ? result : undefined;
}

function prefixed(value: number, base: number, prefixes: readonly string[]): string {
  let index = 0;
  let rest = value;
  // 999.6 would print as "1000": it belongs to the next prefix.
  while (Math.abs(rest) >= base - 0.5 && index < prefixes.length - 1) {
    rest /= base;
    index++;
  }
  return `${digits3(rest)} ${prefixes[index]}`;
}

/** Three significant digits without an exponent, whole numbers whole. */
function digits3(value: number): string {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}
