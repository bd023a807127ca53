/**
 * Stored documents and streams of winze, as `winze report` reads them.
 *
 * @module
 */

import { JOIN_SCHEMA, type JoinDocument } from '../../capture/documents/capture-join.ts';
import { CAPTURE_SCHEMA, type CaptureDocument } from '../../capture/documents/capture-report.ts';
import { quoted } from '../../core/printable.ts';
import { type FailedLabDocument, LAB_SCHEMA, type LabDocument } from '../../core/shapes/lab.ts';
import { PATH_SCHEMA, type PathDocument } from '../../core/shapes/path/document.ts';
import { RESULT_SCHEMA, type ResultDocument } from '../../core/shapes/result.ts';
import { jsonValues } from './json-values.ts';

/** A document that can be drawn anew. Fields of later versions are kept. */
export type StoredDocument =
  | ResultDocument
  | PathDocument
  | LabDocument
  | FailedLabDocument
  | CaptureDocument
  | JoinDocument;

/** A line of a stream that has no document, or not yet. */
export interface StoredEvent {
  readonly event: string;
  readonly test?: unknown;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is wrong at a line of a file, in words. */
export interface StoredFault {
  readonly line: number;
  readonly message: string;
}

/** What is in a file. */
export interface StoredFile {
  readonly name: string;
  readonly documents: readonly StoredDocument[];
  /** Of a stream without its end: what there is of it. */
  readonly events: readonly StoredEvent[];
  readonly faults: readonly StoredFault[];
}

/** Faults of one file that are told. */
const MOST_FAULTS = 3;
const KNOWN: readonly string[] = [RESULT_SCHEMA, PATH_SCHEMA, LAB_SCHEMA, CAPTURE_SCHEMA, JOIN_SCHEMA];

/**
 * Reads the text of a file: documents, or a stream with or without its end.
 *
 * @param isWhole - whether a document can be drawn; throws if it cannot
 */
export function readStored(name: string, text: string, isWhole: (document: StoredDocument) => void): StoredFile {
  const documents: StoredDocument[] = [];
  const faults: StoredFault[] = [];
  let events: StoredEvent[] = [];
  const add = (document: Readonly<Record<string, unknown>>, line: number): void => {
    const message = faultOf(document, isWhole);
    if (message === null) documents.push(document as unknown as StoredDocument);
    else faults.push({ line, message });
  };
  for (const found of jsonValues(text)) {
    if (faults.length >= MOST_FAULTS) break;
    if ('fault' in found) faults.push({ line: found.line, message: found.fault });
    else if (!isObject(found.value)) faults.push({ line: found.line, message: 'it is no document of winze' });
    else if (!isEvent(found.value)) add(found.value, found.line);
    else if (found.value.event !== 'end' && found.value.event !== 'join') events.push(found.value);
    else if ('schema' in found.value.data) {
      add(found.value.data, found.line);
      // The document has all that the lines before it say.
      events = [];
    }
  }
  const isEmpty = documents.length + events.length + faults.length === 0;
  return { name, documents, events, faults: isEmpty ? [{ line: 1, message: 'it is empty' }] : faults };
}

/** What is wrong with a document; `null` if nothing is. */
function faultOf(
  document: Readonly<Record<string, unknown>>,
  isWhole: (document: StoredDocument) => void,
): string | null {
  const { schema } = document;
  if (typeof schema !== 'string') return 'it is no document of winze: it has no schema';
  if (!KNOWN.includes(schema)) {
    const [kind = '', version = ''] = schema.split('/', 2);
    const own = KNOWN.find((one) => one.startsWith(`${kind}/`));
    const isLater = own !== undefined && /^[1-9]\d*$/.test(version);
    if (!isLater) return `"${quoted(schema)}" is no document that winze report draws`;
    return `it is ${quoted(schema)}, and this winze reads ${own}: take a newer winze`;
  }
  try {
    isWhole(document as unknown as StoredDocument);
    return null;
  } catch {
    return `it is no whole ${schema}: fields are missing, or are not what they should be`;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEvent(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & StoredEvent {
  return typeof value.event === 'string' && isObject(value.data);
}
