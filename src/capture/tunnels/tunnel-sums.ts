/**
 * Sums of outer, inner and payload octets.
 *
 * @module
 */
import { HIDDEN } from './inner-bytes.ts';

const PACKETS = 0;
const OUTER = 1;
const INNER = 2;
const PAYLOAD = 3;
/** Packets whose inner size is encrypted. */
const HIDDEN_PACKETS = 4;

/** Sums over the packets of a kind of tunnel or of a flow. */
export class TunnelSums {
  /** A typed array, because V8 allocates a new object when a field gets a number above 2^31. */
  readonly #sums = new Float64Array(5);

  /** Octets of the outer packets. */
  get outer(): number {
    return this.#sums[OUTER] ?? 0;
  }

  /**
   * Adds a packet.
   *
   * @param outer - octets of the outer packet
   * @param inner - octets of the inner IP packet, or `HIDDEN`
   * @param payload - octets of the innermost TCP or UDP payload
   * @param packets - number of packets on the wire
   */
  add(outer: number, inner: number, payload: number, packets: number): void {
    const sums = this.#sums;
    sums[PACKETS] = (sums[PACKETS] ?? 0) + packets;
    sums[OUTER] = (sums[OUTER] ?? 0) + outer;
    sums[PAYLOAD] = (sums[PAYLOAD] ?? 0) + payload;
    if (inner === HIDDEN) sums[HIDDEN_PACKETS] = (sums[HIDDEN_PACKETS] ?? 0) + packets;
    else sums[INNER] = (sums[INNER] ?? 0) + inner;
  }

  /** The sums and their ratios, with the names of the JSON; `null` for inner sums if any packet is encrypted. */
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
