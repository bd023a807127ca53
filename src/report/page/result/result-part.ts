/**
 * A result document (`winze -c`) as a part of the page.
 *
 * @module
 */
import type { PathEnd } from '../../../core/shapes/path.ts';
import type { DescribedHost, ResultDocument } from '../../../core/shapes/result.ts';
import { PATH_REPORT } from '../../path/path-report.ts';
import { specWords } from '../../test/spec-words.ts';
import { counted, countText, UNKNOWN } from '../../text/figures.ts';
import { formatSummary } from '../../text/table.ts';
import { verdict } from '../../text/words.ts';
import type { DocumentPart } from '../context.ts';
import { documentState, expectationTable, textReport } from '../document-parts.ts';
import { below, figures, type Level } from '../parts/figure.ts';
import { facts, section, sentences, tiles } from '../parts/prose.ts';
import { table } from '../parts/table.ts';
import { pathTests } from '../path/path-part.ts';
import { resultComparison } from './comparison-figures.ts';
import { connectionFigures } from './connection-figures.ts';
import { intervalFigures } from './interval-figures.ts';
import { latencyFigures } from './latency-figures.ts';
import { pathSeries } from './paths.ts';
import { testTable, testTiles } from './test-figures.ts';

/** Width of the report as text. */
const TEXT_WIDTH = 100;

/** The part of a result document. @param level - of the headings of its sections */
export function resultPart(document: ResultDocument, level: Level): DocumentPart {
  const series = pathSeries(document);
  const inner = below(level);
  const notes = document.paths.flatMap(({ notes: all, name }) => all.map((note) => `${name}: ${note}`));
  const warnings = document.tests.flatMap((test) =>
    test.warnings.map((warning) => `${specWords(test.config)} on ${test.path}: ${warning}`),
  );
  return {
    kind: 'Throughput and latency',
    title: document.title ?? `${document.target.host}, port ${countText(document.target.port)}`,
    sections: [
      documentState(document),
      tiles(testTiles(document, series)),
      sentences(document.paths.length > 1 ? verdict(document) : []),
      expectationTable(document.expectations),
      section(level, 'Comparison', [figures(resultComparison(document, series, inner))]),
      section(level, 'Throughput', [figures(intervalFigures(document, inner))]),
      section(level, 'Round trips', [figures(latencyFigures(document, inner))]),
      section(level, 'Connections', [figures(connectionFigures(document, inner))]),
      pathTests(document.path_tests, level),
      section(level, 'Tests', [testTable(document, series), sentences([...notes, ...warnings])]),
      section(level, 'Hosts and paths', [hostFacts(document), pathTable(document)]),
      textReport(level, formatSummary(document, { color: false, width: TEXT_WIDTH, path: PATH_REPORT })),
    ],
  };
}

function hostFacts({ client, server, target }: ResultDocument) {
  return facts([
    ['target', `${target.host}, port ${countText(target.port)}`],
    ['client', hostWords(client)],
    ['server', server === null ? UNKNOWN : `${hostWords(server)}, winze ${server.version}`],
  ]);
}

function hostWords({ hostname, os, arch, cpu, cores, details }: DescribedHost): string {
  const system = details?.system ?? os;
  return `${hostname}: ${system}, ${arch}, ${counted(cores, 'core')} of ${cpu}`;
}

function pathTable({ paths }: ResultDocument) {
  if (paths.length === 0) return null;
  const end = (one: PathEnd | null): string =>
    one === null ? UNKNOWN : `${one.device ?? UNKNOWN} (${one.kind}), MTU ${countText(one.mtu_bytes)}`;
  return table({
    caption: 'Paths as the routes of both ends tell them',
    head: ['path', 'role', 'at the client', 'at the server', 'error'],
    textColumns: [1, 2, 3, 4],
    rows: paths.map(({ name, role, client, server, error }) => [
      name,
      role,
      end(client),
      end(server),
      error === null ? '' : error.message,
    ]),
  });
}
