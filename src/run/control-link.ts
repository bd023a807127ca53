/**
 * A control connection: frames over a TCP socket, either side.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type ControlFrame, ControlFrameReader } from '../wire/control-frame.ts';
import type { Boundary } from './boundary.ts';
import { resetConnection } from './reset-connection.ts';

export interface ControlHandlers {
  readonly onFrame: (frame: ControlFrame) => void;
  /** The connection is over; `reason` is `null` after an orderly end by the other side. */
  readonly onEnd: (reason: string | null) => void;
}

/** Beyond this the other end does not read what it asked for. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** Time for the other end to take the last words and close. */
const FAREWELL_MS = 2000;

export class ControlLink {
  readonly #socket: Socket;
  readonly #reader: ControlFrameReader;
  readonly #handlers: ControlHandlers;
  #over = false;

  /** Touches nothing: whoever makes a link has to be ready for its events before the first one. */
  constructor(socket: Socket, limitBytes: number, handlers: ControlHandlers) {
    this.#socket = socket;
    this.#reader = new ControlFrameReader(limitBytes);
    this.#handlers = handlers;
  }

  /**
   * Reads from now on.
   *
   * @param first - octets that were read already
   * @param boundary - around whatever an event does
   */
  begin(first: Uint8Array, boundary: Boundary): void {
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

  /** Takes longer frames from now on. */
  allow(limitBytes: number): void {
    this.#reader.allow(limitBytes);
  }

  send(octets: Uint8Array): void {
    if (this.#over || this.#socket.destroyed) return;
    this.#socket.write(octets);
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#end('the other end does not read');
  }

  /** Ends the connection once everything is sent. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.end();
    // A peer that never closes its side, silent or not, must not keep this end open.
    const limit = setTimeout(() => this.#socket.destroy(), FAREWELL_MS);
    this.#socket.once('close', () => clearTimeout(limit));
  }

  /** Ends the connection with what is sent so far: the other end is not there, or does not listen. */
  reset(): void {
    this.#over = true;
    resetConnection(this.#socket);
  }

  #take(chunk: Uint8Array): void {
    if (this.#over) return;
    this.#reader.push(chunk);
    for (let next = this.#reader.next(); next; next = this.#reader.next()) {
      if (next.tag === 'error') return this.#end(next.reason);
      this.#handlers.onFrame(next.frame);
      if (this.#over) return;
    }
  }

  #end(reason: string | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    this.#handlers.onEnd(reason);
  }
}
