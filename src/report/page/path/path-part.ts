/**
 * A document of a path (`winze -x`) as a part of the page.
 *
 * @module
 */
import type { PathDocument, PathTestResult } from '../../../core/shapes/path/document.ts';
import { formatPathFigure } from '../../path/path-expectations.ts';
import { formatPathSummary } from '../../path/path-summary.ts';
import type { DocumentPart } from '../context.ts';
import { documentState, expectationTable, textReport } from '../document-parts.ts';
import { below, figures, type Level } from '../parts/figure.ts';
import type { Html } from '../parts/html.ts';
import { section, sentences } from '../parts/prose.ts';
import { hopFigures } from './hop-figures.ts';
import { lanesOf } from './lanes.ts';
import { mtuFigures } from './mtu-figures.ts';
import { probeFigures } from './probe-figures.ts';

const TEXT_WIDTH = 100;

/** The part of a document of a path. @param level - of the headings of its sections */
export function pathPart(document: PathDocument, level: Level): DocumentPart {
  const { title, target } = document;
  return {
    kind: 'Path',
    title: title ?? target.url ?? target.name,
    sections: [
      documentState(document),
      expectationTable(document.expectations, formatPathFigure),
      pathTests(document.tests, level),
      document.tests.length === 0
        ? null
        : textReport(level, formatPathSummary(document, { color: false, width: TEXT_WIDTH })),
    ],
  };
}

/** The sections of tests of a path, of this document or of a result. */
export function pathTests(tests: readonly PathTestResult[], level: Level): Html | null {
  const inner = below(level);
  const lanes = lanesOf(tests);
  const findings = tests.flatMap((test) => {
    const found = 'findings' in test ? test.findings : [];
    const back = 'back' in test && test.back !== null ? test.back.findings : [];
    return [...new Set([...found, ...back, ...test.warnings])];
  });
  const content = [
    sentences(findings),
    figures([...hopFigures(lanes, inner), ...mtuFigures(lanes, inner), ...probeFigures(lanes, inner)]),
  ];
  return section(level, 'The path', content);
}
