/**
 * Counts the connections of a test that the server's own listener accepted and whose token it read.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { systemCodeOf } from '../../../core/errors.ts';
import type { Instant } from '../../../core/time.ts';
import { AcceptCount } from '../../../measure/connections/accept-count.ts';
import { FailureCounts } from '../../../measure/connections/failure-counts.ts';
import { handshakeFailure } from '../../../measure/connections/handshake-failure.ts';
import { ReceiverMeter } from '../../../measure/flow/receiver-meter.ts';
import { TestBoard } from '../../../measure/test-board.ts';
import { DATA_READY } from '../../../wire/preamble.ts';
import { monotonicNow } from '../../monotonic.ts';
import { resetConnection } from '../../reset-connection.ts';
import { CONNECTIONS_LIMIT, Drain } from '../../streams/drain.ts';
import { meterPlanOf, NOT_MEASURED } from '../../streams/stream-reports.ts';
import { serverContext } from '../../tls/own-certificate.ts';
import type { ConnectionFeed, PortableDeps, PortableStream } from '../stream.ts';

/** Longest wait for a TLS handshake, and for a client to close what it secured. */
const HANDSHAKE_LIMIT_MS = 10_000;

/** The server's end of a test of connections. */
export class PortableAccept implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #feed: ConnectionFeed;
  readonly #count: AcceptCount;
  readonly #board: TestBoard;
  readonly #held = new Set<Socket>();
  /** Connections with TLS, and the streams over them, until the client closes them. */
  readonly #secured = new Map<Socket, TLSSocket>();
  readonly #failures = new FailureCounts();
  readonly #mostHeld: number;
  #started = false;
  #drain: Drain | undefined;
  #aborted = false;
  #reported = false;

  constructor(deps: PortableDeps, feed: ConnectionFeed) {
    this.#deps = deps;
    this.#feed = feed;
    this.#count = new AcceptCount(new ReceiverMeter(meterPlanOf(deps.plan)));
    this.#board = new TestBoard(deps.plan.board);
    this.#mostHeld = deps.plan.spec.hold_connections ?? 0;
    feed.onConnection = deps.boundary.wrap((socket: Socket, mark: number) => this.#take(socket, mark));
  }

  start(now: Instant): void {
    this.#started = true;
    this.#count.meter.start(now);
  }

  tick(now: Instant): void {
    // If the thread was delayed, connections may have come that it has not seen.
    const seen = Math.min(now, this.#deps.lastTurnAt());
    const over = this.#drain?.isOver(seen, this.#count.counted) ?? false;
    if (over) this.#count.meter.end(now, !this.#aborted);
    else this.#count.meter.tick(now);
    this.#flush(over);
  }

  stop(now: Instant, packets: number | null, aborted: boolean): void {
    this.#aborted = aborted;
    this.#drain = new Drain(now, packets, aborted, CONNECTIONS_LIMIT);
    this.tick(now);
  }

  close(): void {
    this.#feed.onConnection = (socket) => resetConnection(socket);
    for (const socket of [...this.#held, ...this.#secured.keys()]) resetConnection(socket, this.#secured.get(socket));
    this.#held.clear();
    this.#secured.clear();
  }

  #take(socket: Socket, mark: number): void {
    if (this.#deps.plan.spec.handshake === 'tls') this.#secure(socket, mark);
    else this.#add(socket, socket, mark);
  }

  /** Makes the TLS handshake, after which the connection counts. */
  #secure(socket: Socket, mark: number): void {
    const { boundary } = this.#deps;
    socket.pause();
    const secured = new TLSSocket(socket, { isServer: true, secureContext: serverContext() });
    this.#secured.set(socket, secured);
    let failure: string | null = 'ECONNRESET';
    socket.setTimeout(HANDSHAKE_LIMIT_MS, () => {
      failure &&= 'ETIMEDOUT';
      socket.destroy();
    });
    secured.on('error', (error: unknown) => {
      failure &&= systemCodeOf(error) ?? failure;
      secured.destroy();
    });
    socket.once(
      'close',
      boundary.wrap(() => {
        this.#secured.delete(socket);
        // What is not complete when the client ends the test has not failed.
        if (failure !== null && this.#started && !this.#drain) this.#failures.add(handshakeFailure(failure));
      }),
    );
    secured.once('secure', () => {
      failure = null;
    });
    // The client sends an octet behind each handshake that it counts.
    secured.once(
      'data',
      boundary.wrap(() => this.#add(socket, secured, mark)),
    );
  }

  /** Counts a connection. @param stream - what is written to: the connection, or TLS over it */
  #add(socket: Socket, stream: Socket, mark: number): void {
    const now = monotonicNow();
    if (!this.#started || this.#reported || !this.#count.add(mark, now)) return resetConnection(socket, stream);
    if (this.#count.counted === 1) this.#deps.report({ tag: 'flowing', id: this.#deps.plan.id, at: now });
    this.#drain?.handleArrival(now);
    this.#board.count(this.#deps.plan.stream, 0, 1);
    if (this.#held.size >= this.#mostHeld) {
      // The client closes what it secured: the last message of the handshake may not have left yet.
      if (stream === socket) resetConnection(socket);
      return;
    }
    this.#held.add(socket);
    socket.setTimeout(0);
    socket.once('close', () => this.#held.delete(socket));
    socket.on('error', () => socket.destroy());
    stream.write(Uint8Array.of(DATA_READY));
    stream.resume();
  }

  #flush(over: boolean): void {
    const { plan, report } = this.#deps;
    const rows = this.#count.takeRows();
    if (rows.length > 0) report({ tag: 'received', id: plan.id, rows });
    if (!over || this.#reported) return;
    this.#reported = true;
    const held = plan.spec.hold_connections === null ? null : this.#held.size;
    // Of TLS handshakes alone: Node's listener does not tell which connections it could not accept.
    report({ tag: 'accepted', id: plan.id, accepted: { held, failures: this.#failures.list } });
    report({ tag: 'drained', id: plan.id, report: this.#count.report(NOT_MEASURED) });
  }
}
