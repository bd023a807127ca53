/**
 * Reads capture files as they come: pcap in all its variants, and pcapng. Push parser without I/O.
 *
 * ```text
 * push(chunk)  then next(record) until it returns 'need-more', then push the next chunk; after the last
 * finish()     then next(record) until it returns 'end'
 * ```
 *
 * Holds one record or block at most beside the chunk, 16 MiB in the worst case, however large the file.
 * Octets that make no sense end the reading with a fault; nothing that a file holds makes it throw.
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
import { Window } from './window.ts';

/** `end`: no record will come, because there are no more, or because of `fault`. */
export type ReadOutcome = 'record' | 'need-more' | 'end';

export class CaptureReader {
  /** Grows as the file is read: interfaces and secrets may stand anywhere in it. */
  readonly facts: CaptureFacts = createCaptureFacts();
  readonly #window = new Window();
  #format: FormatReader | null = null;
  #fault: CaptureFault | null = null;
  #finished = false;
  #ended = false;
  #failure: string | null = null;

  /** Why the reading ended before the file did; `null` while it has not, and after a clean end. */
  get fault(): CaptureFault | null {
    return this.#fault;
  }

  /** Records that were read so far. */
  get frames(): number {
    return this.#format?.frames ?? 0;
  }

  /** @param chunk - borrowed until `next` returns `need-more` or `end`; any length. */
  push(chunk: Uint8Array): void {
    if (!this.#finished && !this.#ended) this.#window.push(chunk);
  }

  /**
   * Says that no more octets come.
   *
   * @param failure - why, if it is not that the file is over: one line. It becomes a fault `unreadable`
   *   after the records that are there in full.
   */
  finish(failure: string | null = null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#failure = failure;
  }

  /**
   * Fills `record` with the next packet.
   *
   * @param record - its `bytes` are borrowed until the next call of `next` or `push`.
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

  /** `null`: too few octets to tell, or the end of it. */
  #detect(): FormatReader | null {
    const window = this.#window;
    if (!window.need(MAGIC_BYTES)) {
      if (this.#finished) this.#end(this.#problemAtStart());
      return null;
    }
    const detected = detectFormat(window.bytes, window.position);
    if (detected.tag === 'unknown') {
      this.#end({ reason: 'unknown-format', words: detected.words });
      return null;
    }
    this.#format =
      detected.tag === 'pcap' ? new PcapReader(window, this.facts, detected) : new PcapngReader(window, this.facts);
    return this.#format;
  }

  #problemAtStart(): Problem {
    if (this.#failure !== null) return { reason: 'unreadable', words: this.#failure };
    const { availableBytes } = this.#window;
    if (availableBytes === 0) return { reason: 'empty', words: 'the file is empty' };
    return { reason: 'truncated', words: `the file ends after ${availableBytes} octets, too few for any capture file` };
  }

  #problemAtEnd(format: FormatReader): Problem | null {
    if (this.#failure !== null) return { reason: 'unreadable', words: this.#failure };
    const there = this.#window.offset + this.#window.availableBytes - format.recordOffset;
    if (there === 0) return null;
    return {
      reason: 'truncated',
      words: `the file ends inside ${format.wanted}: ${there} of ${format.wantedBytes} octets are there`,
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
