/**
 * The key log of a tunnel, in a file that only its owner can read.
 *
 * @module
 */
import { cannotWrite } from '../../core/cannot-write.ts';
import { messageOf } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import type { DecodePorts, OutputFile } from '../decode/decode-ports.ts';

/** A key log that is being written. */
export interface TunnelKeyLog {
  /** Appends a line. */
  readonly write: (line: string) => void;
  /** Settles when all lines are written. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a key log. The first failure to write to it is reported, and nothing more is written.
 *
 * @param say - prints a warning
 * @throws NetError `ERR_OUTPUT` if it cannot be opened
 */
export async function openKeyLog(
  path: string,
  openSecretOutput: DecodePorts['openSecretOutput'],
  say: (message: string) => void,
): Promise<TunnelKeyLog> {
  let file: OutputFile;
  try {
    file = await openSecretOutput(path);
  } catch (error) {
    throw cannotWrite('--keylog', path, error);
  }
  say(
    `warning: --keylog: who reads ${quoted(path)} can decrypt everything that this tunnel carries; remove it after use`,
  );
  let last = Promise.resolve();
  let failed = false;
  return {
    write: (line) => {
      last = last
        .then(() => (failed ? undefined : file.write(`${line}\n`)))
        .catch((error: unknown) => {
          failed = true;
          say(`cannot write ${quoted(path)}: ${messageOf(error)}; the tunnel goes on without a key log`);
        });
    },
    close: async () => {
      await last;
      await file.close();
    },
  };
}
