/**
 * A stored document as the command that made it prints it.
 *
 * @module
 */
import { JOIN_SCHEMA } from '../../capture/documents/capture-join.ts';
import { CAPTURE_SCHEMA, type CaptureDocument } from '../../capture/documents/capture-report.ts';
import { type FailedLabDocument, LAB_SCHEMA, type LabDocument } from '../../core/shapes/lab.ts';
import { PATH_SCHEMA } from '../../core/shapes/path/document.ts';
import { RESULT_SCHEMA } from '../../core/shapes/result.ts';
import { joinText } from '../decode/join-text.ts';
import { captureReportText } from '../decode/report-text.ts';
import { summaryText } from '../decode/summary-text.ts';
import { formatLab } from '../lab/lab-table.ts';
import { PATH_REPORT } from '../path/path-report.ts';
import { formatPathSummary } from '../path/path-summary.ts';
import { errorLines } from '../test/test-frame.ts';
import { atWidth } from '../text/layout.ts';
import { formatSummary } from '../text/table.ts';
import { cleaned } from './cleaned.ts';
import type { StoredDocument } from './stored-file.ts';

/** How text is drawn. */
export interface TextStyle {
  readonly color: boolean;
  /** 60 to 160 columns; `undefined` is 80. */
  readonly width: number | undefined;
}

/** The text of a document, ending in a line break. @throws unknown if it is not whole */
export function storedText(stored: StoredDocument, { color, width }: TextStyle): string {
  const document = cleaned(stored);
  switch (document.schema) {
    case RESULT_SCHEMA:
      return formatSummary(document, { color, width, path: PATH_REPORT });
    case PATH_SCHEMA:
      return formatPathSummary(document, { color, width });
    case LAB_SCHEMA:
      return hasLink(document)
        ? formatLab(document, { color, width })
        : atWidth(width, () => `${errorLines(document).join('\n')}\n`);
    case CAPTURE_SCHEMA:
      return atWidth(width, () => captureText(document));
    case JOIN_SCHEMA: {
      const [first = '', second = ''] = document.files;
      return atWidth(width, () => joinText([first, second], document.join));
    }
    default:
      return document satisfies never;
  }
}

function hasLink(document: LabDocument | FailedLabDocument): document is LabDocument {
  return document.link !== null;
}

function captureText({ file, summary, wireguard, findings, tunnels }: CaptureDocument): string {
  const report = captureReportText(wireguard, findings);
  const counts = {
    ...{ frames: summary.frames, bytes: summary.bytes, capturedBytes: summary.captured_bytes },
    ...{ cutFrames: summary.cut_frames, otherFrames: summary.other_frames, stacks: summary.layers },
    ...{
      startS: file.duration_ns === null ? null : 0,
      endS: file.duration_ns === null ? null : file.duration_ns / 1e9,
    },
    ...{ clockJumps: file.clock_jumps, clockJumpsNotListed: file.clock_jumps_not_listed, tunnels },
    errors: summary.errors.map(({ error, layer, link_type: linkType, frames, first_frame: firstFrame }) => ({
      error,
      layer,
      linkType,
      frames,
      firstFrame,
    })),
  };
  return summaryText(file.name, counts as Parameters<typeof summaryText>[1], { report, decodeAs: file.decode_as });
}
