/**
 * The configuration of the lab, from the options of the command line.
 *
 * @module
 */
import { usageError } from '../core/errors.ts';
import type { LabConfig } from '../core/shapes/lab.ts';
import type { Options } from './option-table.ts';

/** MTU of Ethernet. */
const USUAL_MTU = 1500;
/** With a lower rate, a test would not end in the time that the lab gives it. */
const LEAST_RATE_BPS = 1e6;
/** With a higher rate, no machine keeps up, and the kernel rejects the size of the queue. */
const MOST_RATE_BPS = 100e9;

/** Builds the configuration of the lab. @throws NetError `ERR_USAGE` */
export function labSettings(options: Options): Omit<LabConfig, 'signal' | 'onEvent'> {
  if (options.duration === 0) throw usageError('-d 0: the lab runs many tests, each needs an end; give a time');
  if (options.json && options.jsonStream) throw usageError('--json and --json-stream exclude each other; choose one');
  const rate = options.rate || null;
  if (rate !== null && rate < LEAST_RATE_BPS) throw usageError('--rate: the slowest line of the lab has 1M');
  if (rate !== null && rate > MOST_RATE_BPS) {
    throw usageError('--rate: the fastest line of the lab has 100G; leave it out for as fast as it goes');
  }
  return {
    line: {
      rate_bps: rate,
      delay_ns: options.delay ?? 0,
      loss_ratio: options.loss ?? 0,
      mtu_bytes: options.mtu ?? USUAL_MTU,
    },
    nest: options.nest === true,
    congestion_control: options.congestion ?? null,
    duration_ns: options.duration ?? null,
    title: options.title ?? null,
    engine: options.engine ?? 'auto',
  };
}
