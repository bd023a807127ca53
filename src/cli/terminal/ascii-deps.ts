/**
 * The dependencies of the command line where text has to be ASCII.
 *
 * @module
 */
import { ascii } from '../../report/text/ascii.ts';
import type { CliDeps } from '../deps.ts';
import { isDocument } from './output.ts';

/**
 * The same dependencies, whose streams and files convert all text to ASCII.
 *
 * @param isJson - whether results are JSON, which is UTF-8 everywhere (RFC 8259 §8.1) and is not converted
 */
export function asciiDeps(deps: CliDeps, isJson: boolean): CliDeps {
  const { stdout, stderr, openOutput } = deps;
  return {
    ...deps,
    stderr: { ...stderr, write: (text) => stderr.write(ascii(text)) },
    stdout: isJson ? stdout : { ...stdout, write: (text) => stdout.write(ascii(text)) },
    openOutput: async (path, kind) => {
      const file = await openOutput(path, kind);
      // Programs read these files.
      if (kind === 'secret') return file;
      return isJson || isDocument(path, kind) ? file : { ...file, write: (text) => file.write(ascii(text)) };
    },
  };
}
