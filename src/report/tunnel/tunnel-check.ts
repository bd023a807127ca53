/**
 * What is wrong with a configuration file, as lines that editors understand, or as JSON.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { Finding, Severity } from '../../tunnel/config/check/finding.ts';

/** More than any message has: what is quoted from a file is bounded where it is quoted. */
const MESSAGE_COLUMNS = 400;

/** `FILE:LINE: error: Key: message; fix`, a line each; without a line number what is true of the whole file. */
export function checkText(file: string, findings: readonly Finding[]): string {
  const name = printable(file, MESSAGE_COLUMNS);
  return findings
    .map(({ line, severity, key, message, fix }) => {
      const place = line === 0 ? name : `${name}:${line}`;
      return `${place}: ${severity}: ${printable(`${key === null ? '' : `${key}: `}${message}; ${fix}`, MESSAGE_COLUMNS)}\n`;
    })
    .join('');
}

/** One document, schema `winze-tunnel-check/1`, ending in a line break. */
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
