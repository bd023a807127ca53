/**
 * Reassembles the TLS stream in CRYPTO frames (RFC 9000 §19.6), which may be reordered and duplicated.
 *
 * @module
 */
import { VarintReader } from './varint.ts';

/** A ClientHello with post-quantum keys has two thousand octets. */
const MAX_STREAM_BYTES = 16_384;
const FIRST_BYTES = 2048;
/** Bound of separate ranges. */
const MAX_RANGES = 64;

const FRAME = { padding: 0, ping: 1, ack: 2, ackEcn: 3, crypto: 6 } as const;

/** The beginning of the TLS stream of one connection, up to `MAX_STREAM_BYTES`. */
export class CryptoStream {
  #bytes = new Uint8Array(FIRST_BYTES);
  /** Received ranges in ascending order; ranges do not touch each other. `end` is exclusive. */
  #ranges: (readonly [start: number, end: number])[] = [];

  /** The received octets from offset 0 to the first gap. Borrowed until the next frame. */
  get beginning(): Uint8Array {
    const [first] = this.#ranges;
    return this.#bytes.subarray(0, first !== undefined && first[0] === 0 ? first[1] : 0);
  }

  /** Adds the CRYPTO frames of an Initial packet. Stops at a frame type that is not expected before the ClientHello. */
  addFrames(payload: Uint8Array): void {
    const reader = new VarintReader(payload, 0, payload.length);
    while (reader.at < payload.length) {
      const type = reader.next();
      if (type === FRAME.padding || type === FRAME.ping) continue;
      if (type === FRAME.ack || type === FRAME.ackEcn) skipAck(reader, type === FRAME.ackEcn, payload.length);
      else if (type === FRAME.crypto) {
        const offset = reader.next();
        const length = reader.next();
        const start = reader.at;
        // Also false if a value is NaN: it extends beyond the payload.
        if (!(start + length <= payload.length)) return;
        this.#add(offset, payload.subarray(start, start + length));
        reader.at = start + length;
      } else return;
    }
  }

  #add(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    if (data.length === 0 || end > MAX_STREAM_BYTES) return;
    let [start, last] = [offset, end];
    const apart = this.#ranges.filter((range) => {
      const touches = range[0] <= last && start <= range[1];
      if (touches) [start, last] = [Math.min(start, range[0]), Math.max(last, range[1])];
      return !touches;
    });
    if (apart.length >= MAX_RANGES) return;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(MAX_STREAM_BYTES);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(data, offset);
    this.#ranges = [...apart, [start, last] as const].sort((a, b) => a[0] - b[0]);
  }
}

/**
 * Fields: largest, delay, range count, first range, a gap and a length per range, three ECN counts (RFC 9000 §19.3).
 */
function skipAck(reader: VarintReader, hasEcn: boolean, end: number): void {
  reader.next();
  reader.next();
  const ranges = reader.next();
  reader.next();
  for (let i = 0; i < ranges && reader.at < end; i++) {
    reader.next();
    reader.next();
  }
  for (let i = 0; hasEcn && i < 3; i++) reader.next();
}
