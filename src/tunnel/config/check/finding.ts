/**
 * What is wrong or remarkable in a configuration file, where, and what to do about it.
 *
 * @module
 */

/** `error`: the file cannot be used. `warning`: it will not do what it seems to. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

export interface Finding {
  /** From 1; 0 is the file as a whole. */
  readonly line: number;
  /** From 1, in characters; 0 is the line as a whole. */
  readonly column: number;
  /** As documented (`AllowedIPs`), not as typed; `null` where no key is concerned. */
  readonly key: string | null;
  readonly severity: Severity;
  readonly message: string;
  /** What to do, as an order. */
  readonly fix: string;
}

/**
 * Puts quotes around what a user typed. What is long and not an address may be a key under the wrong
 * name, and is described instead.
 */
export function quoted(text: string): string {
  const longest = /[.:]/.test(text) ? 64 : 32;
  return text.length <= longest ? JSON.stringify(text) : `a text of ${text.length} characters`;
}

/** In the order of lines. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => a.line - b.line || a.column - b.column);
}
