/**
 * The server's tests of connections: who accepts for them, and the connections that come to somebody else.
 *
 * All tests have the listening sockets in one thread, where that is possible. The thread hands over what is of no test. What
 * the main thread finds to be of one all the same, since its token came late, is passed back.
 *
 * @module
 */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Libc } from '../../native/libc.ts';
import type { ConnectionFeed } from '../portable/stream.ts';
import { resetConnection } from '../reset-connection.ts';
import type { StreamHandle, StreamPool } from '../streams/stream-pool.ts';
import { type Door, duplicate } from './door.ts';
import type { ServerClient } from './server-client.ts';
import type { ServerTest } from './server-test.ts';
import { sparingly } from './sparingly.ts';

/** What the tests use of their server. */
export interface ConnectionTestsDeps {
  readonly libc: Libc | null;
  readonly pool: StreamPool;
  readonly doors: () => readonly Door[];
  /** Handles a connection as one that Node accepted. */
  readonly receive: (socket: Socket) => void;
  readonly onWarning: (message: string) => void;
}

/** The tests of connections of one server. */
export class ConnectionTests {
  readonly #deps: ConnectionTestsDeps;
  readonly #warn: (message: string) => void;
  readonly #feeds = new Map<ServerTest, ConnectionFeed>();
  /** The tests in the thread, and the doors that it has. */
  readonly #inThread = new Map<ServerTest, StreamHandle>();
  readonly #lent = new Set<Door>();

  constructor(deps: ConnectionTestsDeps) {
    this.#deps = deps;
    this.#warn = sparingly(deps.onWarning);
  }

  /** Whether a connection may be of a test. */
  get isAny(): boolean {
    return this.#feeds.size + this.#inThread.size > 0;
  }

  /** Opens the accepting stream of a test. */
  begin(client: ServerClient, test: ServerTest): void {
    const { pool } = this.#deps;
    const address = client.localAddress;
    // The thread has no TLS.
    const fds = test.spec.handshake === null ? this.#borrow() : [];
    if (fds.length > 0) {
      client.attach(0, (plan, handler) => {
        const handle = pool.open({ ...plan, socket: { how: 'listen', fds, address } }, (report) => {
          if (report.tag === 'short') this.#warn(shortWords(report.error));
          handler(report);
        });
        this.#inThread.set(test, handle);
        return handle;
      });
      return;
    }
    const feed: ConnectionFeed = { onConnection: (socket) => resetConnection(socket) };
    this.#feeds.set(test, feed);
    client.attach(0, (plan, handler) => pool.openInMain({ ...plan, socket: { how: 'feed', feed, address } }, handler));
  }

  /** The test is over: its connections are refused from now on. */
  end(test: ServerTest): void {
    this.#feeds.delete(test);
    this.#inThread.delete(test);
    if (this.#inThread.size > 0) return;
    for (const door of this.#lent) void door.takeBack();
    this.#lent.clear();
  }

  /** Takes a connection with the token of a test. */
  take(test: ServerTest, socket: Socket, mark: number): void {
    const feed = this.#feeds.get(test);
    if (feed) return feed.onConnection(socket, mark);
    const handle = this.#inThread.get(test);
    const { libc } = this.#deps;
    const fd = handle && libc ? duplicate(libc, socket) : -1;
    if (!handle || fd < 0) return resetConnection(socket);
    socket.destroy();
    handle.take(fd, mark);
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

  #borrow(): readonly number[] {
    const { libc, doors } = this.#deps;
    if (!libc) return [];
    return doors().flatMap((door) => {
      const fd = door.lend(libc);
      if (fd >= 0) this.#lent.add(door);
      return fd < 0 ? [] : [fd];
    });
  }
}

function shortWords(error: string): string {
  const what = error === 'EMFILE' ? 'raise ulimit -n' : 'raise fs.file-max';
  return `no descriptor is left (${error}): connections that tests want to hold are closed; ${what}, or lower --max-held`;
}
