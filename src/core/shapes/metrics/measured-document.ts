/**
 * The documents that a measuring command ends with.
 *
 * @module
 */
import type { FailedLabDocument, LabDocument } from '../lab.ts';
import type { PathDocument } from '../path/document.ts';
import type { ResultDocument } from '../result.ts';

/** Of `winze -c`, `winze -x` or `winze lab`; `schema` tells which. */
export type MeasuredDocument = ResultDocument | PathDocument | LabDocument | FailedLabDocument;
