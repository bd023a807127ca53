/**
 * Reads capture files incrementally: all variants of pcap, and pcapng. A push parser without I/O.
 *
 * ```text
 * push(chunk)  call next(record) until it returns 'need-more', then push the next chunk; after the last chunk
 * finish()     call next(record) until it returns 'end'
 * ```
 *
 * Besides the chunk it holds at most one record or block, which has at most 16 MiB, whatever the size of the file.
 * Invalid input ends reading with a fault. It never throws, whatever the file contains.
 *
 * @module
 */
import type { CaptureRecord } from '../record.ts';
import { type CaptureFacts, createCaptureFacts } from './capture-facts.ts';
import type { CaptureFault, Problem } from './capture-fault.ts';
import { detectFormat, MAGIC_BYTES } from './detect.ts';
import type { FormatReader } from './format-reader.ts';
import { PcapReader } from './pcap.ts';
import { PcapngReader } from './pcapng.ts';
import { ByteWindow } from './window.ts';

/** Result of `CaptureReader.next`. `end`: no more records, because the file ended or because of `fault`. */
export type ReadOutcome = 'record' | 'need-more' | 'end';

/** Reads one capture file: detects its format, then passes chunks to the reader of that format. */
export class CaptureReader {
  /** Metadata of the file. It grows while the file is read: interfaces and secrets may be anywhere in it. */
  readonly facts: CaptureFacts = createCaptureFacts();
  readonly #window = new ByteWindow();
  #format: FormatReader | null = null;
  #fault: CaptureFault | null = null;
  #finished = false;
  #ended = false;
  #failure: string | null = null;

  /** Why reading stopped before the end of the file; `null` while reading, and after a complete file. */
  get fault(): CaptureFault | null {
    return this.#fault;
  }

  /** Number of records read so far. */
  get frames(): number {
    return this.#format?.frames ?? 0;
  }

  /** Adds input. @param chunk - any length; borrowed until `next` returns `need-more` or `end` */
  push(chunk: Uint8Array): void {
    if (!this.#finished && !this.#ended) this.#window.push(chunk);
  }

  /**
   * Ends the input.
   *
   * @param failure - if the input ended with an error: its message, in one line. It is reported as a fault `unreadable`
   *   after all complete records have been read.
   */
  finish(failure: string | null = null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#failure = failure;
  }

  /**
   * Fills `record` with the next packet.
   *
   * @param record - its `bytes` are borrowed until the next call of `next` or `push`
   */
  next(record: CaptureRecord): ReadOutcome {
    if (this.#ended) return 'end';
    const format = this.#format ?? this.#detect();
    if (format === null) return this.#ended ? 'end' : 'need-more';
    const step = format.next(record);
    if (step === 'record') return step;
    if (step !== 'need-more') return this.#end(step);
    if (!this.#finished) return step;
    return this.#end(this.#problemAtEnd(format));
  }

  /** Creates the reader of the detected format; `null` with too few octets, or after a fault. */
  #detect(): FormatReader | null {
    const window = this.#window;
    if (!window.need(MAGIC_BYTES)) {
      if (this.#finished) this.#end(this.#problemAtStart());
      return null;
    }
    const detected = detectFormat(window.bytes, window.position);
    if (detected.tag === 'unknown') {
      this.#end({ reason: 'unknown-format', message: detected.message });
      return null;
    }
    this.#format =
      detected.tag === 'pcap' ? new PcapReader(window, this.facts, detected) : new PcapngReader(window, this.facts);
    return this.#format;
  }

  #problemAtStart(): Problem {
    if (this.#failure !== null) return { reason: 'unreadable', message: this.#failure };
    const { availableBytes } = this.#window;
    if (availableBytes === 0) return { reason: 'empty', message: 'the file is empty' };
    return {
      reason: 'truncated',
      message: `the file ends after ${availableBytes} octets, too few for any capture file`,
    };
  }

  #problemAtEnd(format: FormatReader): Problem | null {
    if (this.#failure !== null) return { reason: 'unreadable', message: this.#failure };
    const there = this.#window.offset + this.#window.availableBytes - format.recordOffset;
    if (there === 0) return null;
    return {
      reason: 'truncated',
      message: `the file ends inside ${format.wanted}: ${there} of ${format.wantedBytes} octets are there`,
    };
  }

  #end(problem: Problem | null): 'end' {
    this.#ended = true;
    if (problem !== null) {
      this.#fault = { ...problem, frame: this.frames + 1, fileOffset: this.#format?.recordOffset ?? 0 };
    }
    this.#window.clear();
    return 'end';
  }
}
