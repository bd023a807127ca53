/**
 * The keys for decoding one or several captures: those from the user, and those in the captures.
 *
 * @module
 */
import type { AmneziaParameters } from '../../capture/amnezia/parameters.ts';
import { type KeyProblem, readKeyLog } from '../../capture/keys/files/read-key-log.ts';
import { KeyRing } from '../../capture/keys/key-ring.ts';
import type { NetError } from '../../core/errors.ts';
import type { CaptureCrypto } from '../capture/capture-crypto.ts';
import type { DecryptThreads } from '../capture/decrypt-threads.ts';
import type { DecodePorts } from './decode-ports.ts';
import { type EmbeddedKeys, InnerFile } from './sinks/inner-file.ts';
import { GrowingKeyLogs, type KeyLogFile } from './sources/growing-key-logs.ts';
import type { KeySources } from './sources/key-files.ts';

/**
 * Data messages after which other threads are started. Decrypting so many takes a tenth of a second, as long as
 * starting the threads.
 */
const MIN_MESSAGES_FOR_THREADS = 50_000;

/** The user's keys, and what to do with them. */
export interface DecryptionSettings extends KeySources {
  /** A file for the decrypted packets; `null` for none. `field` names the option in error messages. */
  readonly innerFile: { readonly field: string; readonly path: string; readonly embedded: EmbeddedKeys } | null;
  /** Threads that decrypt messages, this one included; `null` for one per processor, if there are enough messages. */
  readonly threads: number | null;
  /** Whether the capture is live, so that key logs grow during it. */
  readonly isLive: boolean;
}

/** The loaded cryptography, with the keys. */
export interface LoadedKeys extends CaptureCrypto {
  readonly ring: KeyRing;
}

/**
 * Everything that is used for decryption in all captures of a run: keys, threads, the file of decrypted packets.
 * `finish` must be called at the end.
 */
export class DecryptionKeys {
  readonly #ports: DecodePorts;
  readonly #onNotice: (message: string) => void;
  readonly #threadCount: number | null;
  #loaded: LoadedKeys | null = null;
  #inner: InnerFile | null = null;
  #amnezia: readonly AmneziaParameters[] = [];
  /** Key logs that are read again during a live capture. */
  #growing: GrowingKeyLogs | null = null;
  #threads: DecryptThreads | null = null;
  /** Data messages that this thread has tried to decrypt so far, in all captures. */
  triedMessages = 0;

  private constructor(ports: DecodePorts, threads: number | null, onNotice: (message: string) => void) {
    this.#ports = ports;
    this.#threadCount = threads;
    this.#onNotice = onNotice;
  }

  /**
   * Reads the user's keys, and opens the file of decrypted packets.
   *
   * @param onNotice - is called with one line for each key that cannot be read
   * @throws NetError `ERR_USAGE` if a file cannot be read or has no key, `ERR_OUTPUT` if the file cannot be opened
   */
  static async open(
    settings: DecryptionSettings,
    ports: DecodePorts,
    onNotice: (message: string) => void,
  ): Promise<DecryptionKeys> {
    const { innerFile, threads, isLive } = settings;
    const keys = new DecryptionKeys(ports, threads, onNotice);
    const logs = hasKeys(settings) ? await keys.#readFiles(settings) : [];
    if (innerFile !== null) {
      keys.#inner = await InnerFile.open(innerFile.field, innerFile.path, innerFile.embedded, ports);
      for (const { text } of logs) keys.#inner.addKeyLog(text);
    }
    if (isLive && keys.#loaded !== null) {
      keys.#growing = new GrowingKeyLogs(logs, keys.#loaded.ring, ports, (added) => keys.#inner?.addKeyLog(added));
    }
    return keys;
  }

  /** `null` before `load`; `open` calls it if the user gave keys. */
  get loaded(): LoadedKeys | null {
    return this.#loaded;
  }

  /** AmneziaWG parameters from the user's configurations. */
  get amnezia(): readonly AmneziaParameters[] {
    return this.#amnezia;
  }

  /** The file for decrypted packets; `null` if there is none. */
  get innerFile(): InnerFile | null {
    return this.#inner;
  }

  /** Loads the cryptography, and creates an empty key ring, unless that was done before. */
  async load(): Promise<LoadedKeys> {
    if (this.#loaded === null) {
      const crypto = await this.#ports.captureCrypto();
      this.#loaded = { ...crypto, ring: new KeyRing(crypto.primitives) };
    }
    return this.#loaded;
  }

  /**
   * Whether `startThreads` should be called: after enough messages, or at once if the user gave a number of threads.
   */
  get areThreadsWorthwhile(): boolean {
    return this.#loaded !== null && (this.#threadCount !== null || this.triedMessages >= MIN_MESSAGES_FOR_THREADS);
  }

  /** Starts threads that help to decrypt messages. @returns `null` if there are no processors for them */
  async startThreads(): Promise<DecryptThreads | null> {
    if (this.#loaded !== null) {
      this.#threads ??= await this.#ports.decryptThreads(this.#threadCount, this.#loaded.messageDecrypter);
    }
    return this.#threads;
  }

  /** Reads growing key logs again. @returns a promise to wait for; `undefined` if there is nothing to read */
  refresh(): Promise<void> | undefined {
    return this.#growing?.refresh();
  }

  /** Adds a key log from a capture file. @returns its problems */
  readonly addKeyLog = (bytes: Uint8Array): readonly KeyProblem[] => {
    if (this.#loaded === null) return [];
    const text = new TextDecoder().decode(bytes);
    const { problems } = readKeyLog(text, this.#loaded.ring);
    this.#inner?.addKeyLog(text);
    return problems;
  };

  /** Shows one line to the user. */
  notice(message: string): void {
    this.#onNotice(message);
  }

  /** Ends the threads, zeroes keys and closes the file. @returns why the file is incomplete, or `null` */
  async finish(): Promise<NetError | null> {
    await this.#threads?.close();
    this.#loaded?.messageDecrypter.forget();
    return (await this.#inner?.finish()) ?? null;
  }

  async #readFiles(settings: DecryptionSettings): Promise<readonly KeyLogFile[]> {
    // Loaded on demand: the parser of configurations is large, and most captures are read without keys.
    const [{ ring }, { readKeyFiles }] = await Promise.all([this.load(), import('./sources/key-files.ts')]);
    const { isLive } = settings;
    const { logs, amnezia } = await readKeyFiles(settings, {
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
