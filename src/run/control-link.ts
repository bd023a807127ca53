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
/** Most frames handled in one turn of the event loop: other connections have their turn in between. */
const FRAMES_PER_TURN = 16;
/** Time for the other end to read the last messages and close. */
const CLOSE_LIMIT_MS = 2000;

/** Reads and writes frames on one socket, and reports its end once. */
export class ControlLink {
  readonly #socket: Socket;
  readonly #reader: ControlFrameReader;
  readonly #handlers: ControlHandlers;
  #isOver = false;
  /** Frames were received that wait for the next turn; until then nothing more is read. */
  #isHeld = false;

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
    const goOn: () => void = boundary.wrap(() => this.#handleFrames(FRAMES_PER_TURN, goOn));
    const take = (chunk: Uint8Array): void => {
      if (this.#isOver) return;
      this.#reader.push(chunk);
      if (!this.#isHeld) this.#handleFrames(FRAMES_PER_TURN, goOn);
    };
    const end = (reason: string | null): void => {
      // What arrived before the end counts.
      this.#handleFrames(Number.POSITIVE_INFINITY, goOn);
      this.#end(reason);
    };
    socket.on('data', boundary.wrap(take));
    socket.on(
      'error',
      boundary.wrap((error: Error) => end(error.message)),
    );
    socket.on(
      'close',
      boundary.wrap(() => end(null)),
    );
    take(first);
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
    // What still comes is discarded: closing a socket with unread data would reset it, and the last messages with it.
    this.#read();
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

  /** Handles up to `most` frames, and the rest in the next turn with `goOn`. */
  #handleFrames(most: number, goOn: () => void): void {
    for (let i = 0; i < most; i++) {
      if (this.#isOver) return;
      const next = this.#reader.next();
      if (!next) return this.#read();
      if (next.tag === 'error') return this.#end(next.reason);
      this.#handlers.onFrame(next.frame);
    }
    if (this.#isOver) return;
    this.#isHeld = true;
    this.#socket.pause();
    setImmediate(goOn);
  }

  /** Reads on, if it was held. */
  #read(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#socket.resume();
  }

  #end(reason: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroy();
    this.#handlers.onEnd(reason);
  }
}
