/**
 * The report of a capture (`winze decode`) as a part of the page.
 *
 * @module
 */
import type { CaptureDocument, Finding } from '../../../capture/documents/capture-report.ts';
import { grouped } from '../../decode/report-figures.ts';
import { captureReportText } from '../../decode/report-text.ts';
import { sizeText, timeText, UNKNOWN } from '../../text/figures.ts';
import { atWidth } from '../../text/layout.ts';
import type { DocumentPart } from '../context.ts';
import { textReport } from '../document-parts.ts';
import { below, figures, type Level } from '../parts/figure.ts';
import { type Html, html } from '../parts/html.ts';
import { facts, message, section } from '../parts/prose.ts';
import { table } from '../parts/table.ts';
import { sessionFigure } from './session-figure.ts';
import { tunnelFigure } from './tunnel-figure.ts';

const TEXT_WIDTH = 100;
/** Layers of frames that are listed. */
const MOST_LAYERS = 30;
/** Findings that are listed; a page of more would not be read. */
const MOST_FINDINGS = 40;

/** The part of a document of a capture. @param level - of the headings of its sections */
export function capturePart(document: CaptureDocument, level: Level): DocumentPart {
  const { file, summary, wireguard, tunnels, findings } = document;
  const inner = below(level);
  return {
    kind: 'Capture',
    title: file.name,
    sections: [
      file.fault === null
        ? null
        : message(
            'bad',
            `The file is damaged at frame ${file.fault.frame}: ${file.fault.message}. What came before was read.`,
          ),
      facts([
        ['frames', grouped(summary.frames)],
        ['octets', sizeText(summary.bytes)],
        ['time', timeText(file.duration_ns)],
        ['format', file.format ?? UNKNOWN],
        ['first frame', file.started_at ?? UNKNOWN],
      ]),
      section(
        level,
        'Findings',
        findings.length === 0 ? [message('good', 'Nothing unusual was found.')] : findingList(findings),
      ),
      section(level, 'Handshakes and sessions', [figures(sessionFigure(wireguard?.peers ?? [], inner))]),
      section(level, 'Sizes outside and inside', [figures(tunnelFigure(tunnels, inner))]),
      section(level, 'Frames', [layerTable(document)]),
      wireguard === null
        ? null
        : textReport(
            level,
            atWidth(TEXT_WIDTH, () => captureReportText(wireguard, findings)),
          ),
    ],
  };
}

function findingList(findings: readonly Finding[]): readonly Html[] {
  const shown = findings.slice(0, MOST_FINDINGS).map(({ severity, confidence, what, next_step, frames }) => {
    const kind = severity === 'problem' ? 'bad' : severity === 'warning' ? 'warning' : 'good';
    const word = severity === 'problem' ? 'Problem' : severity === 'warning' ? 'Warning' : 'Note';
    const where =
      frames.length === 0 ? '' : ` Frames ${frames.slice(0, 6).join(', ')}${frames.length > 6 ? ' …' : ''}.`;
    return message(kind, html`${what} (${confidence}).${where} <em>${next_step}</em>`, word);
  });
  const left = findings.length - shown.length;
  return left > 0 ? [...shown, message('warning', `${left} more findings are in the document.`)] : shown;
}

function layerTable({ summary: { layers } }: CaptureDocument): Html | null {
  if (layers.length === 0) return null;
  return table({
    caption:
      layers.length > MOST_LAYERS
        ? `Frames by their layers, the first ${MOST_LAYERS} of ${layers.length} kinds`
        : 'Frames by their layers',
    head: ['layers', 'frames', 'octets'],
    rows: layers.slice(0, MOST_LAYERS).map((one) => [one.layers.join(' / '), grouped(one.frames), grouped(one.bytes)]),
  });
}
