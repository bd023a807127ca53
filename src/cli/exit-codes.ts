/**
 * Exit statuses of the program, and the status of each failure. They are public: scripts test them.
 *
 * @module
 */
import type { ErrorCode } from '../core/errors.ts';
import type { ResultDocument } from '../core/shapes/result.ts';

/** Exit statuses, which docs/usage.md lists. */
export const EXIT = {
  ok: 0,
  /** Measured, but an `--expect` was not met; or `tunnel check` found an error. */
  expectationFailed: 1,
  usage: 2,
  /** The name does not resolve, nothing answers, or what answers is no winze server. */
  connect: 3,
  /** The server said no: busy with `--no-wait`, limits, authentication. */
  refused: 4,
  /** A privilege or a component is missing, or a file could not be written. */
  component: 5,
  /** No result, or part of one: cut short, or nothing arrived. What had been measured was printed. */
  partial: 6,
  internal: 70,
} as const;

/** One of the exit statuses. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_BY_CODE: Readonly<Record<ErrorCode, ExitCode>> = {
  ERR_USAGE: EXIT.usage,
  ERR_CONNECT: EXIT.connect,
  ERR_REFUSED: EXIT.refused,
  ERR_UNSUPPORTED: EXIT.component,
  ERR_OUTPUT: EXIT.component,
  // Thrown only when nothing was measured: then no winze server could be reached.
  ERR_PEER_PROTOCOL: EXIT.connect,
  ERR_PEER_LOST: EXIT.partial,
  ERR_NOTHING_RECEIVED: EXIT.partial,
  ERR_ABORTED: EXIT.partial,
};

/** The exit status for a failure that left no result. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return EXIT_BY_CODE[code];
}

/**
 * The exit status for a result. A run that was cut short or received nothing is 6, even if an expectation was not met
 * too.
 */
export function exitCodeOfDocument(document: Pick<ResultDocument, 'complete' | 'expectations'>): ExitCode {
  if (!document.complete) return EXIT.partial;
  return document.expectations.every(({ met }) => met) ? EXIT.ok : EXIT.expectationFailed;
}

/** The exit status after a failure to write `-o` or standard output: 5, unless the run itself has a worse one. */
export function withOutputFailure(code: ExitCode): ExitCode {
  return code === EXIT.ok || code === EXIT.expectationFailed ? EXIT.component : code;
}
