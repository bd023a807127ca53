/**
 * Findings about a configuration file, as lines in a format that editors parse, or as JSON.
 *
 * @module
 */

import { printable, quoted } from '../../core/printable.ts';
import type { ConfigFinding, Severity } from '../../tunnel/config/check/finding.ts';

/** Longest message. No finding is longer: text that a finding quotes from the file is cut there. */
const MESSAGE_COLUMNS = 400;
/** Findings that `winze tunnel up` prints. */
const MOST_FINDINGS = 20;

/** Findings of each severity that `winze tunnel check` prints; one more takes no more lines than the number of the rest. */
const MOST_OF_A_KIND = 100;
const KINDS = [
  ['error', 'errors'],
  ['warning', 'warnings'],
  ['info', 'remarks'],
] as const;

const bySeverity = (a: ConfigFinding, b: ConfigFinding): number =>
  Number(b.severity === 'error') - Number(a.severity === 'error');

/**
 * One line for each finding: `FILE:LINE: error: Key: message; fix`. A finding about the whole file has no line number.
 * Of each severity there are 100 at most, and the number of the others.
 */
export function checkText(file: string, findings: readonly ConfigFinding[]): string {
  const name = printable(file, MESSAGE_COLUMNS);
  const { shown, more } = bounded(findings);
  const rest = KINDS.map(([kind, words]) =>
    more[kind] > 0 ? `${name}: ${kind}: and ${more[kind]} more ${words}\n` : '',
  );
  return shown
    .map(({ line, severity, key, message, fix }) => {
      const place = line === 0 ? name : `${name}:${line}`;
      return `${place}: ${severity}: ${printable(`${key === null ? '' : `${key}: `}${message}; ${fix}`, MESSAGE_COLUMNS)}\n`;
    })
    .concat(rest)
    .join('');
}

/** The first findings of each severity, and how many more of it there are. */
function bounded(findings: readonly ConfigFinding[]): {
  readonly shown: readonly ConfigFinding[];
  readonly more: Readonly<Record<Severity, number>>;
} {
  const more = { error: 0, warning: 0, info: 0 };
  for (const [severity] of KINDS) {
    const count = countOf(findings, severity);
    if (count > MOST_OF_A_KIND + 1) more[severity] = count - MOST_OF_A_KIND;
  }
  const seen = { error: 0, warning: 0, info: 0 };
  const shown = findings.filter(({ severity }) => ++seen[severity] <= MOST_OF_A_KIND || more[severity] === 0);
  return { shown, more };
}

function countOf(findings: readonly ConfigFinding[], wanted: Severity): number {
  return findings.reduce((count, { severity }) => count + Number(severity === wanted), 0);
}

/**
 * Findings as `winze tunnel up` prints them: without notes, and if there are more than 20, errors first and the number of
 * the others.
 *
 * @returns the text, and the number of errors
 */
export function upFindings(
  file: string,
  findings: readonly ConfigFinding[],
): { readonly text: string; readonly errors: number } {
  // `up` checks the MTU that it chooses itself.
  const told = findings.filter(({ severity, key, line }) => severity !== 'info' && !(key === 'MTU' && line === 0));
  const shown = told.length > MOST_FINDINGS ? told.toSorted(bySeverity).slice(0, MOST_FINDINGS) : told;
  const more =
    told.length > shown.length
      ? `winze: ${quoted(file)}: ${told.length - shown.length} findings more; all of them: winze tunnel check\n`
      : '';
  return { text: checkText(file, shown) + more, errors: countOf(told, 'error') };
}

/**
 * One JSON document, schema `winze-tunnel-check/1`, ending in a line break. Its counts are of all findings; of each
 * severity it has 100 at most.
 */
export function checkJson(file: string, findings: readonly ConfigFinding[]): string {
  const document = {
    schema: 'winze-tunnel-check/1',
    file,
    errors: countOf(findings, 'error'),
    warnings: countOf(findings, 'warning'),
    findings: bounded(findings).shown.map(({ line, column, ...rest }) => ({
      line: line || null,
      column: column || null,
      ...rest,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
