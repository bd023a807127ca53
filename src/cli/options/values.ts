/**
 * Readers of option values. Each takes the text after an option and returns the value, or throws
 * commander's `InvalidArgumentError` with what was expected; the option's name is put before it.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander';
import { formatNanos, formatRate, formatSize, parseDuration, parseRate, parseSize } from '../../core/units.ts';
import { parseDscp } from './dscp.ts';

export type Read<T> = (text: string) => T;

/** Reads a whole number in a range. */
export function wholeNumber(min: number, max: number): Read<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`expected a whole number, ${min} to ${max}`);
    return value;
  };
}

/** Reads a bit rate. 0 is no limit, as in ethr and iperf3. */
export function rate(text: string): number {
  const bps = parseRate(text);
  if (bps === undefined)
    throw new InvalidArgumentError(`expected bits per second, such as 500M or 1.5G${inBits(text)}`);
  // Nobody means 100 bit/s by "-b 100".
  if (bps > 0 && bps < 1000) {
    throw new InvalidArgumentError(`that is ${formatRate(bps)}; for megabits per second write ${text}M`);
  }
  return bps;
}

/** What somebody wants who types `100MB`. */
function inBits(text: string): string {
  const [, value, prefix] = /^(\d+(?:\.\d+)?) ?([kKMG])i?B(?:ytes|\/s|ps)?$/.exec(text.trim()) ?? [];
  return value === undefined ? '' : `; for ${text} a second write ${Number(value) * 8}${prefix}`;
}

/** Reads a size in a range of bytes. */
export function size(min: number, max: number): Read<number> {
  return (text) => {
    const bytes = parseSize(text);
    if (bytes === undefined) throw new InvalidArgumentError('expected bytes, such as 1400, 128K or 1M');
    if (bytes < min || bytes > max) {
      throw new InvalidArgumentError(`expected ${formatSize(min)} to ${formatSize(max)}`);
    }
    return bytes;
  };
}

/** Reads a time in a range of nanoseconds. */
export function duration(min: number, max: number): Read<number> {
  return (text) => {
    const ns = parseDuration(text);
    if (ns === undefined) throw new InvalidArgumentError('expected a time, such as 10s, 500ms or 1m30s');
    if (ns < min) throw new InvalidArgumentError(`expected at least ${formatNanos(min)}`);
    if (ns > max) {
      const unit = /^[\d.]+$/.test(text) ? `; that is seconds: for milliseconds write ${text}ms` : '';
      throw new InvalidArgumentError(`expected at most ${formatNanos(max)}${unit}`);
    }
    return ns;
  };
}

/** Reads a time between probes. 0 is the least: ethr means by it as soon as it goes. */
export function gap(min: number, max: number): Read<number> {
  const read = duration(min, max);
  return (text) => (parseDuration(text) === 0 ? min : read(text));
}

/** Reads a share of the whole below 1, written as a percentage: a bare `0.5` may be meant as either. */
export function share(text: string): number {
  const percent = /^(\d{1,3}(?:\.\d{1,9})?)%$/.exec(text.trim())?.[1];
  if (percent === undefined) {
    const bare = /^\d+(?:\.\d+)?$/.test(text) ? `: write ${text}%` : ', such as 0.5%';
    throw new InvalidArgumentError(`expected a percentage${bare}`);
  }
  const ratio = Number(percent) / 100;
  if (ratio > 0.5) throw new InvalidArgumentError('expected at most 50%: with more no test gets through');
  return ratio;
}

/** Reads one of a set of words. */
export function oneOf<const W extends string>(words: readonly W[]): Read<W> {
  return (text) => {
    const word = words.find((w) => w === text);
    if (word === undefined) throw new InvalidArgumentError(`expected ${words.join(' or ')}`);
    return word;
  };
}

/** Reads a comma list of words, each once. What `absent` names gets its own answer. */
export function listOf<const W extends string>(
  words: readonly W[],
  absent: ReadonlyMap<string, string>,
): Read<readonly W[]> {
  const read = oneOf(words);
  return (text) => {
    const parts = text.split(',').map((part) => part.trim());
    for (const part of parts) {
      const answer = absent.get(part);
      if (answer !== undefined) throw new InvalidArgumentError(answer);
    }
    const list = parts.map(read);
    if (new Set(list).size !== list.length) throw new InvalidArgumentError('names the same one twice');
    return list;
  };
}

/** Reads a TOS octet, decimal or 0x. */
export function tos(text: string): number {
  const value = /^(\d{1,3}|0x[0-9a-f]{1,2})$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 255)) throw new InvalidArgumentError('expected 0 to 255, or 0x00 to 0xff; for a name use --dscp');
  return value;
}

/** Reads a DSCP by name or number, as a TOS octet. */
export function dscp(text: string): number {
  const octet = parseDscp(text);
  if (octet === undefined) throw new InvalidArgumentError('expected 0 to 63, CS0-CS7, AF11-AF43, EF, VA or LE');
  return octet;
}

/** Reads the name of a congestion control algorithm: at most 15 characters (TCP_CA_NAME_MAX is 16). */
export function congestionControl(text: string): string {
  if (!/^[\w.-]{1,15}$/.test(text)) throw new InvalidArgumentError('expected a name such as cubic or bbr');
  return text;
}

/** Reads the name of a network device: at most 15 bytes, no slash or space (IFNAMSIZ is 16). */
export function device(text: string): string {
  if (!/^[^\s/\p{Cc}]{1,15}$/u.test(text)) throw new InvalidArgumentError('expected a network device such as eth0');
  return text;
}

/** Reads the name of a file. */
export function file(text: string): string {
  if (text === '' || text === '-' || text.includes('\0')) throw new InvalidArgumentError('expected the name of a file');
  return text;
}

/** Reads one line of text. */
export function title(text: string): string {
  if (text.length > 256 || /\p{Cc}/u.test(text)) {
    throw new InvalidArgumentError('expected one line of at most 256 characters');
  }
  return text;
}
