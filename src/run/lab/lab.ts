/**
 * `winze lab`: both ends of the tests on this machine, with and without tunnels between them.
 *
 * @module
 */
import type { LabConfig, LabDocument } from '../../core/shapes/lab.ts';
import { checkLabConfig } from '../options-check.ts';
import { runEngines } from './engines/engines.ts';
import { NoNamespaces, runInNamespaces } from './namespaces.ts';

/**
 * Runs the lab in network namespaces, or where there are none, the part that works without them.
 *
 * @returns the document; with `complete: false` and `error` set if the run ended early
 * @throws NetError when nothing was measured; `ERR_USAGE` names a field that is wrong
 */
export async function lab(config: LabConfig): Promise<LabDocument> {
  checkLabConfig(config);
  try {
    return await runInNamespaces(config);
  } catch (error) {
    if (!(error instanceof NoNamespaces)) throw error;
    return runEngines(config, error.message);
  }
}
