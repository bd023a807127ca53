/**
 * `winze -c HOST`: test against a server.
 *
 * @module
 */
import { clientWishes } from './client-config.ts';
import type { CliDeps } from './deps.ts';
import type { ExitCode } from './exit-codes.ts';
import { connectWith, runMeasurement } from './measurement.ts';
import type { Options } from './options/option-table.ts';
import { readSecret } from './secret.ts';
import type { Messages } from './terminal/messages.ts';
import { testNotes } from './terminal/notes.ts';

/**
 * Runs the client.
 *
 * @param notes - notes on how the options were written
 * @throws NetError `ERR_USAGE` before anything is sent
 */
export async function runClient(
  deps: CliDeps,
  messages: Messages,
  options: Options,
  notes: readonly string[],
): Promise<ExitCode> {
  const wishes = clientWishes(options);
  for (const note of [...notes, ...testNotes(options)]) messages.progress(note);
  const secret = options.secretFile === undefined ? null : await readSecret(deps, messages, options.secretFile);
  return runMeasurement(deps, messages, options, wishes, connectWith(deps, wishes, secret));
}
