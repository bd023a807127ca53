/**
 * Documents as JSON.
 *
 * @module
 */

/** Formats the document of `--json` as indented JSON, ending in a line break. */
export function formatDocument(document: { readonly schema: string }): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
