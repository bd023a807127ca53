/**
 * Parsers of option values: numbers, rates, sizes, times and words. Each takes the text after an option.
 *
 * @module
 */
import { parseDscp } from '../../core/dscp.ts';
import {
  formatLimit,
  formatNanos,
  formatRate,
  formatSize,
  isBeyondDuration,
  parseDuration,
  parseRate,
  parseSize,
} from '../../core/units.ts';
import { type Read, type ReadWords, ValueError } from './value-error.ts';

/** Parses a whole number in a range, bounds included. */
export function wholeNumber(min: number, max: number): Read<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new ValueError(`expected a whole number, ${min} to ${max}`);
    return value;
  };
}

/** Parses the decimals of bit rates: 1 or 2, as in ethr. */
export function rateDecimals(text: string): 1 | 2 {
  if (text !== '1' && text !== '2') throw new ValueError('expected 1 or 2, the decimals of bit rates');
  return text === '1' ? 1 : 2;
}

/** Parses a bit rate into bit/s. 0 is no limit, as in ethr and iperf3. */
export function rate(text: string): number {
  const bps = parseRate(text);
  if (bps === undefined) throw new ValueError(`expected bits per second, such as 500M or 1.5G${inBits(text)}`);
  // "-b 100" is a mistake: it is meant in megabits.
  if (bps > 0 && bps < 1000) {
    throw new ValueError(`that is ${formatRate(bps)}; for megabits per second write ${text}M`);
  }
  return bps;
}

/** Advice for a rate that was typed in bytes, such as `100MB`. */
function inBits(text: string): string {
  const [, value, prefix] = /^(\d+(?:\.\d+)?) ?([kKMG])i?B(?:ytes|\/s|ps)?$/.exec(text.trim()) ?? [];
  return value === undefined ? '' : `; for ${text} a second write ${Number(value) * 8}${prefix}`;
}

/** Parses a size into bytes, in a range. */
export function size(min: number, max: number): Read<number> {
  return (text) => {
    const bytes = parseSize(text);
    if (bytes === undefined) throw new ValueError('expected bytes, such as 1400, 128K or 1M');
    if (bytes < min || bytes > max) {
      throw new ValueError(`expected ${formatSize(min)} to ${formatSize(max)}`);
    }
    return bytes;
  };
}

/**
 * Parses a time into nanoseconds, in a range.
 *
 * @param beyond - what to write for a longer time
 */
export function duration(min: number, max: number, beyond: string = ''): Read<number> {
  return (text) => {
    const ns = isBeyondDuration(text) ? Number.POSITIVE_INFINITY : parseDuration(text);
    if (ns === undefined) throw new ValueError('expected a time, such as 10s, 500ms or 1m30s');
    if (ns < min) throw new ValueError(`expected at least ${formatNanos(min)}`);
    if (ns > max) {
      const unit = /^[\d.]+$/.test(text) ? `; that is seconds: for milliseconds write ${text}ms` : '';
      throw new ValueError(`expected at most ${formatLimit(max)}${unit || beyond}`);
    }
    return ns;
  };
}

/** A warm-up: `-w 2` is 2 s of a bandwidth test, and two probes of a path. */
export interface Warmup {
  readonly ns: number;
  /** `null` where a unit says that it is a time. */
  readonly count: number | null;
}

/** Parses a warm-up: a time, or a bare number that counts probes where probes are counted. */
export function warmup(max: number): Read<Warmup> {
  const read = duration(0, max);
  return (text) => ({ ns: read(text), count: /^\d+$/.test(text) ? Number(text) : null });
}

/** Parses the time between probes into nanoseconds. 0 is `min`: in ethr it means as fast as possible. */
export function gap(min: number, max: number): Read<number> {
  const read = duration(min, max);
  return (text) => (parseDuration(text) === 0 ? min : read(text));
}

/**
 * Parses a percentage into a ratio, at most 0.5. The sign is required, because a bare `0.5` may mean a ratio or a
 * percentage.
 */
export function share(text: string): number {
  const percent = /^(\d{1,3}(?:\.\d{1,9})?)%$/.exec(text.trim())?.[1];
  if (percent === undefined) {
    const bare = /^\d+(?:\.\d+)?$/.test(text) ? `: write ${text}%` : ', such as 0.5%';
    throw new ValueError(`expected a percentage${bare}`);
  }
  const ratio = Number(percent) / 100;
  if (ratio > 0.5) throw new ValueError('expected at most 50%: with more no test gets through');
  return ratio;
}

/** Parses one of a set of words. */
export function oneOf<const W extends string>(words: readonly W[]): ReadWords<W> {
  const read = (text: string): W => {
    const word = words.find((w) => w === text);
    if (word === undefined) throw new ValueError(`expected ${words.join(' or ')}`);
    return word;
  };
  return Object.assign(read, { words, isList: false });
}

/**
 * Parses a list of words with commas between them, each at most once.
 *
 * @param absent - words that are not supported, with a message for each
 */
export function listOf<const W extends string>(
  words: readonly W[],
  absent: ReadonlyMap<string, string>,
): ReadWords<readonly W[]> {
  const read = oneOf(words);
  const readAll = (text: string): readonly W[] => {
    const parts = text.split(',').map((part) => part.trim());
    for (const part of parts) {
      const answer = absent.get(part);
      if (answer !== undefined) throw new ValueError(answer);
    }
    const list = parts.map(read);
    if (new Set(list).size !== list.length) throw new ValueError('names the same one twice');
    return list;
  };
  return Object.assign(readAll, { words, isList: true });
}

/** Parses a TOS octet, decimal or hexadecimal with 0x. */
export function tos(text: string): number {
  const value = /^(\d{1,3}|0x[0-9a-f]{1,2})$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 255)) throw new ValueError('expected 0 to 255, or 0x00 to 0xff; for a name use --dscp');
  return value;
}

/** Parses a DSCP, by name or number, into the TOS octet. */
export function dscp(text: string): number {
  const octet = parseDscp(text);
  if (octet === undefined) throw new ValueError('expected 0 to 63, CS0-CS7, AF11-AF43, EF, VA or LE');
  return octet;
}

/** Parses the name of a congestion control algorithm: at most 15 characters (TCP_CA_NAME_MAX is 16 in Linux). */
export function congestionControl(text: string): string {
  if (!/^[\w.-]{1,15}$/.test(text)) throw new ValueError('expected a name such as cubic or bbr');
  return text;
}

/** Parses the name of a network device: at most 15 characters, without slash or space (IFNAMSIZ is 16 in Linux). */
export function device(text: string): string {
  if (!/^[^\s/\p{Cc}]{1,15}$/u.test(text)) throw new ValueError('expected a network device such as eth0');
  return text;
}

/** Parses the name of a file. */
export function file(text: string): string {
  if (text === '' || text === '-' || text.includes('\0')) throw new ValueError('expected the name of a file');
  return text;
}

/** Parses one line of text, at most 256 characters. */
export function title(text: string): string {
  if (text.length > 256 || /\p{Cc}/u.test(text)) {
    throw new ValueError('expected one line of at most 256 characters');
  }
  return text;
}
