/**
 * The output of a command with `--html`: beside all other output, a file with the page of its documents.
 *
 * @module
 */
import { cannotWrite } from '../../core/cannot-write.ts';
import type { NetError } from '../../core/errors.ts';
import { sha256 } from '../sha256.ts';
import { createFileWriter, type ResultOutput } from './result-output.ts';
import type { OpenOutput } from './streams.ts';

/** Makes a page of documents. It is given a function for hashes, since it can have none of its own. */
export type MakePage = (
  documents: readonly unknown[],
  options: { readonly sha256: (text: string) => string },
) => Promise<string>;

/** Where the page goes, and what makes it. */
export interface PageTarget {
  /** The file that `--html` names. */
  readonly path: string;
  readonly openOutput: OpenOutput;
  readonly makePage: MakePage;
}

/**
 * Adds a page to an output. Its file is opened now, so that a wrong path fails before the test. It replaces the file that
 * was there when it is whole; without a document, that file is kept.
 *
 * @param output - is ended if the file cannot be opened
 * @throws NetError `ERR_OUTPUT` if the file cannot be opened
 */
export async function withPage(
  output: ResultOutput,
  { path, openOutput, makePage }: PageTarget,
): Promise<ResultOutput> {
  const file = await openOutput(path, 'result').catch(async (error: unknown) => {
    await output.finish(0);
    throw cannotWrite('--html', path, error);
  });
  const writer = createFileWriter(path, file);
  const documents: string[] = [];
  const finishPage = async (): Promise<NetError | null> => {
    try {
      if (documents.length > 0) writer.write(await makePage(documents.map(parsed), { sha256 }));
    } catch (error) {
      await writer.finish();
      throw error;
    }
    return writer.finish();
  };
  return {
    ...output,
    document: (text) => {
      documents.push(text);
      output.document(text);
    },
    finish: async (limitMs) => {
      const failure = await output.finish(limitMs);
      const pageFailure = await finishPage();
      return failure ?? pageFailure;
    },
  };
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}
