/**
 * Octets outside and inside a tunnel, added up.
 *
 * @module
 */
import { HIDDEN } from './inner-bytes.ts';

const PACKETS = 0;
const OUTER = 1;
const INNER = 2;
const PAYLOAD = 3;
/** Packets whose inside is hidden. */
const HIDDEN_PACKETS = 4;

export class Sums {
  /** An array, because numbers above 2^31 in fields would be allocated one by one. */
  readonly #sums = new Float64Array(5);

  get outer(): number {
    return this.#sums[OUTER] ?? 0;
  }

  /** @param inner - octets, or `HIDDEN`. @param packets - how many it is on the wire */
  add(outer: number, inner: number, payload: number, packets: number): void {
    const sums = this.#sums;
    sums[PACKETS] = (sums[PACKETS] ?? 0) + packets;
    sums[OUTER] = (sums[OUTER] ?? 0) + outer;
    sums[PAYLOAD] = (sums[PAYLOAD] ?? 0) + payload;
    if (inner === HIDDEN) sums[HIDDEN_PACKETS] = (sums[HIDDEN_PACKETS] ?? 0) + packets;
    else sums[INNER] = (sums[INNER] ?? 0) + inner;
  }

  /** Sums and their ratios, with the names of the JSON. */
  shares() {
    const [packets = 0, outer = 0, inner = 0, payload = 0, hidden = 0] = this.#sums;
    const isHidden = hidden > 0;
    const share = (bytes: number): number | null => (isHidden || outer <= 0 ? null : bytes / outer);
    return {
      packets,
      outer_bytes: outer,
      inner_bytes: isHidden ? null : inner,
      inner_ratio: share(inner),
      payload_bytes: isHidden ? null : payload,
      goodput_ratio: share(payload),
    };
  }
}
