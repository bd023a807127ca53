/**
 * Writes a result to standard output.
 *
 * @module
 */
import type { CliDeps } from '../deps.ts';
import { openOutput } from './output.ts';

/** Settles when it is written. @throws NetError `ERR_OUTPUT` */
export async function printResult(deps: CliDeps, text: string): Promise<void> {
  const output = await openOutput(deps, {}, () => {});
  output.write(text);
  const failure = await output.finish();
  if (failure !== null) throw failure;
}
