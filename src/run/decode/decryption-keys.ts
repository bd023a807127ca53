/**
 * The keys of one run of decoding, of one capture or several: those that the user names, and those in the captures.
 *
 * @module
 */
import type { AmneziaParameters } from '../../capture/amnezia/parameters.ts';
import { type KeyProblem, readKeyLog } from '../../capture/keys/files/read-key-log.ts';
import { KeyRing } from '../../capture/keys/key-ring.ts';
import type { NetError } from '../../core/errors.ts';
import type { CaptureCrypto } from '../capture/capture-crypto.ts';
import type { OpeningThreads } from '../capture/opening-threads.ts';
import type { DecodePorts } from './decode-ports.ts';
import { type EmbeddedKeys, InnerFile } from './sinks/inner-file.ts';
import { GrowingKeyLogs, type KeyLogFile } from './sources/growing-key-logs.ts';
import type { KeySources } from './sources/key-files.ts';

/** Data messages after which other threads are worth their start, a tenth of a second: so long these took to decrypt. */
const WORTH_THREADS = 50_000;

export interface DecryptionWishes extends KeySources {
  /** A file for the decrypted packets; `null`: none. */
  readonly innerFile: { readonly field: string; readonly path: string; readonly embedded: EmbeddedKeys } | null;
  /** That decrypt messages, this one included; `null`: one for each processor, where there is enough to do. */
  readonly threads: number | null;
  /** A capture of what passes now: key logs grow meanwhile. */
  readonly isLive: boolean;
}

/** What decrypts, with the keys to do it. */
export interface LoadedKeys extends CaptureCrypto {
  readonly ring: KeyRing;
}

export class DecryptionKeys {
  readonly #ports: DecodePorts;
  readonly #onNotice: (message: string) => void;
  readonly #threadCount: number | null;
  #loaded: LoadedKeys | null = null;
  #inner: InnerFile | null = null;
  #amnezia: readonly AmneziaParameters[] = [];
  /** Of a capture that is taken now. */
  #growing: GrowingKeyLogs | null = null;
  #threads: OpeningThreads | null = null;
  /** Data messages that keys were tried on, one after the other, in all captures. */
  triedMessages = 0;

  private constructor(ports: DecodePorts, threads: number | null, onNotice: (message: string) => void) {
    this.#ports = ports;
    this.#threadCount = threads;
    this.#onNotice = onNotice;
  }

  /**
   * Reads the keys that are named, and opens the file to write.
   *
   * @param onNotice - called with one line for each key that cannot be read
   * @throws NetError `ERR_USAGE`, `ERR_OUTPUT`
   */
  static async open(
    wishes: DecryptionWishes,
    ports: DecodePorts,
    onNotice: (message: string) => void,
  ): Promise<DecryptionKeys> {
    const { innerFile, threads, isLive } = wishes;
    const keys = new DecryptionKeys(ports, threads, onNotice);
    const logs = hasKeys(wishes) ? await keys.#readFiles(wishes) : [];
    if (innerFile !== null) {
      keys.#inner = await InnerFile.open(innerFile.field, innerFile.path, innerFile.embedded, ports);
      for (const { text } of logs) keys.#inner.addKeyLog(text);
    }
    if (isLive && keys.#loaded !== null) {
      keys.#growing = new GrowingKeyLogs(logs, keys.#loaded.ring, ports, (added) => keys.#inner?.addKeyLog(added));
    }
    return keys;
  }

  /** `null` until `load`, or until there are keys. */
  get loaded(): LoadedKeys | null {
    return this.#loaded;
  }

  /** Disguises of the tunnels whose configurations are named. */
  get amnezia(): readonly AmneziaParameters[] {
    return this.#amnezia;
  }

  get innerFile(): InnerFile | null {
    return this.#inner;
  }

  /** Loads what takes time to load, once. */
  async load(): Promise<LoadedKeys> {
    if (this.#loaded === null) {
      const crypto = await this.#ports.captureCrypto();
      this.#loaded = { ...crypto, ring: new KeyRing(crypto.primitives) };
    }
    return this.#loaded;
  }

  /** Whether it is time for `startThreads`: at once where somebody asks for threads. */
  get areThreadsWorthwhile(): boolean {
    return this.#loaded !== null && (this.#threadCount !== null || this.triedMessages >= WORTH_THREADS);
  }

  /** Starts threads that help to decrypt messages. @returns `null` if there are no processors for them */
  async startThreads(): Promise<OpeningThreads | null> {
    if (this.#loaded !== null) {
      this.#threads ??= await this.#ports.openingThreads(this.#threadCount, this.#loaded.opener);
    }
    return this.#threads;
  }

  /** Looks for more keys, where there may be. @returns what to wait for */
  refresh(): Promise<void> | undefined {
    return this.#growing?.refresh();
  }

  /** Adds a key log that a capture has. @returns what is wrong with it */
  readonly addKeyLog = (bytes: Uint8Array): readonly KeyProblem[] => {
    if (this.#loaded === null) return [];
    const text = new TextDecoder().decode(bytes);
    const { problems } = readKeyLog(text, this.#loaded.ring);
    this.#inner?.addKeyLog(text);
    return problems;
  };

  notice(message: string): void {
    this.#onNotice(message);
  }

  /** Ends the threads, forgets the keys and closes the file. @returns why the file is not whole, or `null` */
  async finish(): Promise<NetError | null> {
    await this.#threads?.close();
    this.#loaded?.opener.forget();
    return (await this.#inner?.finish()) ?? null;
  }

  async #readFiles(wishes: DecryptionWishes): Promise<readonly KeyLogFile[]> {
    // The grammar of configurations is large, and most captures are read without keys.
    const [{ ring }, { readKeyFiles }] = await Promise.all([this.load(), import('./sources/key-files.ts')]);
    const { isLive } = wishes;
    const { logs, amnezia } = await readKeyFiles(wishes, {
      ring,
      ports: this.#ports,
      onNotice: this.#onNotice,
      isLive,
    });
    this.#amnezia = amnezia;
    return logs;
  }
}

function hasKeys({ keyLogs, configs, presharedKeys }: KeySources): boolean {
  return keyLogs.length + configs.length + presharedKeys.length > 0;
}
