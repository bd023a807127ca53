/**
 * The keys of one run of `winze decode`: those that the command line names, and those in the captures.
 *
 * @module
 */
import type { AmneziaParameters } from '../../capture/amnezia/parameters.ts';
import { KeyRing } from '../../capture/keys/key-ring.ts';
import { type KeyProblem, readKeyLog } from '../../capture/keys/read-key-log.ts';
import type { NetError } from '../../core/errors.ts';
import type { CaptureCrypto } from '../../run/capture/capture-crypto.ts';
import type { OpeningThreads } from '../../run/capture/opening-threads.ts';
import type { CliDeps } from '../deps.ts';
import { createMessages } from '../messages.ts';
import { usage } from '../usage.ts';
import { GrowingKeyLogs, type KeyLogFile } from './growing-key-logs.ts';
import { type EmbeddedKeys, InnerFile } from './inner-file.ts';
import { type KeyOptions, readKeyFiles } from './key-files.ts';

/** Data messages after which other threads are worth their start, a tenth of a second: so long these took to open. */
const WORTH_THREADS = 50_000;

export interface DecryptOptions extends KeyOptions {
  /** A file for the packets inside. */
  readonly write?: string;
  readonly embedKeys?: EmbeddedKeys;
  /** That open messages, the main one included. */
  readonly threads?: number;
}

export class DecodeKeys {
  readonly #deps: CliDeps;
  readonly #say: (message: string) => void;
  readonly #threadCount: number | null;
  #crypto: CaptureCrypto | null = null;
  #ring: KeyRing | null = null;
  #inner: InnerFile | null = null;
  #amnezia: readonly AmneziaParameters[] = [];
  /** Of a capture that is taken now. */
  #growing: GrowingKeyLogs | null = null;
  #threads: OpeningThreads | null = null;
  /** Data messages that keys were tried on, one after the other, in all files. */
  triedMessages = 0;

  private constructor(deps: CliDeps, threads: number | null) {
    this.#deps = deps;
    this.#threadCount = threads;
    this.#say = createMessages(deps, {}).say;
  }

  /**
   * Reads the keys that are named, and opens the file to write.
   *
   * @param isLive - key logs grow meanwhile
   * @throws NetError `ERR_USAGE`
   */
  static async open(options: DecryptOptions, deps: CliDeps, isLive: boolean): Promise<DecodeKeys> {
    const { keys, conf, psk, write, embedKeys } = options;
    if (embedKeys !== undefined && write === undefined) throw usage('--embed-keys needs --write');
    const all = new DecodeKeys(deps, options.threads ?? null);
    const logs: KeyLogFile[] = [];
    if (keys || conf || psk) {
      await all.load();
      if (all.#ring) {
        const files = await readKeyFiles(options, all.#ring, deps, all.#say, isLive);
        logs.push(...files.logs);
        all.#amnezia = files.amnezia;
      }
    }
    if (write !== undefined) {
      all.#inner = await InnerFile.open(write, embedKeys ?? 'none', deps);
      for (const { text } of logs) all.#inner.addKeyLog(text);
    }
    if (isLive && all.#ring) {
      all.#growing = new GrowingKeyLogs(logs, all.#ring, deps, (added) => all.#inner?.addKeyLog(added));
    }
    return all;
  }

  get crypto(): CaptureCrypto | null {
    return this.#crypto;
  }

  get ring(): KeyRing | null {
    return this.#ring;
  }

  /** Disguises of the tunnels whose configurations are named. */
  get amnezia(): readonly AmneziaParameters[] {
    return this.#amnezia;
  }

  get innerFile(): InnerFile | null {
    return this.#inner;
  }

  /** Loads what takes time to load, once. */
  async load(): Promise<void> {
    if (this.#crypto !== null) return;
    this.#crypto = await this.#deps.captureCrypto();
    this.#ring = new KeyRing(this.#crypto.primitives);
  }

  get threads(): OpeningThreads | null {
    return this.#threads;
  }

  /** Whether it is time for `startThreads`: at once where somebody asks for threads. */
  get areThreadsWorthwhile(): boolean {
    return this.#crypto !== null && (this.#threadCount !== null || this.triedMessages >= WORTH_THREADS);
  }

  /** Starts threads that help to open messages, if there are processors for them. */
  async startThreads(): Promise<void> {
    if (this.#crypto === null || this.#threads !== null) return;
    this.#threads = await this.#deps.openingThreads(this.#threadCount, this.#crypto.opener);
  }

  /** Looks for more keys, where there may be. @returns what to wait for */
  refresh(): Promise<void> | undefined {
    return this.#growing?.refresh();
  }

  /** Adds a key log that a capture has. @returns what is wrong with it */
  addSecrets(bytes: Uint8Array): readonly KeyProblem[] {
    if (this.#ring === null) return [];
    const text = new TextDecoder().decode(bytes);
    const { problems } = readKeyLog(text, this.#ring);
    this.#inner?.addKeyLog(text);
    return problems;
  }

  say(message: string): void {
    this.#say(message);
  }

  /** @returns why the file of packets inside is not whole, or `null` */
  async finish(): Promise<NetError | null> {
    await this.#threads?.close();
    this.#crypto?.opener.forget();
    return (await this.#inner?.finish()) ?? null;
  }
}
