/**
 * Finds the ClientHello in the Initial packets of QUIC. It may be split over several packets.
 *
 * It has the server name and the protocols that a client asks for. Whether a connection is used for MASQUE or only for
 * HTTP/3 cannot be seen: that is encrypted with secret keys.
 *
 * @module
 */
import { toHex } from '../../core/bytes.ts';
import type { QuicCrypto } from '../../core/quic-crypto.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../dissect/layer-stack.ts';
import { type ClientHello, clientHelloBytes, readClientHello } from './client-hello.ts';
import { CryptoStream } from './crypto-stream.ts';
import { decryptInitial, readLongPacket } from './initial-packet.ts';

/** Connections with an incomplete ClientHello, at most about 1 MB. The oldest is dropped for a new one. */
const MAX_STREAMS = 64;
/** Bound of the packets that are read in one datagram. */
const MAX_PACKETS = 16;

/** Collects the ClientHellos of the QUIC connections of a capture. */
export class ClientHellos {
  readonly #crypto: QuicCrypto;
  /** Incomplete streams, by version and destination connection id. */
  readonly #streams = new Map<string, CryptoStream>();

  constructor(crypto: QuicCrypto) {
    this.#crypto = crypto;
  }

  /** Returns the ClientHello that the packet of a stack contains or completes; else `null`. Never throws. */
  read(stack: LayerStack): ClientHello | null {
    const layer = stack.count - 1;
    if (kindAt(stack, layer) !== LAYER.quic || stack.quotedFrom >= 0) return null;
    let at = offsetAt(stack, layer);
    const end = at + (stack.capturedBytes[layer] ?? 0);
    for (let i = 0; i < MAX_PACKETS; i++) {
      const packet = readLongPacket(stack.bytes, at, end);
      if (packet === null) return null;
      const payload = packet.isInitial ? decryptInitial(this.#crypto, stack.bytes, packet) : null;
      const hello = payload && this.#take(`${packet.version} ${toHex(packet.destinationId)}`, payload);
      if (hello) return hello;
      at = packet.end;
    }
    return null;
  }

  #take(key: string, payload: Uint8Array): ClientHello | null {
    const stream = this.#streams.get(key) ?? new CryptoStream();
    stream.addFrames(payload);
    const { beginning } = stream;
    const wanted = clientHelloBytes(beginning);
    if (wanted > 0 && wanted <= beginning.length) {
      this.#streams.delete(key);
      return readClientHello(beginning.subarray(0, wanted));
    }
    this.#keep(key, stream);
    return null;
  }

  #keep(key: string, stream: CryptoStream): void {
    if (!this.#streams.has(key) && this.#streams.size >= MAX_STREAMS) {
      for (const oldest of this.#streams.keys()) {
        this.#streams.delete(oldest);
        break;
      }
    }
    this.#streams.set(key, stream);
  }
}
