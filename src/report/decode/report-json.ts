/**
 * The report of a capture as JSON: one document, or a line for each event and the document as the last one.
 *
 * @module
 */

import type { CaptureDocument } from '../../capture/documents/capture-report.ts';
import type { WireguardEvent } from '../../capture/wireguard/events.ts';

/** The document as indented JSON for `--json`, ending in a line break. */
export function captureDocumentText(document: CaptureDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The document as the last line of `--json-stream`: `{"event":"end","data":…}` and a line break. */
export function captureDocumentLine(document: CaptureDocument): string {
  return `${JSON.stringify({ event: 'end', data: document })}\n`;
}

/** An event as one line of `--json-stream`: `{"event":"initiation","data":{"frame":…` and a line break. */
export function captureEventLine({ event, ...data }: WireguardEvent): string {
  return `${JSON.stringify({ event, data })}\n`;
}
