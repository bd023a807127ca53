/**
 * The output that the options of a command ask for.
 *
 * @module
 */

import type { Options } from '../../options/option-table.ts';
import type { MakePage } from '../../run/output/page-output.ts';
import { openResultOutput, type ResultOutput } from '../../run/output/result-output.ts';
import type { CliDeps } from '../deps.ts';
import { columnsOf } from './terminal.ts';

/**
 * Opens standard output, and the files of `-o` and `--html`. The one of `-o` of a server is appended to, because it grows
 * while the server runs.
 *
 * @param onClosed - called when nobody reads standard output any more and there is no file
 * @throws NetError `ERR_OUTPUT` if a file cannot be opened
 */
export async function openOutput(deps: CliDeps, options: Options, onClosed: () => void): Promise<ResultOutput> {
  const { output: path, server, json, html } = options;
  const kind = server ? 'log' : 'result';
  const target = path === undefined ? null : ({ path, kind, isDocument: isDocument(path, kind) && !json } as const);
  const output = await openResultOutput({ ...deps, columns: columnsOf(deps) }, target, onClosed);
  if (html === undefined) return output;
  const makePage: MakePage = async (...made) => (await import('../../report/page/page.ts')).documentPage(...made);
  return (await import('../../run/output/page-output.ts')).withPage(output, { ...deps, path: html, makePage });
}

/** Writes a text to standard output. Settles when it is written. @throws NetError `ERR_OUTPUT` */
export async function printResult(deps: CliDeps, text: string): Promise<void> {
  const output = await openOutput(deps, {}, () => {});
  output.write(text);
  const failure = await output.finish();
  if (failure !== null) throw failure;
}

/** Permissions of group and others. */
const OTHERS = 0o077;

/** Writes keys to standard output. Warns if it is a file that other users may read. @throws NetError `ERR_OUTPUT` */
export async function printSecret(deps: CliDeps, text: string): Promise<void> {
  const mode = deps.stdoutFileMode();
  if (mode !== null && (mode & OTHERS) !== 0) {
    deps.stderr.write(
      'winze: warning: other users of this host can read the file that keys are written to; run umask 077 first\n',
    );
  }
  await printResult(deps, text);
}

/** Whether the name of a file says that it is for the JSON document only. */
export function isDocument(path: string, kind: 'result' | 'log'): boolean {
  return kind === 'result' && path.toLowerCase().endsWith('.json');
}
