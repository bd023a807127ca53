/**
 * What the reader of one format does: records out of a window.
 *
 * @module
 */
import type { CaptureRecord } from '../record.ts';
import type { Problem } from './capture-fault.ts';

export type Step = 'record' | 'need-more' | Problem;

export interface FormatReader {
  /** Records that were read. */
  readonly frames: number;
  /** Where the record or block begins that is being read, or would. */
  readonly recordOffset: number;
  /** After `need-more`: what is not there in full, and how many octets from `recordOffset` it takes. */
  readonly wanted: string;
  readonly wantedBytes: number;
  next(record: CaptureRecord): Step;
}
