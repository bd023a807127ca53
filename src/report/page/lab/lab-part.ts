/**
 * A document of the lab (`winze lab`) as a part of the page.
 *
 * @module
 */
import type { FailedLabDocument, LabDocument, LabRow } from '../../../core/shapes/lab.ts';
import type { Overhead } from '../../../core/shapes/result.ts';
import { linkWords } from '../../lab/lab-progress.ts';
import { formatLab } from '../../lab/lab-table.ts';
import { labVerdict } from '../../lab/lab-words.ts';
import { testName } from '../../test/spec-words.ts';
import { coresText, counted, countText, percentText, rateText, shortText, shortTimeText } from '../../text/figures.ts';
import type { DocumentPart } from '../context.ts';
import { documentState, expectationTable, textReport } from '../document-parts.ts';
import { below, figures, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import { facts, section, sentences, tiles } from '../parts/prose.ts';
import { table } from '../parts/table.ts';
import { type ComparedLabel, comparisonFigures } from '../result/comparison-figures.ts';
import { intervalFigures } from '../result/interval-figures.ts';
import { distributionFigure } from '../result/latency-figures.ts';
import { cpuFigure, rateFigure } from './row-figures.ts';

const TEXT_WIDTH = 100;

/** The part of a document of the lab. @param level - of the headings of its sections */
export function labPart(document: LabDocument | FailedLabDocument, level: Level): DocumentPart {
  const { title, rows, overhead, left_out, error } = document;
  const inner = below(level);
  const labelOf = ({ path }: Overhead): ComparedLabel => ({
    label: path,
    slot: Math.max(
      0,
      rows.findIndex(({ name }) => name === path),
    ),
  });
  const nameOf = (row: Overhead): string =>
    testName({ ...row, test: row.figure === 'connections' ? 'connections' : 'bandwidth' });
  const times = (field: 'rtt_ns' | 'loaded_rtt_ns') =>
    rows.flatMap((row, slot) => (row[field] === null ? [] : [{ label: row.name, slot, times: row[field] }]));
  const whole = document.mode === null ? null : document;
  return {
    kind: 'Lab: a line, and tunnels over it',
    title: title ?? 'A line on this machine, and tunnels over it',
    sections: [
      documentState(document),
      tiles(
        rows.map((row) => ({
          name: row.name,
          value: rateText(row.tcp_goodput_bps),
          about: 'TCP goodput, median of the rounds',
        })),
      ),
      sentences(whole === null ? [] : labVerdict(whole)),
      expectationTable(document.expectations),
      section(level, 'What arrived', [
        figures([...rateFigure(rows, inner), ...comparisonFigures(overhead, labelOf, nameOf, inner)]),
      ]),
      section(level, 'Round trips', [
        figures([
          ...distributionFigure('Round trips, idle line', times('rtt_ns'), inner),
          ...distributionFigure('Round trips, while TCP fills the line', times('loaded_rtt_ns'), inner),
        ]),
      ]),
      section(level, 'Processor time', [figures(cpuFigure(rows, inner))]),
      section(level, 'Over time', [figures(intervalFigures({ paths: [], tests: document.tests }, inner))]),
      section(level, 'Rows', [
        rowTable(rows),
        sentences(left_out.map(({ what, reason }) => `left out: ${what}: ${reason}`)),
      ]),
      section(level, 'Host and line', [
        facts([
          [
            'host',
            `${document.host.hostname}: ${document.host.os}, ${counted(document.host.cores, 'core')} of ${document.host.cpu}`,
          ],
          ...(whole === null ? [] : [['line', linkWords(whole.link)] as const]),
        ]),
      ]),
      whole === null || (error !== null && rows.length === 0)
        ? null
        : textReport(level, formatLab(whole, { color: false, width: TEXT_WIDTH })),
    ],
  };
}

function rowTable(rows: readonly LabRow[]): Html | null {
  if (rows.length === 0) return null;
  return table({
    caption: 'Medians of the rounds',
    head: [
      'row',
      'MTU',
      'TCP',
      'UDP',
      'UDP loss',
      'paced at',
      'paced loss',
      'RTT idle',
      'RTT loaded',
      'CPU ends',
      'CPU tunnel',
    ],
    rows: rows.map((row) => [
      row.name,
      countText(row.mtu_bytes),
      rateText(row.tcp_goodput_bps),
      rateText(row.udp_goodput_bps),
      percentText(row.udp_loss_ratio),
      shortText(row.udp_paced_rate_bps),
      percentText(row.udp_paced_loss_ratio),
      shortTimeText(row.rtt_ns?.p50 ?? null),
      shortTimeText(row.loaded_rtt_ns?.p50 ?? null),
      coresText(sumOf(row.cpu?.near_ratio ?? null, row.cpu?.far_ratio ?? null)),
      coresText(row.cpu?.tunnel_ratio ?? null),
    ]),
  });
}

function sumOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
