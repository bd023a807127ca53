/**
 * Notes that are printed before a test begins: about options that have another meaning in ethr or iperf3, and about UDP
 * at full speed.
 *
 * @module
 */
import { formatSize } from '../core/units.ts';
import { LENGTHS } from '../measure/test-defaults.ts';
import type { Options } from './option-table.ts';
import { testKinds } from './test-specs.ts';

type Note = readonly [applies: (options: Options) => boolean, words: string];

const bandwidthOver = (options: Options, protocol: 'tcp' | 'udp'): boolean =>
  testKinds(options).includes('bandwidth') && (options.protocol ?? ['tcp']).includes(protocol);

const LONGEST = LENGTHS['tcp bandwidth'].max;

const NOTES: readonly Note[] = [
  [
    (o) => bandwidthOver(o, 'udp') && o.rate === undefined,
    'UDP without -b floods: it is sent as fast as it goes, and what does not fit is lost; for a rate use -b RATE',
  ],
  [
    (o) => bandwidthOver(o, 'tcp') && (o.length ?? 0) > LONGEST,
    `a write has ${formatSize(LONGEST)} at most: longer ones go in pieces of that`,
  ],
];

/** Notes on the tests of a client. Each is printed once. */
export function testNotes(options: Options): readonly string[] {
  return NOTES.filter(([applies]) => applies(options)).map(([, words]) => words);
}

/** Options whose bare number other tools read in another unit than seconds. `from` is the least number that gets a note. */
const BARE_NUMBERS: readonly (readonly [option: string, from: number, words: (number: string) => string])[] = [
  [
    'warmup',
    0,
    (n) =>
      `-w ${n} is a warm-up of ${n} s; ethr counts round trips with it, iperf3 sets what is --window here (write -w ${n}s to be sure)`,
  ],
  [
    'connect-timeout',
    60,
    (n) => `--connect-timeout ${n} is ${n} s; iperf3 counts milliseconds (write ${n}ms or ${n}s to be sure)`,
  ],
];

/**
 * Notes on how options were written.
 *
 * @param normal - arguments as `normalizeArguments` returns them
 */
export function writingNotes(normal: readonly string[]): readonly string[] {
  return BARE_NUMBERS.flatMap(([option, from, words]) => {
    const start = `--${option}=`;
    const value = normal.findLast((argument) => argument.startsWith(start))?.slice(start.length) ?? '';
    return /^\d+(?:\.\d+)?$/.test(value) && Number(value) > from ? [words(value)] : [];
  });
}
