/**
 * The output of commands that print keys.
 *
 * @module
 */
import type { CliDeps } from '../deps.ts';
import { printResult } from '../terminal/print-result.ts';

/** Permissions of group and others. */
const OTHERS = 0o077;

/** Writes keys to standard output. Warns if it is a file that other users may read. @throws NetError `ERR_OUTPUT` */
export async function printSecret(deps: CliDeps, text: string): Promise<void> {
  const mode = deps.stdoutFileMode();
  if (mode !== null && (mode & OTHERS) !== 0) {
    deps.stderr.write(
      'winze: warning: the file that keys are written to is open to other users of this host; umask 077 first mends it\n',
    );
  }
  await printResult(deps, text);
}
