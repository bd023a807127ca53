/**
 * Detects a process that could not be started because no descriptor was left.
 *
 * On EMFILE and ENFILE spawn() returns a child without `stdin`, `stdout`, `stderr` and `stdio`, contrary to its types,
 * and emits the error later (lib/internal/child_process.js, `ChildProcess.prototype.spawn`). With other errors the
 * streams exist.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';

/**
 * Called immediately after spawn(), before its streams are used. Returns `null` if they exist; otherwise a promise of
 * the error that the child will emit.
 */
export function failedStart(child: ChildProcess): Promise<Error> | null {
  const { stdio }: { stdio: ChildProcess['stdio'] | undefined } = child;
  return stdio === undefined ? new Promise((resolve) => child.once('error', resolve)) : null;
}
