/**
 * The server's tests of connections: who accepts for them, and the connections that come to somebody else.
 *
 * One test at a time has the listening sockets in a thread of its own. The connections of others, as of all clients, come
 * to the main thread, which reads their token and passes them on.
 *
 * @module
 */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Libc } from '../../native/libc.ts';
import type { ConnectionFeed } from '../portable/stream.ts';
import { resetConnection } from '../reset-connection.ts';
import type { StreamPool } from '../streams/stream-pool.ts';
import type { Door } from './door.ts';
import type { ServerClient } from './server-client.ts';
import type { ServerTest } from './server-test.ts';

/** What the tests use of their server. */
export interface ConnectionTestsDeps {
  readonly libc: Libc | null;
  readonly pool: StreamPool;
  readonly doors: () => readonly Door[];
  /** Handles a connection as one that Node accepted. */
  readonly receive: (socket: Socket) => void;
}

/** The tests of connections of one server. */
export class ConnectionTests {
  readonly #deps: ConnectionTestsDeps;
  readonly #feeds = new Map<ServerTest, ConnectionFeed>();
  /** The test whose thread has the doors, and the doors. */
  #borrower: { readonly test: ServerTest; readonly doors: readonly Door[] } | undefined;

  constructor(deps: ConnectionTestsDeps) {
    this.#deps = deps;
  }

  /** Whether the main thread counts connections of a test. */
  get isAny(): boolean {
    return this.#feeds.size > 0;
  }

  /** Opens the accepting stream of a test. */
  begin(client: ServerClient, test: ServerTest): void {
    const { pool } = this.#deps;
    const address = client.localAddress;
    const fds = this.#borrow(test);
    if (fds.length > 0) {
      client.attach(0, (plan, handler) => pool.open({ ...plan, socket: { how: 'listen', fds, address } }, handler));
      return;
    }
    const feed: ConnectionFeed = { onConnection: resetConnection };
    this.#feeds.set(test, feed);
    client.attach(0, (plan, handler) => pool.openInMain({ ...plan, socket: { how: 'feed', feed, address } }, handler));
  }

  /** The test is over: its connections are refused from now on. */
  end(test: ServerTest): void {
    this.#feeds.delete(test);
    if (this.#borrower?.test !== test) return;
    const { doors } = this.#borrower;
    this.#borrower = undefined;
    for (const door of doors) void door.takeBack();
  }

  /** Takes a connection with the token of a test. */
  take(test: ServerTest, socket: Socket, mark: number): void {
    const feed = this.#feeds.get(test);
    if (feed) feed.onConnection(socket, mark);
    else resetConnection(socket);
  }

  /** Takes a connection that came to the thread of a test and is not of it. */
  takeStranger(fd: number): void {
    let socket: Socket;
    try {
      socket = new Socket({ fd, readable: true, writable: true });
    } catch {
      // The descriptor is of no kind that Node knows: the connection was reset before it could look.
      return closeSync(fd);
    }
    // As the listener sets it.
    socket.setNoDelay(true);
    this.#deps.receive(socket);
  }

  #borrow(test: ServerTest): readonly number[] {
    const { libc, doors } = this.#deps;
    if (!libc || this.#borrower) return [];
    const lent = doors().flatMap((door) => {
      const fd = door.lend(libc);
      return fd < 0 ? [] : [{ door, fd }];
    });
    if (lent.length > 0) this.#borrower = { test, doors: lent.map(({ door }) => door) };
    return lent.map(({ fd }) => fd);
  }
}
