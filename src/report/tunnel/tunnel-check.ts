/**
 * Findings about a configuration file, as lines in a format that editors parse, or as JSON.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { Finding, Severity } from '../../tunnel/config/check/finding.ts';

/** Longest message. No finding is longer: text that a finding quotes from the file is cut there. */
const MESSAGE_COLUMNS = 400;

/**
 * One line for each finding: `FILE:LINE: error: Key: message; fix`. A finding about the whole file has no line number.
 */
export function checkText(file: string, findings: readonly Finding[]): string {
  const name = printable(file, MESSAGE_COLUMNS);
  return findings
    .map(({ line, severity, key, message, fix }) => {
      const place = line === 0 ? name : `${name}:${line}`;
      return `${place}: ${severity}: ${printable(`${key === null ? '' : `${key}: `}${message}; ${fix}`, MESSAGE_COLUMNS)}\n`;
    })
    .join('');
}

/** One JSON document, schema `winze-tunnel-check/1`, ending in a line break. */
export function checkJson(file: string, findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const document = {
    schema: 'winze-tunnel-check/1',
    file,
    errors: count('error'),
    warnings: count('warning'),
    findings: findings.map(({ line, column, ...rest }) => ({ line: line || null, column: column || null, ...rest })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
