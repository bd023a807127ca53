/**
 * Why the reading of a capture file stopped before its end. A value: a broken file is no exception.
 *
 * @module
 */

export type FaultReason =
  /** The file has no octets. */
  | 'empty'
  /** No magic number of a capture file. */
  | 'unknown-format'
  | 'unsupported-version'
  /** The head of the file or of a section contradicts itself. */
  | 'bad-header'
  /** The file ends inside a record. */
  | 'truncated'
  /** A length that cannot be. */
  | 'bad-length'
  /** The length behind a pcapng block is not the one before it. */
  | 'bad-trailer'
  /** An option of a pcapng block reaches beyond it. */
  | 'bad-option'
  /** A packet of an interface that was not described. */
  | 'unknown-interface'
  | 'too-many-interfaces'
  /** The octets stopped to come: a read error, damaged compression. */
  | 'unreadable';

/** What a part of the reader found wrong. */
export interface Problem {
  readonly reason: FaultReason;
  /** One line, without place, without full stop. */
  readonly words: string;
}

export interface CaptureFault extends Problem {
  /** The frame that could not be read: one more than were. */
  readonly frame: number;
  /** Where its record or block begins in the (uncompressed) file. */
  readonly fileOffset: number;
}
