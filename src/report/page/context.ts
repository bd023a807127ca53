/**
 * What a section of the page is made with.
 *
 * @module
 */

import type { Level } from './parts/figure.ts';
import type { Html } from './parts/html.ts';

/** A document as a part of the page: what names it, and its sections. */
export interface DocumentPart {
  /** The kind of document in words, such as `Throughput and latency`. */
  readonly kind: string;
  /** What the user called it, or else what it is of. */
  readonly title: string;
  readonly sections: readonly (Html | null)[];
}

/** Makes a part of the page from a document. @param level - of the headings of its sections */
export type PartOf<D> = (document: D, level: Level) => DocumentPart;
