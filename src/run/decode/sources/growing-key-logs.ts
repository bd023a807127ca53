/**
 * Key logs that grow while a capture is taken: each handshake adds its keys. They are read again when a message
 * stays encrypted that more keys may decrypt.
 *
 * @module
 */

import { MAX_KEY_LOG_CHARACTERS, readKeyLog } from '../../../capture/keys/files/read-key-log.ts';
import type { KeyRing } from '../../../capture/keys/key-ring.ts';
import type { DecodePorts } from '../decode-ports.ts';

/** A log that never has the keys must not be read for every packet. */
const MIN_INTERVAL_S = 0.2;
const LEAST_READ_BYTES = 256 * 1024;

export interface KeyLogFile {
  readonly path: string;
  /** As it was read last. */
  text: string;
}

export class GrowingKeyLogs {
  readonly #files: readonly KeyLogFile[];
  readonly #ring: KeyRing;
  readonly #ports: DecodePorts;
  readonly #onGrown: (added: string) => void;
  #readAtS = Number.NEGATIVE_INFINITY;

  /** @param onGrown - gets what a log has more than before */
  constructor(files: readonly KeyLogFile[], ring: KeyRing, ports: DecodePorts, onGrown: (added: string) => void) {
    this.#files = files;
    this.#ring = ring;
    this.#ports = ports;
    this.#onGrown = onGrown;
  }

  /** Reads the logs again, unless that was done just now. @returns what to wait for */
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
      // A log that was removed meanwhile has no more keys.
      const read = await this.#ports.readFile(file.path, limit).catch(() => null);
      if (read === null) continue;
      const text = new TextDecoder().decode(read.bytes);
      if (text.length <= file.text.length) continue;
      // The last line may be half written: it is read again next time, and nobody hears of it.
      readKeyLog(text, this.#ring);
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      if (whole.length > file.text.length) this.#onGrown(whole.slice(file.text.length));
      file.text = whole;
    }
  }
}
