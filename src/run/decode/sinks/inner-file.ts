/**
 * A pcapng file of the packets that were inside a tunnel, for whatever else reads captures.
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

/** What goes with the packets: nothing, the keys of the sessions, or private and preshared keys too. */
export type EmbeddedKeys = 'none' | 'session' | 'all';

const CHUNK_BYTES = 256 * 1024;

export class InnerFile {
  readonly #path: string;
  readonly #file: OutputFile;
  readonly #embedded: EmbeddedKeys;
  #blocks: Uint8Array[] = [];
  #blockBytes = 0;
  #failure: NetError | null = null;
  /** The last write: each waits for the one before. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: OutputFile, embedded: EmbeddedKeys) {
    this.#path = path;
    this.#file = file;
    this.#embedded = embedded;
    this.#push(encodeSectionHeader(`winze ${VERSION}`));
    this.#push(encodeInterface(LINKTYPE_RAW, 'tunnel'));
  }

  /** @param field - that names the file, for messages. @throws NetError `ERR_OUTPUT` when it cannot be opened */
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

  /** So much waits that `flush` is to be awaited before more is added. */
  get isFull(): boolean {
    return this.#blockBytes >= CHUNK_BYTES;
  }

  /** Adds a key log, as much of it as is wanted. */
  addKeyLog(text: string): void {
    const kept = this.#embedded === 'all' ? text : this.#embedded === 'session' ? withoutLongTermKeys(text) : '';
    if (kept.trim() !== '') this.#push(encodeSecrets(SECRETS_WIREGUARD_KEY_LOG, new TextEncoder().encode(kept)));
  }

  /** Adds a packet. @param from - the file of the outer frame, where there are several */
  add(record: CaptureRecord, from: string | null): void {
    const frame = `outer frame ${record.frame}`;
    this.#push(encodePacket(record, 0, from === null ? frame : `${frame} of ${from}`));
  }

  /** Writes what waits. After a failure nothing more is written, so the file has no holes. */
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

  /** @returns why the file is not whole, or `null` */
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
