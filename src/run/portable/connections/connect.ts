/**
 * Opens the connections of a test with node:net: as many at a time as there are workers, each reset as soon as it stands,
 * or kept.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { systemCodeOf } from '../../../core/errors.ts';
import { type Instant, NS_PER_MS } from '../../../core/time.ts';
import { CONNECTION_MARK } from '../../../measure/connections/accept-count.ts';
import { ConnectMeter } from '../../../measure/connections/connect-meter.ts';
import { handshakeFailure } from '../../../measure/connections/handshake-failure.ts';
import { encodeDataPreamble } from '../../../wire/preamble.ts';
import { monotonicNow } from '../../monotonic.ts';
import { resetConnection } from '../../reset-connection.ts';
import { DescriptorReserve } from '../../streams/descriptor-reserve.ts';
import type { SocketPlan } from '../../streams/stream-plan.ts';
import { NOT_MEASURED } from '../../streams/stream-reports.ts';
import { ClientHandshake } from '../../tls/client-handshake.ts';
import type { PortableDeps, PortableStream } from '../stream.ts';

/** Pause of a worker after a failure: at once again would be a busy loop, since many failures cost no time. */
const PAUSE_MS = 1;

/** The client's end of a test of connections. */
export class PortableConnect implements PortableStream {
  readonly #deps: PortableDeps;
  readonly #socket: Extract<SocketPlan, { how: 'connect' }>;
  readonly #preambles: readonly Uint8Array[];
  readonly #reserve = new DescriptorReserve();
  /** `null` for connections of TCP alone. */
  readonly #tls: ClientHandshake | null;
  /** Sockets that connect, or are held. */
  readonly #sockets = new Set<Socket>();
  #meter: ConnectMeter | undefined;
  #left: number;
  #connecting = 0;
  #held = 0;
  #tried: Instant | null = null;
  #flowing = false;
  #done = false;

  constructor(deps: PortableDeps, socket: Extract<SocketPlan, { how: 'connect' }>) {
    this.#deps = deps;
    this.#socket = socket;
    const { spec, token } = deps.plan;
    this.#preambles = [CONNECTION_MARK.counted, CONNECTION_MARK.warmup].map((mark) => encodeDataPreamble(token, mark));
    this.#tls = spec.handshake === 'tls' ? new ClientHandshake() : null;
    this.#left = spec.hold_connections ?? Number.POSITIVE_INFINITY;
  }

  start(now: Instant): void {
    const { spec } = this.#deps.plan;
    // Connections that are held all count.
    this.#meter = new ConnectMeter(this.#isHolding ? { ...spec, warmup_ns: 0 } : spec, now);
    for (let worker = 0; worker < spec.streams; worker++) this.#begin();
  }

  tick(now: Instant): void {
    const meter = this.#meter;
    if (!meter || this.#done) return;
    if (now >= meter.endsAt) return this.#finish(now);
    meter.tick(now);
    this.#flush(meter);
  }

  stop(now: Instant): void {
    this.#finish(now);
  }

  close(): void {
    this.#done = true;
    this.#reserve.release();
    // A handshake under way may be shutting its connection down, which then cannot be reset.
    for (const socket of this.#sockets) this.#tls ? socket.destroy() : resetConnection(socket);
    this.#sockets.clear();
  }

  get #isHolding(): boolean {
    return this.#deps.plan.spec.hold_connections !== null;
  }

  /** Begins the next connection of a worker. */
  #begin(): void {
    const meter = this.#meter;
    if (!meter || this.#done || this.#left <= 0) return;
    const begunAt = monotonicNow();
    if (begunAt >= meter.endsAt) return;
    this.#left--;
    this.#connecting++;
    const { boundary } = this.#deps;
    const { address, port, localAddress, limitNs } = this.#socket;
    const mark = meter.isWarmup(begunAt) ? CONNECTION_MARK.warmup : CONNECTION_MARK.counted;
    const socket = connect({ host: address, port, noDelay: true, ...(localAddress === null ? {} : { localAddress }) });
    this.#sockets.add(socket);
    // Until it stands, an error is why it failed; a held one that breaks later is no longer held.
    let stands: boolean | null = null;
    let isConnected = false;
    const end = (error: string | null): void => {
      if (stands !== null) return;
      stands = error === null;
      socket.setTimeout(0);
      if (error !== null) this.#failed(meter, error, begunAt);
    };
    socket.once(
      'connect',
      boundary.wrap(() => {
        isConnected = true;
        if (this.#tls) return this.#secure(this.#tls, meter, { socket, begunAt, mark }, end);
        end(null);
        this.#stands(meter, socket, begunAt, mark);
      }),
    );
    socket.setTimeout(limitNs / NS_PER_MS, () => socket.destroy(new TimeoutError()));
    socket.on(
      'error',
      boundary.wrap((error: unknown) => {
        const code = systemCodeOf(error) ?? 'other';
        end(isConnected ? handshakeFailure(code) : code);
      }),
    );
    socket.once(
      'close',
      boundary.wrap(() => this.#forget(socket, stands === true)),
    );
  }

  /** Sends the token, and makes the TLS handshake. @param end - told what became of it: the name of an error, or `null` */
  #secure(
    tls: ClientHandshake,
    meter: ConnectMeter,
    { socket, begunAt, mark }: { readonly socket: Socket; readonly begunAt: Instant; readonly mark: number },
    end: (error: string | null) => void,
  ): void {
    const connectedAt = monotonicNow();
    socket.write(this.#preambles[mark] ?? new Uint8Array(0));
    const { boundary } = this.#deps;
    tls.begin(
      socket,
      boundary.wrap((secured: Socket | null, error: string) => {
        if (secured === null) {
          end(error);
          return void socket.destroy();
        }
        end(null);
        const now = monotonicNow();
        this.#connecting--;
        // After the end it stays open until `close`: to the server, a reset now would be a handshake that failed.
        if (this.#done) return;
        meter.addSecured(begunAt, connectedAt, now);
        // An octet behind the handshake: the last message of it has then left this process.
        this.#keepOrClose(secured, socket, Uint8Array.of(0), begunAt, now);
      }),
    );
  }

  #stands(meter: ConnectMeter, socket: Socket, begunAt: Instant, mark: number): void {
    const now = monotonicNow();
    this.#connecting--;
    if (this.#done) return resetConnection(socket);
    meter.addOpened(begunAt, now);
    this.#keepOrClose(socket, socket, this.#preambles[mark] ?? new Uint8Array(0), begunAt, now);
  }

  /** @param stream - what is written to: the connection, or TLS over it */
  #keepOrClose(stream: Socket, connection: Socket, bytes: Uint8Array, begunAt: Instant, now: Instant): void {
    if (!this.#flowing) {
      this.#flowing = true;
      this.#deps.report({ tag: 'flowing', id: this.#deps.plan.id, at: begunAt });
    }
    if (this.#isHolding) {
      this.#held++;
      stream.write(bytes);
      stream.resume();
      this.#checkTried(now);
      this.#begin();
      return;
    }
    // A reset drops what Node has not handed to the kernel yet.
    stream.write(
      bytes,
      this.#deps.boundary.wrap(() => {
        resetConnection(connection, stream);
        this.#begin();
      }),
    );
  }

  #failed(meter: ConnectMeter, error: string, begunAt: Instant): void {
    const now = monotonicNow();
    this.#connecting--;
    if (this.#done) return;
    meter.addFailed(error, begunAt, now);
    this.#checkTried(now);
    if (this.#isHolding) this.#begin();
    else
      setTimeout(
        this.#deps.boundary.wrap(() => this.#begin()),
        PAUSE_MS,
      );
  }

  #forget(socket: Socket, stood: boolean): void {
    this.#sockets.delete(socket);
    if (stood && this.#isHolding && !this.#done) this.#held--;
  }

  #checkTried(now: Instant): void {
    if (this.#left <= 0 && this.#connecting === 0) this.#tried ??= now;
  }

  #flush(meter: ConnectMeter): void {
    const rows = [];
    for (let row = meter.pollInterval(); row; row = meter.pollInterval()) rows.push(row);
    if (rows.length > 0) this.#deps.report({ tag: 'connects', id: this.#deps.plan.id, rows });
  }

  #finish(now: Instant): void {
    const meter = this.#meter;
    if (!meter || this.#done) return;
    this.#done = true;
    this.#reserve.release();
    meter.end(now);
    this.#flush(meter);
    const opening = this.#tried === null ? null : Math.max(0, this.#tried - meter.countsFrom);
    const held = this.#isHolding ? { open: this.#held, opening_ns: opening } : null;
    const connections = meter.report(now, held, this.#tls?.facts ?? null);
    this.#deps.report({ tag: 'connected', id: this.#deps.plan.id, connections, use: NOT_MEASURED });
  }
}

/** The error of a connection that had no answer in time, with the system's name for it. */
class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT';
}
