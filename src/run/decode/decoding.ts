/**
 * A capture that a program reads through the library: its packets one by one, its report, or both.
 *
 * @module
 */

import type { CaptureDocument } from '../../capture/documents/capture-report.ts';
import type { DecodedPacket } from '../../capture/documents/decoded-packet.ts';
import { type Condition, parseFilter } from '../../capture/filter/parse-filter.ts';
import { ReportSink } from '../../capture/pipeline/report-sink.ts';
import type { DecodeAsRules } from '../../capture/ports/decode-as-rules.ts';
import { parseDecodeAs } from '../../capture/ports/parse-decode-as.ts';
import { parseIp } from '../../core/address.ts';
import { NetError } from '../../core/errors.ts';
import { decodeCapture, type PacketSource } from './decode-capture.ts';
import type { DecodePorts } from './decode-ports.ts';
import { DecryptionKeys, type DecryptionSettings } from './decryption-keys.ts';
import type { Complete, Decoding, PacketOptions } from './library-options.ts';
import { PacketQueue } from './sinks/packet-queue.ts';
import { ProgramSink } from './sinks/program-sink.ts';
import type { NamedSource } from './sources/key-files.ts';
import { StopReading } from './sources/stop-reading.ts';

/** What a `CaptureDecoding` needs. */
export interface DecodingParts {
  readonly source: PacketSource;
  readonly options: Complete<PacketOptions>;
  /** Threads that decrypt; `null` for one per processor, if there are enough messages. */
  readonly threads: number | null;
  readonly ports: DecodePorts;
}

/** Runs `decodeCapture` when packets or the report are asked for, with a queue between reader and program. */
export class CaptureDecoding implements Decoding {
  readonly #parts: DecodingParts;
  readonly #condition: Condition | null;
  readonly #decodeAs: DecodeAsRules;
  readonly #queue = new PacketQueue();
  readonly #abort = new AbortController();
  #document: Promise<CaptureDocument> | null = null;
  #isIterated = false;
  /** Whether the program's loop has a packet, and the iteration goes on only after it. */
  #isInLoop = false;

  /** @throws NetError `ERR_USAGE` that names the wrong field */
  constructor(parts: DecodingParts) {
    this.#parts = parts;
    this.#condition = readFilter(parts.options.filter);
    this.#decodeAs = readDecodeAs(parts.options.decode_as);
  }

  /** Starts reading, if it has not started yet. @returns the report, when all was read */
  begin(): Promise<CaptureDocument> {
    if (this.#document === null) {
      this.#document = this.#read();
      // The error is delivered to the iteration or the report.
      this.#document.catch(() => undefined);
    }
    return this.#document;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DecodedPacket, void, undefined> {
    if (this.#isIterated || !this.#queue.isOpen) {
      throw new NetError('ERR_USAGE', 'the packets of a capture come once, and before its report: decode it again');
    }
    this.#isIterated = true;
    const reading = this.begin();
    try {
      for (let packet = await this.#queue.take(); packet !== undefined; packet = await this.#queue.take()) {
        this.#isInLoop = true;
        yield packet;
        this.#isInLoop = false;
      }
      await reading;
    } finally {
      this.#isInLoop = false;
      await this.close();
    }
  }

  async report(): Promise<CaptureDocument> {
    if (this.#isInLoop) {
      throw new NetError(
        'ERR_USAGE',
        'report() inside the loop over the packets would wait for its end: call it after',
      );
    }
    if (!this.#isIterated) this.#queue.close();
    return this.begin();
  }

  async close(): Promise<void> {
    this.#queue.close();
    this.#abort.abort(new StopReading());
    await this.#document?.catch(() => undefined);
  }

  async #read(): Promise<CaptureDocument> {
    const { source, options, ports } = this.#parts;
    const { signal } = options;
    const stop = (): void => this.#abort.abort(new StopReading());
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    try {
      const keys = await DecryptionKeys.open(this.#settings(), ports, options.onNotice);
      try {
        const { sink, decryption } = await decodeCapture(source, {
          condition: this.#condition,
          decodeAs: this.#decodeAs,
          count: options.count ?? Number.POSITIVE_INFINITY,
          keys,
          isOneOfSeveral: false,
          onOuterPacket: null,
          signal: this.#abort.signal,
          createSink: (reader, recogniser) => {
            const about = { name: source.name, reader, recogniser, decodeAs: this.#decodeAs, observer: null };
            return new ProgramSink(new ReportSink(about), this.#queue);
          },
        });
        if (signal?.aborted && !source.isLive) throw new NetError('ERR_ABORTED', 'decoding was stopped on request');
        return sink.report.report(decryption).document;
      } finally {
        await keys.finish();
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#queue.end();
    }
  }

  #settings(): DecryptionSettings {
    const { source, options, threads } = this.#parts;
    const named = (field: 'key_logs' | 'configs' | 'preshared_keys'): NamedSource[] =>
      options[field].map((text, i) => ({ field: `${field}[${i}]`, text }));
    return {
      keyLogs: named('key_logs'),
      configs: named('configs'),
      presharedKeys: named('preshared_keys'),
      innerFile: null,
      threads,
      isLive: source.isLive,
    };
  }
}

function readFilter(text: string | null): Condition | null {
  if (text === null) return null;
  const parsed = parseFilter(text, (word) => parseIp(word)?.octets);
  if (!parsed.ok) throw new NetError('ERR_USAGE', `filter: ${parsed.problem}`);
  return parsed.condition;
}

function readDecodeAs(words: readonly string[]): DecodeAsRules {
  const parsed = parseDecodeAs(words);
  if (!parsed.ok) throw new NetError('ERR_USAGE', `decode_as[${parsed.index}] ${parsed.problem}`);
  return parsed.rules;
}
