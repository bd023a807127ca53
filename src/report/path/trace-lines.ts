/**
 * The result of a trace in lines: the table of hops, branches, and what all of it means.
 *
 * @module
 */
import { formatEndpoint } from '../../core/address.ts';
import { printable } from '../../core/printable.ts';
import type { TraceBack, TraceBranch, TraceEndpoint, TraceResult } from '../../core/shapes/path/trace.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { hopLines } from './hop-table.ts';
import { type StartNames, startWords } from './start-words.ts';

/** The lines of one result. @param start - the target as it was named, and the source where several are compared */
export function traceLines(result: TraceResult, start: StartNames, paint: Paint): readonly string[] {
  return [
    ...wrap(startWords({ ...result, ...start })).map(paint.bold),
    ...hopLines(result.hops, result.test, paint, false),
    ...result.branches.flatMap((branch, index) => wrap(branchWords(branch, index + 1), '    ')),
    ...result.findings.flatMap((finding) => wrap(printable(finding, 500))),
    ...(result.back === null ? [] : backLines(result.back, paint)),
  ];
}

function backLines(back: TraceBack, paint: Paint): readonly string[] {
  const { source, error, hops, findings } = back;
  const reason =
    error === null
      ? []
      : wrap(
          `${hops.length === 0 ? 'no trace back' : 'the trace back is not complete'}: ${printable(error.message, 400)}`,
        ).map(paint.warn);
  if (source.address === null || hops.length === 0) return reason;
  return [
    ...wrap(`back from ${endpointText(source)} to ${endpointText(back)}, UDP by ${back.method}`).map(paint.bold),
    ...hopLines(hops, 'trace', paint, false),
    ...findings.flatMap((finding) => wrap(printable(finding, 500))),
    ...reason,
  ];
}

function endpointText({ address, port }: TraceEndpoint): string {
  return printable(formatEndpoint(address ?? '?', port ?? 0), 80);
}

/** Source ports that are named; more of them are counted. */
const MOST_PORTS = 6;

function branchWords({ source_ports, hops }: TraceBranch, number: number): string {
  const more = source_ports.length - MOST_PORTS;
  const ports = source_ports.slice(0, MOST_PORTS).join(' ') + (more > 0 ? ` and ${more} more` : '');
  return `branch ${number}, source port${source_ports.length > 1 ? 's' : ''} ${ports}: ${hops.map((hop) => hop ?? '?').join(' > ')}`;
}
