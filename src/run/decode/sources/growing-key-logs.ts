/**
 * Key logs that grow during a live capture, since each handshake adds its keys. They are read again when a message
 * cannot be decrypted for lack of keys.
 *
 * @module
 */

import { MAX_KEY_LOG_CHARACTERS, readKeyLog } from '../../../capture/keys/files/read-key-log.ts';
import type { KeyRing } from '../../../capture/keys/key-ring.ts';
import type { DecodePorts } from '../decode-ports.ts';

/** Least time between two reads, so that a log without the right keys is not read for every packet. */
const MIN_INTERVAL_S = 0.2;
const LEAST_READ_BYTES = 256 * 1024;

/** A key log and what was read of it. */
export interface KeyLogFile {
  readonly path: string;
  /** Its contents when it was last read. */
  text: string;
}

/** Adds the new keys of such logs to a ring. */
export class GrowingKeyLogs {
  readonly #files: readonly KeyLogFile[];
  readonly #ring: KeyRing;
  readonly #ports: DecodePorts;
  readonly #onGrown: (added: string) => void;
  #readAtS = Number.NEGATIVE_INFINITY;

  /** @param onGrown - is called with the text that was appended to a log */
  constructor(files: readonly KeyLogFile[], ring: KeyRing, ports: DecodePorts, onGrown: (added: string) => void) {
    this.#files = files;
    this.#ring = ring;
    this.#ports = ports;
    this.#onGrown = onGrown;
  }

  /** Reads the logs again. @returns `undefined` if there are none, or the last read was less than 0.2 s ago */
  refresh(): Promise<void> | undefined {
    const { seconds, nanoseconds } = this.#ports.wallTime();
    const nowS = seconds + nanoseconds / 1e9;
    // The clock may have been set back.
    if (this.#files.length === 0 || Math.abs(nowS - this.#readAtS) < MIN_INTERVAL_S) return undefined;
    this.#readAtS = nowS;
    return this.#read();
  }

  async #read(): Promise<void> {
    for (const file of this.#files) {
      const limit = Math.min(Math.max(LEAST_READ_BYTES, 2 * file.text.length), MAX_KEY_LOG_CHARACTERS);
      // The log may have been removed in the meantime.
      const read = await this.#ports.readFile(file.path, limit).catch(() => null);
      if (read === null) continue;
      const text = new TextDecoder().decode(read.bytes);
      if (text.length <= file.text.length) continue;
      // The last line may be incomplete. It is read again next time, so its problems are not reported.
      readKeyLog(text, this.#ring);
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      if (whole.length > file.text.length) this.#onGrown(whole.slice(file.text.length));
      file.text = whole;
    }
  }
}
