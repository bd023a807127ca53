/**
 * Lines on stderr.
 *
 * @module
 */
import { messageOf } from '../core/errors.ts';
import { printable } from '../report/escape.ts';
import type { CliDeps } from './deps.ts';
import type { Options } from './option-table.ts';

/** Longest message shown. Messages can quote the other end, which may send anything. */
const MESSAGE_LENGTH = 600;

export interface Messages {
  /** A failure or a warning: always shown. */
  readonly say: (message: string) => void;
  /** What happens meanwhile: not with `-q`. */
  readonly progress: (message: string) => void;
  /** What happens meanwhile, for a person who watches: only on a terminal. */
  readonly watch: (message: string) => void;
  /** Only with `-debug`. */
  readonly debug: (what: unknown) => void;
}

/** Creates the writer of messages, each on one line that begins with the program's name. */
export function createMessages(deps: Pick<CliDeps, 'stderr'>, options: Options): Messages {
  const say = (message: string): void => deps.stderr.write(`winze: ${printable(message, MESSAGE_LENGTH)}\n`);
  const progress = (message: string): void => {
    if (!options.quiet) say(message);
  };
  return {
    say,
    progress,
    watch: (message) => {
      if (deps.stderr.isTTY) progress(message);
    },
    debug: (what) => {
      if (options.debug) deps.stderr.write(`${what instanceof Error ? traceOf(what) : JSON.stringify(what)}\n`);
    },
  };
}

/** Where an error arose, and what caused it. */
function traceOf(error: Error): string {
  const lines = (error.stack ?? messageOf(error)).split('\n');
  // A message may quote what the server said.
  const own = lines.map((line) => printable(line, 500)).join('\n');
  return error.cause instanceof Error ? `${own}\ncaused by ${traceOf(error.cause)}` : own;
}
