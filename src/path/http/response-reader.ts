/**
 * Reads one HTTP/1.1 response as it arrives: the status, a few header fields, and where the body ends.
 *
 * ```text
 *   head ─ empty line ─> body ─ length, last chunk, or end of the connection ─> done
 *     └── 1xx: the next head
 * ```
 *
 * The body is counted and not kept. Everything that a server can make long is bounded. What is no HTTP is a value
 * (`failure`), not an exception. Text of a server is kept as it came: print it through `printable`.
 *
 * @see RFC 9112: sections 2.2 (line ends), 4 (status line), 6.3 (length of the body), 7.1 (chunks); RFC 9110 section 15.2
 * @module
 */
import { ChunkReader } from './chunk-reader.ts';

/** Octets of all heads of a response, interim ones included. */
const MOST_HEAD_BYTES = 65_536;
const LENGTH = /^\d+$/;
const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: .*)?$/;
/** Characters of a header field that are kept. */
const MOST_FIELD = 2048;
const LF = 0x0a;
const CR = 0x0d;

/** The head of a response. */
export interface ResponseHead {
  /** `1.0` or `1.1`. */
  readonly version: string;
  readonly status: number;
  /** First value of each field that is kept, by its name in lower case. */
  readonly fields: Readonly<Record<KeptField, string | undefined>>;
}

const KEPT = ['location', 'content-length', 'transfer-encoding'] as const;
/** Header fields that are kept. */
export type KeptField = (typeof KEPT)[number];

/** How much of the body there is: known in advance, by chunks, or until the connection ends. */
type Body = { readonly tag: 'length'; left: number } | { readonly tag: 'chunks' } | { readonly tag: 'until-end' };

/** The reader of one response. */
export class ResponseReader {
  readonly #mostBodyBytes: number;
  readonly #chunks = new ChunkReader();
  #state: 'head' | 'body' | 'done' | 'failed' = 'head';
  #headBytes = 0;
  #line: number[] = [];
  #lines: string[] = [];
  #head: ResponseHead | null = null;
  #body: Body = { tag: 'until-end' };
  #bodyBytes = 0;
  #failure: string | null = null;
  #isCut = false;

  /** @param mostBodyBytes - the body is read no further */
  constructor(mostBodyBytes: number) {
    this.#mostBodyBytes = mostBodyBytes;
  }

  /** Whether nothing more has to be read: the response is whole, was cut, or is no HTTP. */
  get isDone(): boolean {
    return this.#state === 'done' || this.#state === 'failed';
  }

  /** The head of the final response; `null` before it is whole. */
  get head(): ResponseHead | null {
    return this.#head;
  }

  /** Octets of the body, without chunk sizes. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** Whether the body was longer than what is read. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** What is wrong with the response, in words; `null` if nothing is. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Handles octets in the order in which they arrived. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.#state === 'head') at = this.#readHead(bytes, at);
    if (this.#state === 'body') this.#readBody(at === 0 ? bytes : bytes.subarray(at));
  }

  /** Handles the end of the connection. */
  end(): void {
    if (this.isDone) return;
    if (this.#state === 'body' && this.#body.tag === 'until-end') this.#state = 'done';
    else this.#fail(this.#state === 'head' ? 'the connection ended in the header' : 'the connection ended in the body');
  }

  #readHead(bytes: Uint8Array, from: number): number {
    const end = bytes.indexOf(LF, from);
    const to = end < 0 ? bytes.length : end;
    this.#headBytes += to - from + 1;
    if (this.#headBytes > MOST_HEAD_BYTES) {
      this.#fail(`a header of more than ${MOST_HEAD_BYTES / 1024} KiB`);
      return bytes.length;
    }
    for (let i = from; i < to; i++) this.#line.push(bytes[i] ?? 0);
    if (end < 0) return bytes.length;
    if (this.#line.at(-1) === CR) this.#line.pop();
    const line = latin1(this.#line);
    this.#line = [];
    if (line !== '') this.#lines.push(line);
    // Empty lines before a status line are ignored (RFC 9112 section 2.2).
    else if (this.#lines.length > 0) this.#endHead();
    if (this.#lines.length === 1 && line !== '' && !STATUS_LINE.test(line)) this.#fail('no answer of HTTP');
    return to + 1;
  }

  #endHead(): void {
    const [, version = '', code = ''] = STATUS_LINE.exec(this.#lines[0] ?? '') ?? [];
    const status = Number(code);
    const fields = fieldsOf(this.#lines.slice(1));
    this.#lines = [];
    // An interim response; 101 would need an upgrade, which was not asked for.
    if (status >= 100 && status < 200) {
      if (status === 101) this.#fail('the server changes to a protocol that was not asked for');
      return;
    }
    if (fields === null) return this.#fail('two lengths of the body that differ');
    this.#head = { version, status, fields };
    this.#state = 'body';
    this.#beginBody(status, fields);
  }

  #beginBody(status: number, fields: ResponseHead['fields']): void {
    const encoding = fields['transfer-encoding'];
    const length = fields['content-length'];
    if (status === 204 || status === 304) this.#state = 'done';
    else if (encoding !== undefined) {
      // Where chunks are not the last encoding, the end of the connection is that of the body.
      if (/(?:^|,)\s*chunked\s*$/i.test(encoding)) this.#body = { tag: 'chunks' };
    } else if (length !== undefined) {
      if (!LENGTH.test(length)) return this.#fail('a length of the body that is no number');
      // Beyond what is read, it need not be exact.
      this.#body = { tag: 'length', left: Math.min(Number(length), Number.MAX_SAFE_INTEGER) };
      if (this.#body.left === 0) this.#state = 'done';
    }
  }

  #readBody(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const body = this.#body;
    switch (body.tag) {
      case 'length': {
        const taken = Math.min(body.left, bytes.length);
        body.left -= taken;
        this.#bodyBytes += taken;
        if (body.left === 0) this.#state = 'done';
        break;
      }
      case 'chunks':
        this.#bodyBytes += this.#chunks.push(bytes);
        if (this.#chunks.state === 'failed') return this.#fail('chunks of the body that are not those of HTTP');
        if (this.#chunks.state === 'done') this.#state = 'done';
        break;
      case 'until-end':
        this.#bodyBytes += bytes.length;
        break;
      default:
        body satisfies never;
    }
    if (this.#bodyBytes < this.#mostBodyBytes || this.#state === 'done') return;
    this.#isCut = true;
    this.#state = 'done';
  }

  #fail(reason: string): void {
    this.#state = 'failed';
    this.#failure = reason;
  }
}

/** The fields that are kept; `null` if the length of the body is given twice, and differs (RFC 9112 section 6.3). */
function fieldsOf(lines: readonly string[]): ResponseHead['fields'] | null {
  const fields: Partial<Record<KeptField, string>> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = KEPT.find((kept) => kept === line.slice(0, Math.max(0, colon)).toLowerCase());
    if (name === undefined) continue;
    const value = line
      .slice(colon + 1)
      .trim()
      .slice(0, MOST_FIELD);
    if (name === 'content-length' && fields[name] !== undefined && fields[name] !== value) return null;
    fields[name] ??= value;
  }
  return fields as ResponseHead['fields'];
}

function latin1(octets: readonly number[]): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}
