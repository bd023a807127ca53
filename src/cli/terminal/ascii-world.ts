/**
 * The world of the command line where text has to be ASCII.
 *
 * @module
 */
import { ascii } from '../../report/text/ascii.ts';
import type { CliDeps } from '../deps.ts';
import { isDocument } from './output.ts';

/**
 * The same world, in which all text is ASCII.
 *
 * @param isJson - results are JSON, which is UTF-8 everywhere (RFC 8259, 8.1)
 */
export function inAscii(deps: CliDeps, isJson: boolean): CliDeps {
  const { stdout, stderr, openOutput } = deps;
  return {
    ...deps,
    stderr: { ...stderr, write: (text) => stderr.write(ascii(text)) },
    stdout: isJson ? stdout : { ...stdout, write: (text) => stdout.write(ascii(text)) },
    openOutput: async (path, kind) => {
      const file = await openOutput(path, kind);
      // What is written there is read by programs, too.
      if (kind === 'secret') return file;
      return isJson || isDocument(path, kind) ? file : { ...file, write: (text) => file.write(ascii(text)) };
    },
  };
}
