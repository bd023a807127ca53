/**
 * Where a report is written, as the reports see it.
 *
 * @module
 */

/** Takes the text of a report while it is made. */
export interface ReportWriter {
  /** Width of a line; `undefined` if it is not known. */
  readonly columns: number | undefined;
  /** Writes text. @param plain - the text without colours, for a file */
  readonly write: (text: string, plain?: string) => void;
  /** Writes the JSON document to the file that is for the document only, if there is one. */
  readonly document: (text: string) => void;
}

/** Takes the text of decoded captures, which can be long: the writer says when it takes more. */
export interface CaptureWriter extends ReportWriter {
  /** Writes ASCII text that is already encoded. @param bytes - must not change until `onWritten` is called */
  readonly writeBytes: (bytes: Uint8Array, onWritten: () => void) => void;
  /** Settles when more may be written; `undefined` if it may be now. */
  readonly drained: () => Promise<void> | undefined;
}
