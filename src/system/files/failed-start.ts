/**
 * A process that could not be started, for want of descriptors.
 *
 * On EMFILE and ENFILE spawn() returns a child without `stdin`, `stdout`, `stderr` and `stdio`, which its types promise,
 * and emits the error later (lib/internal/child_process.js, `ChildProcess.prototype.spawn`). With other errors the streams
 * are there.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';

/** To be asked at once after spawn() and before its streams are used: `null`, or the error that comes. */
export function failedStart(child: ChildProcess): Promise<Error> | null {
  const { stdio }: { stdio: ChildProcess['stdio'] | undefined } = child;
  return stdio === undefined ? new Promise((resolve) => child.once('error', resolve)) : null;
}
