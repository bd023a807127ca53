/**
 * A pcapng file with the decrypted packets of a tunnel, for other programs that read captures.
 *
 * @module
 */

import { SECRETS_WIREGUARD_KEY_LOG } from '../../../capture/file/capture-facts.ts';
import { withoutLongTermKeys } from '../../../capture/file/key-log.ts';
import {
  encodeInterface,
  encodePacket,
  encodeSecrets,
  encodeSectionHeader,
  LINKTYPE_RAW,
} from '../../../capture/file/pcapng-writer.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import { cannotWrite } from '../../../core/cannot-write.ts';
import { messageOf, NetError } from '../../../core/errors.ts';
import { quoted } from '../../../core/printable.ts';
import { VERSION } from '../../../core/version.ts';
import type { DecodePorts, OutputFile } from '../decode-ports.ts';

/** Which keys are written to the file: none, those of sessions, or private and preshared keys as well. */
export type EmbeddedKeys = 'none' | 'session' | 'all';

const CHUNK_BYTES = 256 * 1024;

/** Encodes packets and key logs, and writes them in chunks, one after the other. */
export class InnerFile {
  readonly #path: string;
  readonly #file: OutputFile;
  readonly #embedded: EmbeddedKeys;
  #blocks: Uint8Array[] = [];
  #blockBytes = 0;
  #failure: NetError | null = null;
  /** The last write. Each waits for the one before it. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: OutputFile, embedded: EmbeddedKeys) {
    this.#path = path;
    this.#file = file;
    this.#embedded = embedded;
    this.#push(encodeSectionHeader(`winze ${VERSION}`));
    this.#push(encodeInterface(LINKTYPE_RAW, 'tunnel'));
  }

  /**
   * Creates the file.
   *
   * @param field - the option that has the path, for messages
   * @throws NetError `ERR_OUTPUT` if the file cannot be opened
   */
  static async open(
    field: string,
    path: string,
    embedded: EmbeddedKeys,
    ports: Pick<DecodePorts, 'openSecretOutput'>,
  ): Promise<InnerFile> {
    const file = await ports.openSecretOutput(path).catch((error: unknown) => {
      throw cannotWrite(field, path, error);
    });
    return new InnerFile(path, file, embedded);
  }

  /** Whether `flush` must be awaited before more is added. */
  get isFull(): boolean {
    return this.#blockBytes >= CHUNK_BYTES;
  }

  /** Adds those keys of a key log that `EmbeddedKeys` allows. */
  addKeyLog(text: string): void {
    const kept = this.#embedded === 'all' ? text : this.#embedded === 'session' ? withoutLongTermKeys(text) : '';
    if (kept.trim() !== '') this.#push(encodeSecrets(SECRETS_WIREGUARD_KEY_LOG, new TextEncoder().encode(kept)));
  }

  /**
   * Adds a packet.
   *
   * @param from - name of the capture with the outer frame, for a comment; `null` if there is only one
   */
  add(record: CaptureRecord, from: string | null): void {
    const frame = `outer frame ${record.frame}`;
    this.#push(encodePacket(record, 0, from === null ? frame : `${frame} of ${from}`));
  }

  /** Writes everything that was added. After a failure nothing more is written, so the file has no gaps. */
  flush(): Promise<void> {
    const blocks = this.#blocks;
    const bytes = new Uint8Array(this.#blockBytes);
    this.#blocks = [];
    this.#blockBytes = 0;
    let at = 0;
    for (const block of blocks) {
      bytes.set(block, at);
      at += block.length;
    }
    return this.#next(async () => (this.#failure === null ? this.#file.writeBytes(bytes) : undefined));
  }

  /** Writes the rest, and closes the file. @returns why the file is incomplete, or `null` */
  async finish(): Promise<NetError | null> {
    await this.flush();
    await this.#next(() => this.#file.close());
    return this.#failure;
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(step).catch((cause: unknown) => {
      const message = `cannot write ${quoted(this.#path)}: ${messageOf(cause)}`;
      this.#failure ??= new NetError('ERR_OUTPUT', message, { cause });
    });
    return this.#last;
  }

  #push(block: Uint8Array): void {
    this.#blocks.push(block);
    this.#blockBytes += block.length;
  }
}
