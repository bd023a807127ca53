/**
 * The end of a run for a terminal.
 *
 * @module
 */
import type { HostFacts, ResultDocument } from '../core/result.ts';
import { isNothingReceived } from '../measure/nothing-received.ts';
import { bandwidthTable } from './bandwidth-table.ts';
import { comparisonTable } from './comparison-table.ts';
import { printable } from './escape.ts';
import { expectationLines } from './expectation-words.ts';
import { countText, UNKNOWN } from './figures.ts';
import { latencyTable } from './latency-table.ts';
import { wrap } from './layout.ts';
import { createPaint } from './paint.ts';
import { errorLines } from './test-frame.ts';

/**
 * Formats a result for a terminal, in lines of at most 80 columns, ending in a line break.
 *
 * With several paths the comparison takes the place of the summaries of each test.
 *
 * @example
 * ```ts
 * formatSummary(document, { color: false });
 * ```
 */
export function formatSummary(document: ResultDocument, options: { readonly color: boolean }): string {
  const paint = createPaint(options.color);
  const body =
    document.paths.length > 1
      ? ['', ...comparisonTable(document, paint)]
      : document.tests.flatMap((result) => [
          '',
          ...(result.test === 'latency' ? latencyTable(result, paint) : bandwidthTable(result, paint)),
        ]);
  const expectations = expectationLines(document.expectations, paint);
  const failure = errorLines(document).map(paint.bad);
  // That there is no result is the result; what cut one short is told where it ends.
  const nothing = isNothingReceived(document.error);
  const lines = [
    ...(nothing ? failure : []),
    ...headLines(document),
    ...body,
    ...(expectations.length > 0 ? ['', ...expectations] : []),
    ...(failure.length > 0 && !nothing ? ['', ...failure] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function headLines({ title, tool, started_at, target, client, server }: ResultDocument): readonly string[] {
  return [
    ...(title === null ? [] : wrap(printable(title, 160))),
    ...wrap(`winze ${printable(tool.version, 20)}, ${printable(started_at, 30)}`),
    ...wrap(`client: ${hostWords(client)}, node ${printable(client.node, 20)}`),
    ...wrap(`server: ${server === null ? UNKNOWN : `${hostWords(server)}, winze ${printable(server.version, 20)}`}`),
    ...wrap(`target: ${printable(target.host, 100)}, port ${countText(target.port)}`),
  ];
}

function hostWords({ hostname, os, arch, cpu, cores }: HostFacts): string {
  const machine = `${printable(os, 40)}, ${printable(arch, 12)}, ${countText(cores)} cores of ${printable(cpu, 60)}`;
  return `${printable(hostname, 64)} (${machine})`;
}
