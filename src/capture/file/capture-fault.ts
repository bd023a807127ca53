/**
 * Why reading of a capture file stopped before its end. Faults are values: a damaged file throws no exception.
 *
 * @module
 */

/**
 * Reasons why a capture file cannot be read further.
 */
export type FaultReason =
  /** The file is empty. */
  | 'empty'
  /** The file does not begin with the magic number of a known format. */
  | 'unknown-format'
  | 'unsupported-version'
  /** The header of the file or of a section has invalid fields. */
  | 'bad-header'
  /** The file ends inside a record. */
  | 'truncated'
  /** A length field has an impossible value. */
  | 'bad-length'
  /** The length at the end of a pcapng block differs from the one at its start. */
  | 'bad-trailer'
  /** An option of a pcapng block reaches beyond it. */
  | 'bad-option'
  /** A packet refers to an interface that the section does not describe. */
  | 'unknown-interface'
  | 'too-many-interfaces'
  /** The input ended with an error: a read error, or damaged compression. */
  | 'unreadable';

/** An error found by a part of the reader. */
export interface Problem {
  readonly reason: FaultReason;
  /** Message in one line, without the position in the file, without a full stop. */
  readonly message: string;
}

/** An error with its position in the file. */
export interface CaptureFault extends Problem {
  /** Number of the frame that could not be read: the number of frames read, plus one. */
  readonly frame: number;
  /** Offset of its record or block in the uncompressed file. */
  readonly fileOffset: number;
}
