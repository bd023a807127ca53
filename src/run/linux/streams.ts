/**
 * The Linux engine's host of streams: one thread that waits for sockets and runs the streams that are ready.
 *
 * @module
 */
import { messageOf, NetError } from '../../core/errors.ts';
import { type Instant, NS_PER_MS, NS_PER_US } from '../../core/time.ts';
import { fillPayload } from '../../measure/payload.ts';
import type { Libc } from '../../native/libc.ts';
import { Poller } from '../../native/poller.ts';
import { threadTimeReader } from '../../native/thread-time.ts';
import { UdpReceiver } from '../../native/udp/udp-receiver.ts';
import { threadWaitReader } from '../../system/thread-wait.ts';
import { monotonicNow } from '../monotonic.ts';
import type { StreamCommand, StreamHost, StreamPlan, StreamReport } from '../streams/stream-plan.ts';
import { LinuxAnswer } from './answer.ts';
import { LinuxAccept } from './connections/accept.ts';
import { LinuxConnect } from './connections/connect.ts';
import { openSocket, remoteOf } from './open.ts';
import { LinuxTraceBack } from './path/trace-back.ts';
import { LinuxProbe } from './probe.ts';
import { LinuxReflect } from './reflect.ts';
import type { LinuxStream, LinuxStreamDeps, LinuxThread } from './stream.ts';
import { LinuxTcpReceive } from './tcp-receive.ts';
import { LinuxTcpSend } from './tcp-send.ts';
import { LinuxUdpReceive } from './udp-receive.ts';
import { LinuxUdpSend } from './udp-send.ts';

/** Longest time in which the thread does not read its messages. */
const TURN = 5 * NS_PER_MS;
/** Longest step of a stream that is alone, and of one among others. */
const LONG_STEP = 2 * NS_PER_MS;
const SHORT_STEP = 200 * NS_PER_US;
/** Largest write, and size of the receive buffer, in octets. */
const BULK_BYTES = 1024 * 1024;

/** Opens streams and runs them in this thread. */
export class LinuxStreams implements StreamHost {
  readonly #thread: LinuxThread;
  readonly #poller: Poller;
  readonly #cancelled: () => boolean;
  readonly #streams = new Map<number, LinuxStream>();
  /** Those of them that accept connections. */
  readonly #acceptors = new Map<number, LinuxAccept>();
  #turning = false;
  #ended = false;

  /** @param cancelled - true when streams that are connecting should give up */
  constructor(libc: Libc, report: (report: StreamReport) => void, cancelled: () => boolean) {
    const bulk = libc.allocate(BULK_BYTES);
    fillPayload(bulk.view, 0, BULK_BYTES, 1);
    const threadTime = threadTimeReader(libc);
    const waitTime = threadWaitReader();
    this.#thread = {
      libc,
      threadTime,
      waitTime,
      datagrams: new UdpReceiver(libc),
      lastWaitAt: monotonicNow(),
      bulk,
      report,
    };
    this.#poller = new Poller(libc);
    this.#cancelled = cancelled;
  }

  post(command: StreamCommand): void {
    const now = monotonicNow();
    switch (command.tag) {
      case 'open':
        this.#open(command.plan);
        break;
      case 'start':
        this.#let(command.id, (stream) => stream.start(now));
        break;
      case 'stop':
        this.#let(command.id, (stream) => stream.stop(now, command.packets, command.aborted));
        break;
      case 'take': {
        const acceptor = this.#acceptors.get(command.id);
        if (!acceptor) this.#thread.libc.close(command.fd);
        else this.#let(command.id, () => acceptor.take(command.fd, command.mark, now, false));
        break;
      }
      case 'close':
        this.#streams.get(command.id)?.close(command.reset);
        this.#streams.delete(command.id);
        break;
      default:
        command satisfies never;
    }
    this.#wake();
  }

  async end(): Promise<void> {
    this.#ended = true;
    for (const stream of this.#streams.values()) stream.close(false);
    this.#streams.clear();
  }

  #open(plan: StreamPlan): void {
    const { libc, report } = this.#thread;
    try {
      const many = this.#openConnections(plan);
      if (many) {
        this.#streams.set(plan.id, many);
        return report({ tag: 'ready', id: plan.id, local: NO_ADDRESS, remote: remoteOf(plan) });
      }
      const socket = openSocket(libc, this.#poller, plan, this.#cancelled);
      try {
        const local = socket.local();
        this.#streams.set(plan.id, createStream({ thread: this.#thread, plan, socket }));
        this.#thread.lastWaitAt = monotonicNow();
        report({ tag: 'ready', id: plan.id, local, remote: remoteOf(plan) });
      } catch (error) {
        socket.close();
        throw error;
      }
    } catch (error) {
      report(failureOf(plan.id, error));
    }
  }

  /** The stream of a test of connections, which opens or accepts its sockets by itself; `null` for other tests. */
  #openConnections(plan: StreamPlan): LinuxStream | null {
    const { role, socket } = plan;
    if (role === 'connect' && socket.how === 'connect') return new LinuxConnect(this.#thread, plan, socket);
    if (role !== 'accept' || socket.how !== 'listen') return null;
    return new LinuxAccept(this.#thread, plan, socket.fds, this.#acceptors);
  }

  /** Calls a stream. An error that it throws ends that stream only. */
  #let(id: number, act: (stream: LinuxStream) => void): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    try {
      act(stream);
    } catch (error) {
      this.#streams.delete(id);
      stream.close(false);
      this.#thread.report(failureOf(id, error));
    }
  }

  #wake(): void {
    if (this.#turning || this.#ended || this.#streams.size === 0) return;
    this.#turning = true;
    setImmediate(() => this.#turn());
  }

  /** Runs streams for a while, then lets the thread read its messages. */
  #turn(): void {
    const endOfTurn = monotonicNow() + TURN;
    for (let now = monotonicNow(); now < endOfTurn && this.#streams.size > 0; now = monotonicNow()) {
      this.#round(now, endOfTurn);
    }
    this.#turning = false;
    this.#wake();
  }

  #round(now: Instant, endOfTurn: Instant): void {
    this.#poller.clear();
    let wakeAt = endOfTurn;
    const waiting: { id: number; place: number; wakeAt: Instant }[] = [];
    for (const [id, stream] of this.#streams) {
      const interest = stream.interest();
      const place = interest === 0 ? -1 : this.#poller.add(stream.fd, interest);
      const due = stream.wakeAt();
      if (due < wakeAt) wakeAt = due;
      waiting.push({ id, place, wakeAt: due });
    }
    this.#poller.wait(wakeAt - now);
    const after = monotonicNow();
    const share = this.#streams.size === 1 ? LONG_STEP : SHORT_STEP;
    for (const { id, place, wakeAt: due } of waiting) {
      const ready = place < 0 ? 0 : this.#poller.ready(place);
      if (ready === 0 && due > after) continue;
      const at = monotonicNow();
      this.#let(id, (stream) => stream.step(ready, at, at + share));
    }
    // Not `after`: the thread may be delayed between the end of the wait and reading the clock.
    this.#thread.lastWaitAt = now;
  }
}

function failureOf(id: number, error: unknown): StreamReport {
  const code = error instanceof NetError ? error.code : 'ERR_UNSUPPORTED';
  return { tag: 'failed', id, code, message: messageOf(error) };
}

function createStream(deps: LinuxStreamDeps): LinuxStream {
  const stream = createByRole(deps);
  return deps.plan.socket.how === 'answer' ? new LinuxAnswer(deps, stream) : stream;
}

/** Address of a stream that has no connection of its own. */
const NO_ADDRESS = { address: '', port: 0 } as const;

function traceOf(deps: LinuxStreamDeps): LinuxTraceBack {
  const { trace, socket } = deps.plan;
  if (trace !== null && socket.how === 'answer') return new LinuxTraceBack(deps, trace, socket);
  throw new NetError('ERR_UNSUPPORTED', 'a trace leads from a server to its client');
}

function createByRole(deps: LinuxStreamDeps): LinuxStream {
  const { role, spec } = deps.plan;
  switch (role) {
    case 'send':
      return spec.protocol === 'tcp' ? new LinuxTcpSend(deps) : new LinuxUdpSend(deps);
    case 'receive':
      return spec.protocol === 'tcp' ? new LinuxTcpReceive(deps) : new LinuxUdpReceive(deps);
    case 'probe':
      return new LinuxProbe(deps);
    case 'reflect':
      return new LinuxReflect(deps);
    case 'trace':
      return traceOf(deps);
    case 'connect':
    case 'accept':
      throw new NetError('ERR_UNSUPPORTED', `a stream of the role "${role}" has no socket of this kind`);
    default:
      return role satisfies never;
  }
}
