/**
 * The server's UDP port. Streams have to prove their address here. It also carries the datagrams of streams that have
 * no socket of their own.
 *
 * No state is kept for an address before it has returned a cookie that was sent to it (an HMAC of address, port, token
 * and stream with a key that never leaves this process), and no answer is larger than its request. So a forged source
 * address is of no use for an attacker.
 *
 * @module
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { unmapIpv4 } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { messageOf } from '../../core/errors.ts';
import { sameOctets } from '../../session/session-keys.ts';
import {
  COOKIE_BYTES,
  DATAGRAM_TYPE,
  decodeStreamHandshake,
  encodeStreamHandshake,
  OFFSET,
  type StreamHandshake,
} from '../../wire/datagram.ts';
import { hmacSha256, randomOctets } from '../hmac.ts';
import type { DatagramChannel } from '../portable/stream.ts';
import { sparingly } from './sparingly.ts';

/** A stream that has proven its address. */
export interface ProvenStream {
  readonly token: Uint8Array;
  readonly stream: number;
  readonly address: string;
  readonly port: number;
  /** Creates a port on this socket for the stream, for an engine that does not open sockets of its own. */
  readonly link: () => DatagramChannel;
}

/** Callbacks of the port. */
export interface ServerUdpHandlers {
  /** Whether a test with this token expects this stream. */
  readonly isAwaited: (token: Uint8Array, stream: number) => boolean;
  /** A hello of an expected stream was received. */
  readonly onHello: (token: Uint8Array) => void;
  /** A stream has returned the cookie. */
  readonly onProven: (stream: ProvenStream) => void;
  /** A datagram was not handled because something here failed. Called with the reason, at most every 10 s. */
  readonly onError: (message: string) => void;
}

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** One UDP socket with the state of its streams. */
export class ServerUdpPort {
  readonly #handlers: ServerUdpHandlers;
  readonly #key = randomOctets(32);
  /** By port, then by address: this is looked up for each datagram, and numbers are faster than strings. */
  readonly #links = new Map<number, Map<string, DatagramChannel>>();
  readonly #socket: Socket;

  private constructor(socket: Socket, handlers: ServerUdpHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
  }

  /**
   * Binds the port. `reuseAddr` is set because the connected sockets of streams use the same port. Rejects with the
   * system's error.
   */
  static async open(
    address: string,
    port: number,
    ipv6Only: boolean,
    handlers: ServerUdpHandlers,
  ): Promise<ServerUdpPort> {
    const type = address.includes(':') ? 'udp6' : 'udp4';
    const socket = createSocket({ type, reuseAddr: true, ipv6Only, lookup: literal });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind({ address, port }, resolve);
      });
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.removeAllListeners('error');
    // An ICMP error for a reply concerns one client only.
    socket.on('error', () => {});
    const udpPort = new ServerUdpPort(socket, handlers);
    const warn = sparingly(handlers.onError);
    socket.on('message', (bytes: Uint8Array, from) => {
      // All clients use this socket: what one datagram causes must not end it, nor the process.
      try {
        udpPort.#handle(bytes, from);
      } catch (error) {
        warn(`a datagram was dropped: ${messageOf(error)}`);
      }
    });
    return udpPort;
  }

  close(): void {
    this.#socket.close();
  }

  #handle(bytes: Uint8Array, from: RemoteInfo): void {
    // Nothing can be sent to port 0. A sender may give it as its own if it wants no answer (RFC 768).
    if (from.port === 0) return;
    const link = this.#links.get(from.port)?.get(from.address);
    if (link && bytes[OFFSET.type] !== DATAGRAM_TYPE.prove) return link.onDatagram(bytes);
    const message = decodeStreamHandshake(bytes);
    // The datagram that told the client that its stream is open was lost.
    if (link && message) return link.send(encodeStreamHandshake({ ...message, type: DATAGRAM_TYPE.ready }));
    if (!message || !this.#handlers.isAwaited(message.token, message.stream)) return;
    const cookie = this.#cookieFor(message, from);
    if (message.type === DATAGRAM_TYPE.hello) {
      this.#handlers.onHello(message.token);
      const challenge = encodeStreamHandshake({ ...message, type: DATAGRAM_TYPE.challenge, cookie });
      this.#socket.send(challenge, from.port, from.address);
    } else if (message.type === DATAGRAM_TYPE.prove && sameOctets(message.cookie, cookie)) {
      const { token, stream } = message;
      this.#handlers.onProven({
        token,
        stream,
        address: unmapIpv4(from.address),
        port: from.port,
        link: () => this.#addLink(from.address, from.port),
      });
    }
  }

  #addLink(address: string, port: number): DatagramChannel {
    const samePort = this.#links.get(port) ?? new Map<string, DatagramChannel>();
    const link: DatagramChannel = {
      send: (bytes) => this.#socket.send(bytes, port, address),
      queued: () => this.#socket.getSendQueueCount(),
      onDatagram: () => {},
      close: () => {
        samePort.delete(address);
        if (samePort.size === 0) this.#links.delete(port);
      },
    };
    this.#links.set(port, samePort.set(address, link));
    return link;
  }

  #cookieFor({ token, stream }: StreamHandshake, { address, port }: RemoteInfo): Uint8Array {
    const subject = new TextEncoder().encode(`${toHex(token)}|${stream}|${address}|${port}`);
    return hmacSha256(this.#key, subject).slice(0, COOKIE_BYTES);
  }
}

/**
 * Addresses here are literal. Node's own lookup would be asynchronous, and a datagram would be sent after its buffer
 * was overwritten.
 */
function literal(
  address: string,
  family: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, address, family === 6 ? 6 : 4);
}
