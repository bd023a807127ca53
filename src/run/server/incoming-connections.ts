/**
 * Reads the preamble of each new connection and passes the connection on. Connections without a preamble in time are
 * closed.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { formatEndpoint, unmapIpv4 } from '../../core/address.ts';
import { joined } from '../../core/bytes.ts';
import { messageOf } from '../../core/errors.ts';
import type { RefusalReason } from '../../core/shapes/metrics/server-counts.ts';
import { NS_PER_MS } from '../../core/time.ts';
import type { ServerMessage } from '../../session/messages.ts';
import { HELLO_TIMEOUT, versionRefusal } from '../../session/server-session.ts';
import { encodeControlFrame } from '../../wire/control-frame.ts';
import { DATA_PREAMBLE_BYTES, decodePreamble, PREAMBLE_BYTES } from '../../wire/preamble.ts';
import { ErrorBoundary } from '../error-boundary.ts';

/** Callbacks for new connections. */
export interface IncomingHandlers {
  /**
   * A control connection was opened.
   *
   * @param first - octets received after its preamble
   */
  readonly onControl: (socket: Socket, first: Uint8Array, protocol: number) => void;
  /**
   * A data connection was opened: stream `stream` of the test with this token.
   *
   * @param hasMore - whether octets followed, which wait in the socket; a test of TLS handshakes sends them at once
   */
  readonly onData: (socket: Socket, token: Uint8Array, stream: number, hasMore: boolean) => void;
  /** Whether a test of connections is open, which counts also those that were reset before they were accepted. */
  readonly countsConnections: () => boolean;
  /** A connection was refused; `client` is its address and port. */
  readonly onRefused: (client: string, reason: string, code: RefusalReason) => void;
}

/** Time for a refused client to read the answer and close. */
const CLOSE_LIMIT_MS = 2000;

const NOT_WINZE =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis is a winze server: use winze -c.\n';

/** Handles connections until their preamble was read. */
export class IncomingConnections {
  readonly #hasSecret: boolean;
  readonly #most: number;
  readonly #handlers: IncomingHandlers;
  readonly #sockets = new Set<Socket>();

  /**
   * @param hasSecret - whether the server has a secret: then older protocol versions, which do not authenticate
   *   messages, are refused
   * @param most - open connections at the same time; the listener has the same limit for those that it accepts itself
   */
  constructor(hasSecret: boolean, most: number, handlers: IncomingHandlers) {
    this.#most = most;
    this.#hasSecret = hasSecret;
    this.#handlers = handlers;
  }

  /** All open connections that Node owns, of any kind, until they are closed. */
  get sockets(): ReadonlySet<Socket> {
    return this.#sockets;
  }

  /** Takes over a connection that was accepted. */
  receive(socket: Socket): void {
    // A connection that was reset before it was accepted has no address any more. What it sent may still be read, and a test
    // of connections counts it. Node caches the address once it was read, so that messages can use it from here on.
    const isReset = socket.remoteAddress === undefined;
    const isWanted = !isReset || this.#handlers.countsConnections();
    if (!isWanted || this.#sockets.size >= this.#most) return void socket.destroy();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const preambleTimeout = setTimeout(() => socket.destroy(), HELLO_TIMEOUT / NS_PER_MS);
    socket.once('close', () => clearTimeout(preambleTimeout));
    const boundary = new ErrorBoundary((error) => {
      this.#refuse(socket, `the server failed: ${messageOf(error)}`, 'failed', null);
    });
    let received = new Uint8Array(0);
    const read = boundary.wrap((chunk: Uint8Array) => {
      // No preamble is longer, so that not more than this is kept of an unknown protocol.
      const part = chunk.subarray(0, DATA_PREAMBLE_BYTES - received.length);
      const known = received.length;
      received = joined([received, part]);
      const preamble = decodePreamble(received);
      if (preamble.tag === 'partial') return;
      if (isReset && preamble.tag !== 'data') return void socket.destroy();
      socket.off('data', read);
      clearTimeout(preambleTimeout);
      if (preamble.tag === 'foreign') return this.#refuseOtherProtocol(socket, received);
      if (preamble.tag === 'control') {
        const { version } = preamble;
        const refusal = versionRefusal(version, this.#hasSecret);
        if (refusal !== undefined) return this.#refuseVersion(socket, refusal);
        return this.#handlers.onControl(socket, chunk.subarray(PREAMBLE_BYTES - known), version);
      }
      const hasMore = part.length < chunk.length;
      if (hasMore) {
        socket.pause();
        socket.unshift(chunk.subarray(part.length));
      }
      this.#handlers.onData(socket, preamble.token, preamble.stream, hasMore);
    });
    socket.on('data', read);
  }

  #refuseOtherProtocol(socket: Socket, received: Uint8Array): void {
    const isHttp = /^(GET|POST|HEAD|PUT|OPTIONS|CONNECT) /.test(new TextDecoder().decode(received.subarray(0, 8)));
    this.#refuse(
      socket,
      `speaks ${isHttp ? 'HTTP' : 'another protocol'}, not winze`,
      'foreign',
      isHttp ? NOT_WINZE : null,
    );
  }

  /** Plaintext frames are the same in every version, so that every client understands this. */
  #refuseVersion(socket: Socket, message: string): void {
    const error: ServerMessage = { type: 'error', code: 'protocol', message };
    const frame = encodeControlFrame(new TextEncoder().encode(JSON.stringify(error)), false);
    this.#refuse(socket, message, 'protocol', frame);
  }

  /** Closes a connection, after an answer if the client can understand one. */
  #refuse(socket: Socket, reason: string, code: RefusalReason, answer: string | Uint8Array | null): void {
    const client = formatEndpoint(unmapIpv4(socket.remoteAddress ?? ''), socket.remotePort ?? 0);
    if (answer === null) socket.destroy();
    else {
      const limit = setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS);
      socket.once('close', () => clearTimeout(limit));
      socket.end(answer);
    }
    this.#handlers.onRefused(client, reason, code);
  }
}
