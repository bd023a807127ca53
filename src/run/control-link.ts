/**
 * A control connection: frames over a TCP socket, for client and server.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type ControlFrame, ControlFrameReader } from '../wire/control-frame.ts';
import type { ErrorBoundary } from './error-boundary.ts';
import { resetConnection } from './reset-connection.ts';

/** Callbacks of a control connection. */
export interface ControlHandlers {
  readonly onFrame: (frame: ControlFrame) => void;
  /** The connection is over; `reason` is `null` after an orderly end by the other side. */
  readonly onEnd: (reason: string | null) => void;
}

/** Most octets waiting to be sent. If more are queued, the other end is not reading. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** Time for the other end to read the last messages and close. */
const CLOSE_LIMIT_MS = 2000;

/** Reads and writes frames on one socket, and reports its end once. */
export class ControlLink {
  readonly #socket: Socket;
  readonly #reader: ControlFrameReader;
  readonly #handlers: ControlHandlers;
  #isOver = false;

  /** Does not use the socket yet: events start with `begin`, when the caller is ready for them. */
  constructor(socket: Socket, limitBytes: number, handlers: ControlHandlers) {
    this.#socket = socket;
    this.#reader = new ControlFrameReader(limitBytes);
    this.#handlers = handlers;
  }

  /**
   * Starts reading.
   *
   * @param first - octets of frames that were read already
   * @param boundary - catches what event handlers throw
   */
  begin(first: Uint8Array, boundary: ErrorBoundary): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.on(
      'data',
      boundary.wrap((chunk: Uint8Array) => this.#take(chunk)),
    );
    socket.on(
      'error',
      boundary.wrap((error: Error) => this.#end(error.message)),
    );
    socket.on(
      'close',
      boundary.wrap(() => this.#end(null)),
    );
    this.#take(first);
  }

  /** Accepts frames of up to `limitBytes` from now on. */
  allow(limitBytes: number): void {
    this.#reader.setLimit(limitBytes);
  }

  /** Sends an encoded frame. Does nothing after the end. Ends the connection if the other end does not read. */
  send(octets: Uint8Array): void {
    if (this.#isOver || this.#socket.destroyed) return;
    this.#socket.write(octets);
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#end('the other end does not read');
  }

  /** Closes the connection after everything was sent. `onEnd` is not called. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.end();
    // A peer that never closes its side must not keep this socket open.
    const limit = setTimeout(() => this.#socket.destroy(), CLOSE_LIMIT_MS);
    this.#socket.once('close', () => clearTimeout(limit));
  }

  /** Resets the connection without waiting for queued data: the other end is gone, or does not read. */
  reset(): void {
    this.#isOver = true;
    resetConnection(this.#socket);
  }

  #take(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#reader.push(chunk);
    for (let next = this.#reader.next(); next; next = this.#reader.next()) {
      if (next.tag === 'error') return this.#end(next.reason);
      this.#handlers.onFrame(next.frame);
      if (this.#isOver) return;
    }
  }

  #end(reason: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroy();
    this.#handlers.onEnd(reason);
  }
}
