/**
 * Finds the ClientHello in the Initial packets of QUIC, which may be in several of them.
 *
 * It says which name and which protocols a client asks for, and nothing of what it does then: that a connection is
 * MASQUE, and not HTTP/3 alone, stands in what is sealed with secret keys.
 *
 * @module
 */
import { toHex } from '../../core/bytes.ts';
import type { QuicCrypto } from '../../core/quic-crypto.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../dissect/layer-stack.ts';
import { type ClientHello, clientHelloBytes, readClientHello } from './client-hello.ts';
import { CryptoStream } from './crypto-stream.ts';
import { openInitial, readLongPacket } from './initial-packet.ts';

/** Connections whose ClientHello is not whole yet: about 1 MB. The oldest are forgotten. */
const MAX_STREAMS = 64;
/** Packets of one datagram that are looked at. */
const MAX_PACKETS = 16;

export class ClientHellos {
  readonly #crypto: QuicCrypto;
  /** By version and destination id. */
  readonly #streams = new Map<string, CryptoStream>();

  constructor(crypto: QuicCrypto) {
    this.#crypto = crypto;
  }

  /** The ClientHello that the packet of a stack brings, or makes whole; `null` if it does not. Never throws. */
  read(stack: LayerStack): ClientHello | null {
    const layer = stack.count - 1;
    if (kindAt(stack, layer) !== LAYER.quic || stack.quotedFrom >= 0) return null;
    let at = offsetAt(stack, layer);
    const end = at + (stack.capturedBytes[layer] ?? 0);
    for (let i = 0; i < MAX_PACKETS; i++) {
      const packet = readLongPacket(stack.bytes, at, end);
      if (packet === null) return null;
      const payload = packet.isInitial ? openInitial(this.#crypto, stack.bytes, packet) : null;
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
