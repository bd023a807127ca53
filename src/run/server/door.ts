/**
 * A listening socket of the server, which Node accepts from, or which is lent to the thread of tests of connections.
 *
 * Node makes an object of each connection, with timers and events, which takes several times as long as the kernel needs
 * for it. So a thread accepts meanwhile, and hands over what is not of its test. The kernel's socket and its queue stay the
 * same: no connection is refused when it changes hands.
 *
 * @module
 */
import { closeSync } from 'node:fs';
import type { Server } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import type { Libc } from '../../native/libc.ts';
import { type ListenerPlan, listenTcp } from './listener.ts';

/** One listening socket. */
export class Door {
  readonly #plan: ListenerPlan;
  #server: Server;
  /** The socket while it is lent; -1 otherwise. */
  #kept = -1;
  #closed = false;

  private constructor(plan: ListenerPlan, server: Server) {
    this.#plan = plan;
    this.#server = server;
  }

  /** Starts to listen. Rejects with the system's error. */
  static async open(plan: ListenerPlan): Promise<Door> {
    return new Door(plan, await listenTcp(plan));
  }

  /** The port that the system chose, or the one that was asked for. */
  get port(): number {
    const bound = this.#server.address();
    return bound !== null && typeof bound === 'object' ? bound.port : this.#plan.port;
  }

  /** A descriptor of the socket, which the borrower closes; -1 if it cannot be lent. Node accepts no more until `takeBack`. */
  lend(libc: Libc): number {
    if (this.#closed) return -1;
    if (this.#kept >= 0) return libc.dup(this.#kept);
    this.#kept = duplicate(libc, this.#server);
    if (this.#kept < 0) return -1;
    const fd = libc.dup(this.#kept);
    if (fd < 0) {
      closeSync(this.#kept);
      this.#kept = -1;
      return -1;
    }
    this.#server.close();
    return fd;
  }

  /** Node accepts again. */
  async takeBack(): Promise<void> {
    const fd = this.#kept;
    if (fd < 0) return;
    this.#kept = -1;
    if (this.#closed) return closeSync(fd);
    try {
      const server = await listenTcp({ ...this.#plan, fd });
      if (this.#closed) server.close();
      else this.#server = server;
    } catch (error) {
      this.#plan.onError(`connections cannot be accepted after a test of connections: ${messageOf(error)}`);
    }
  }

  close(): void {
    this.#closed = true;
    this.#server.close();
    if (this.#kept >= 0) closeSync(this.#kept);
    this.#kept = -1;
  }
}

/**
 * Duplicates the descriptor of a socket, which then stays open when Node closes its own: so it moves to a worker. Node has
 * no interface for that. Returns -1 where the handle has no descriptor.
 */
export function duplicate(libc: Libc, socket: object): number {
  const handle: unknown = '_handle' in socket ? socket._handle : undefined;
  const fd = typeof handle === 'object' && handle !== null && 'fd' in handle ? handle.fd : undefined;
  return typeof fd === 'number' && fd >= 0 ? libc.dup(fd) : -1;
}
