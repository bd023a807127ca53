/**
 * Probes of a ping in the stream of a latency test, which a server of winze returns.
 *
 * Only the server knows the token of the test, so an answer that was forged without seeing a probe is no answer. The
 * server returns a probe at its own length, to an address that was proven before.
 *
 * @see docs/protocol.md, Probes and replies
 * @module
 */
import { readU64be } from '../../core/bytes.ts';
import type { Instant } from '../../core/time.ts';
import {
  DATAGRAM_TYPE,
  OFFSET,
  REPLY_HEADER_BYTES,
  StreamKey,
  writeNumber,
  writeStreamHeader,
} from '../../wire/datagram.ts';
import type { ProbeOctets } from './probe-payload.ts';

/** Makes the probes of one stream, and recognises their replies. */
export class StreamProbes implements ProbeOctets {
  readonly isMarked = true;
  readonly #key: StreamKey;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /**
   * @param stream - number of the stream
   * @param token - of the test, 8 octets
   * @param lengthBytes - of the payload, 52 or more: the reply has a header of this length
   */
  constructor(stream: number, token: Uint8Array, lengthBytes: number) {
    this.#key = new StreamKey(token, stream);
    this.#bytes = new Uint8Array(Math.max(REPLY_HEADER_BYTES, lengthBytes));
    this.#view = new DataView(this.#bytes.buffer);
    writeStreamHeader(this.#view, 0, DATAGRAM_TYPE.probe, stream, token);
  }

  of(sequence: number, now: Instant): Uint8Array {
    writeNumber(this.#view, OFFSET.sequence, sequence);
    writeNumber(this.#view, OFFSET.sent, now);
    return this.#bytes;
  }

  sequenceOf(message: Uint8Array): number | undefined {
    return message.length < REPLY_HEADER_BYTES ? undefined : this.#sequenceIn(message, DATAGRAM_TYPE.reply);
  }

  sequenceOfSent(quote: Uint8Array): number | undefined {
    return this.#sequenceIn(quote, DATAGRAM_TYPE.probe);
  }

  #sequenceIn(message: Uint8Array, type: number): number | undefined {
    return this.#key.typeOfDatagram(message) === type ? readU64be(message, OFFSET.sequence) : undefined;
  }
}
