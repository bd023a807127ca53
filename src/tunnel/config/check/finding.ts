/**
 * Errors, warnings and remarks about a configuration file.
 *
 * @module
 */

/** `error`: the file cannot be used. `warning`: it does not do what it seems to do. `info`: a remark. */
export type Severity = 'error' | 'warning' | 'info';

/** One error, warning or remark with its position. */
export interface ConfigFinding {
  /** From 1; 0 is the file as a whole. */
  readonly line: number;
  /** From 1, in characters; 0 is the line as a whole. */
  readonly column: number;
  /** Key in the spelling of the manual pages (`AllowedIPs`); `null` if no key is concerned. */
  readonly key: string | null;
  readonly severity: Severity;
  readonly message: string;
  /** What to do, as an imperative. */
  readonly fix: string;
}

/**
 * Quotes a value from the file. A long value that is not an address may be a secret key under a wrong
 * name, so only its length is given.
 */
export function quotedValue(text: string): string {
  const longest = /[.:]/.test(text) ? 64 : 32;
  return text.length <= longest ? JSON.stringify(text) : `a text of ${text.length} characters`;
}

/** Sorts by line and column. */
export function sortFindings(findings: readonly ConfigFinding[]): ConfigFinding[] {
  return [...findings].sort((a, b) => a.line - b.line || a.column - b.column);
}
