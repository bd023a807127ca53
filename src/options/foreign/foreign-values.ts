/**
 * Values that ethr and iperf3 expect after a letter that has another meaning in winze, and what to write instead.
 *
 * @module
 */
import { parseSize } from '../../core/units.ts';
import { MOST_STREAMS } from '../../measure/test-defaults.ts';
import { beforeSlash } from './foreign-options.ts';

const TIME = /^\d+(?:\.\d+)?(?:[mun]?s|m|h|d)?$/;
/** A size with a suffix of iperf3 or ethr. A lower-case `m` is not one: it means minutes, which a warm-up can have. */
const SUFFIXED_SIZE = /^\d+(?:\.\d+)?(?:[kKMGT]i?[bB]?|[bB])$/;

type Words = (value: string) => string | undefined;

/** By the long name of the option. The function returns `undefined` if the value is not one of another tool. */
const ANSWERS: ReadonlyMap<string, Words> = new Map<string, Words>([
  // iperf3: the port.
  ['protocol', (value) => (/^\d+$/.test(value) ? `-p is the protocol; for the port use -port ${value}` : undefined)],
  // iperf3: the time.
  ['test', (value) => (TIME.test(value) ? `-t is the kind of test; for its time use -d ${value}` : undefined)],
  // iperf3: the payload after which the test ends.
  [
    'streams',
    (value) =>
      !(Number(value) <= MOST_STREAMS) && parseSize(value) !== undefined
        ? `-n is the number of streams, 128 at most; for an amount of payload use --bytes ${value}`
        : undefined,
  ],
  // iperf3: the socket buffers.
  [
    'warmup',
    (value) =>
      SUFFIXED_SIZE.test(value) ? `-w is the time of the warm-up; for socket buffers use --window ${value}` : undefined,
  ],
  // iperf3: the time between report lines, 0 for none. To others a count of 0 is one without end.
  [
    'count',
    (value) =>
      Number(value) === 0
        ? 'for no lines while a test runs use -q; for a test that goes on until Ctrl-C use -d 0'
        : TIME.test(value)
          ? `-i is a number of probes; for the time between report lines use --interval ${value}`
          : undefined,
  ],
  // iperf3: milliseconds.
  [
    'connect-timeout',
    (value) => (/^\d+$/.test(value) ? `a bare number is in seconds; use --connect-timeout ${value}ms` : undefined),
  ],
  // iperf3: a rate, and how many writes may follow each other at once.
  [
    'rate',
    (value) =>
      /^[^/]+\/\d+$/.test(value)
        ? `how many writes go at once cannot be chosen; use -b ${beforeSlash(value)}`
        : undefined,
  ],
]);

/**
 * What to write instead of a value that its option does not take; `undefined` if the value is not one of another tool.
 *
 * @param option - long name, without dashes
 */
export function answerToForeignValue(option: string, value: string): string | undefined {
  return ANSWERS.get(option)?.(value);
}
