/**
 * Two captures of one tunnel, put side by side.
 *
 * @module
 */
import { CaptureJoiner } from '../../capture/join/joiner.ts';
import type { LayerStack } from '../../capture/layer-stack.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import { JOIN_SCHEMA, type JoinDocument } from '../../core/capture-join.ts';
import { VERSION } from '../../core/version.ts';
import { joinText } from '../../report/decode/join-text.ts';
import { quoted } from '../usage.ts';

/** A capture that ends, or one that is made meanwhile. */
export interface JoinSource {
  readonly name: string;
  readonly isLive: boolean;
}

export interface JoinOptions {
  readonly packets?: true;
  readonly json?: true;
  readonly jsonStream?: true;
}

/** Takes the packets of two files beside what else is done with them, and says what both say. */
export class FileJoin {
  readonly #joiner = new CaptureJoiner();
  readonly #files: readonly [string, string];
  readonly #options: JoinOptions;
  #begun = 0;

  private constructor(files: readonly [string, string], options: JoinOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** `null` unless there are two files of which a report is to be made. */
  static of(sources: readonly JoinSource[], options: JoinOptions): FileJoin | null {
    const [first, second, ...others] = sources;
    if (first === undefined || second === undefined || others.length > 0) return null;
    return first.isLive || second.isLive || options.packets ? null : new FileJoin([first.name, second.name], options);
  }

  /** Says that the packets of the next file follow. */
  beginFile(): void {
    if (++this.#begun === 2) this.#joiner.beginSecond();
  }

  add(record: CaptureRecord, stack: LayerStack): void {
    this.#joiner.add(record, stack);
  }

  /** What is to be written behind both reports; nothing before the second file was begun. */
  text(): string {
    if (this.#begun < 2) return '';
    const [first, second] = this.#files;
    if (!this.#options.json && !this.#options.jsonStream) {
      return `\n${joinText([quoted(first), quoted(second)], this.#joiner.result())}`;
    }
    const document = this.#document();
    return this.#options.json
      ? `${JSON.stringify(document, null, 2)}\n`
      : `${JSON.stringify({ event: 'join', data: document })}\n`;
  }

  #document(): JoinDocument {
    return {
      schema: JOIN_SCHEMA,
      tool: { name: 'winze', version: VERSION },
      files: this.#files,
      join: this.#joiner.result(),
    };
  }
}
