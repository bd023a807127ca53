/**
 * The output of commands that print one text.
 *
 * @module
 */
import type { CliDeps } from '../deps.ts';
import { openOutput } from './output.ts';

/** Writes a text to standard output. Settles when it is written. @throws NetError `ERR_OUTPUT` */
export async function printResult(deps: CliDeps, text: string): Promise<void> {
  const output = await openOutput(deps, {}, () => {});
  output.write(text);
  const failure = await output.finish();
  if (failure !== null) throw failure;
}
