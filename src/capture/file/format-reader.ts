/**
 * The interface that the readers of pcap and pcapng implement.
 *
 * @module
 */
import type { CaptureRecord } from '../record.ts';
import type { Problem } from './capture-fault.ts';

/** Result of reading one record: a record, a request for more input, or an error that ends reading. */
export type FormatReadResult = 'record' | 'need-more' | Problem;

/** Reads records of one format from a `Window`. */
export interface FormatReader {
  /** Number of records read. */
  readonly frames: number;
  /** File offset of the record or block that is being read, or of the next one. */
  readonly recordOffset: number;
  /** After `need-more`: the name of the incomplete part, and how many octets it needs from `recordOffset`. */
  readonly wanted: string;
  readonly wantedBytes: number;
  /** Fills `record` with the next packet. Never throws. */
  next(record: CaptureRecord): FormatReadResult;
}
