/**
 * Text of packets, written as octets: strings would be too slow for half a million lines a second.
 *
 * Content of a packet is written by `number`, `hex`, `escaped` or a method for addresses. None of them can write an
 * octet that is not printable ASCII.
 *
 * @module
 */

/** As large as the pieces in which text is passed on (`decode/packet-view.ts`). */
const INITIAL_BYTES = 64 * 1024;
/** Room for one call of any method but `text`, `spaces` and `escaped`, which reserve what they need. */
const SLACK = 256;
const DIGITS = '0123456789abcdef';
const HEX = Uint8Array.from(DIGITS, (digit) => digit.charCodeAt(0));
const ZERO = 0x30;
const DOT = 0x2e;
const COLON = 0x3a;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;

/**
 * A buffer to which lines are written as ASCII octets. It grows as needed. All methods but `take` return the writer.
 */
export class LineWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;

  /** Octets that were written and not yet taken. */
  get length(): number {
    return this.#length;
  }

  /**
   * Returns what was written since the last call, and begins again.
   *
   * @param next - the memory for the next lines. Without it, the result is borrowed until the next write
   */
  take(next = this.#bytes): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = next;
    this.#length = 0;
    return taken;
  }

  /** Writes text of this program, which must be ASCII. Not for content of a packet. */
  text(words: string): this {
    const { length } = words;
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < length; i++) bytes[at++] = words.charCodeAt(i);
    this.#length = at;
    return this;
  }

  newline(): this {
    return this.#octet(NEWLINE);
  }

  spaces(count: number): this {
    this.#reserve(count);
    this.#bytes.fill(SPACE, this.#length, this.#length + count);
    this.#length += count;
    return this;
  }

  /** Writes a whole number, not negative. */
  number(value: number): this {
    if (value > 0xffff_ffff) return this.text(String(value));
    let digits = 1;
    for (let power = 10; digits < 10 && value >= power; power *= 10) digits++;
    return this.digits(value, digits);
  }

  /** Writes the last `count` decimal digits of a number of 32 bits. */
  digits(value: number, count: number): this {
    this.#reserve(SLACK);
    const bytes = this.#bytes;
    let rest = value >>> 0;
    for (let at = this.#length + count - 1; at >= this.#length; at--) {
      const tenth = (rest / 10) >>> 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#length += count;
    return this;
  }

  /** Writes `0x` and the digits of a number of 32 bits, `width` of them at least. */
  hex(value: number, width = 1): this {
    let digits = 1;
    for (let rest = value >>> 4; rest !== 0; rest >>>= 4) digits++;
    this.#octet(ZERO).#octet(0x78);
    return this.hexDigits(value, Math.max(digits, width));
  }

  /** Writes the last `count` hexadecimal digits of a number of 32 bits. */
  hexDigits(value: number, count: number): this {
    this.#reserve(SLACK);
    for (let shift = (count - 1) * 4; shift >= 0; shift -= 4) {
      this.#bytes[this.#length++] = HEX[shift > 28 ? 0 : (value >>> shift) & 15] ?? ZERO;
    }
    return this;
  }

  /** Writes octets as hexadecimal digits. */
  hexOctets(bytes: Uint8Array, at: number, count: number): this {
    for (let i = 0; i < count; i++) this.hexDigits(bytes[at + i] ?? 0, 2);
    return this;
  }

  /** Writes four octets as an IPv4 address. */
  ipv4(bytes: Uint8Array, at: number): this {
    this.#reserve(SLACK);
    for (let i = 0; i < 4; i++) {
      if (i > 0) this.#bytes[this.#length++] = DOT;
      this.#small(bytes[at + i] ?? 0);
    }
    return this;
  }

  /** Writes an IPv6 address as RFC 5952 §4 wants it. */
  ipv6(bytes: Uint8Array, at: number): this {
    let bestAt = -1;
    let bestLength = 1;
    for (let i = 0; i < 8; i++) {
      let length = 0;
      while (i + length < 8 && bytes[at + 2 * (i + length)] === 0 && bytes[at + 2 * (i + length) + 1] === 0) length++;
      if (length > bestLength) {
        bestAt = i;
        bestLength = length;
      }
      i += length;
    }
    for (let i = 0; i < 8; i++) {
      if (i === bestAt) {
        this.#octet(COLON);
        if (i + bestLength === 8) this.#octet(COLON);
        i += bestLength - 1;
        continue;
      }
      if (i > 0) this.#octet(COLON);
      const group = ((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0);
      this.hexDigits(group, group > 0xfff ? 4 : group > 0xff ? 3 : group > 0xf ? 2 : 1);
    }
    return this;
  }

  /** Writes six octets as a MAC address, `02:00:00:00:00:01`. */
  mac(bytes: Uint8Array, at: number): this {
    for (let i = 0; i < 6; i++) {
      if (i > 0) this.#octet(COLON);
      this.hexDigits(bytes[at + i] ?? 0, 2);
    }
    return this;
  }

  /** Writes text of a packet: printable ASCII as it is, all other octets and the backslash as `\x1b`. */
  escaped(bytes: Uint8Array, at: number, count: number): this {
    this.#reserve(count * 4);
    for (let i = 0; i < count; i++) {
      const octet = bytes[at + i] ?? 0;
      if (octet >= SPACE && octet < 0x7f && octet !== BACKSLASH) this.#octet(octet);
      else this.text('\\x').hexDigits(octet, 2);
    }
    return this;
  }

  #small(value: number): void {
    const bytes = this.#bytes;
    if (value >= 100) bytes[this.#length++] = ZERO + ((value / 100) | 0);
    if (value >= 10) bytes[this.#length++] = ZERO + (((value / 10) | 0) % 10);
    bytes[this.#length++] = ZERO + (value % 10);
  }

  #octet(octet: number): this {
    this.#reserve(SLACK);
    this.#bytes[this.#length++] = octet;
    return this;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count + SLACK));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
