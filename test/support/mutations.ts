/**
 * Captures damaged at random, always alike for a seed.
 *
 * @module
 */

/** Numbers that length fields, counts and types are tried with. */
const EXTREMES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 0x7f, 0x80, 0xfe, 0xff];

export class Mutator {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to `below` - 1 (xorshift32). */
  draw(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % Math.max(1, below);
  }

  /** A damaged copy. @param least - octets at the beginning that stay whole, mostly */
  damaged(octets: Uint8Array, least = 0): Uint8Array {
    let out: Uint8Array = octets.slice();
    for (let hits = 1 + this.draw(6); hits > 0 && out.length > 0; hits--) out = this.#hit(out, least);
    return out;
  }

  #hit(out: Uint8Array, least: number): Uint8Array {
    const keeps = out.length > least && this.draw(8) > 0 ? least : 0;
    const at = keeps + this.draw(out.length - keeps);
    switch (this.draw(7)) {
      case 0:
        out[at] = (out[at] ?? 0) ^ (1 << this.draw(8));
        return out;
      case 1:
        out[at] = EXTREMES[this.draw(EXTREMES.length)] ?? 0;
        return out;
      case 2:
        out.fill(this.draw(2) * 0xff, at, at + 2 + 2 * this.draw(2));
        return out;
      case 3:
        out[at] = this.draw(256);
        return out;
      case 4:
        return out.slice(0, at);
      case 5: {
        const end = at + 1 + this.draw(40);
        return joined(out.subarray(0, at), out.subarray(end));
      }
      default: {
        const end = at + 1 + this.draw(40);
        return joined(out.subarray(0, end), out.subarray(at));
      }
    }
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const out = new Uint8Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}
