/**
 * The server's trace to a client: probes with a growing TTL, from the port of the server to the port of the client, over
 * the socket of a latency test. So they are of the flow that a download over UDP is.
 *
 * It sends to the address that the client has proven, no more probes than were asked for, and nothing once it is over.
 *
 * @see docs/protocol.md, Trace back
 * @module
 */
import type { TraceAsk, TracedPath } from '../../../core/shapes/path/trace-back.ts';
import { type Instant, type Nanos, NS_PER_S } from '../../../core/time.ts';
import { MSG, POLL } from '../../../native/constants.ts';
import { ProbeErrors } from '../../../native/probe/probe-errors.ts';
import { MessageReader } from '../../../native/udp/message-reader.ts';
import { TraceEngine } from '../../../path/trace/trace-engine.ts';
import { traceOutcome } from '../../../path/trace/trace-outcome.ts';
import type { ProbeAnswer } from '../../../path/trace/trace-plan.ts';
import { StreamKey } from '../../../wire/datagram.ts';
import { HOP_PROBE_BYTES, readHopAnswer, readQuotedHop, writeHopProbe } from '../../../wire/probe/trace-probe.ts';
import { monotonicNow } from '../../monotonic.ts';
import { errorAnswer } from '../../probes/trace/error-answer.ts';
import { reportErrors, setTtl } from '../../probes/trace/open-socket.ts';
import { OLDEST_NS } from '../../probes/trace/probe-port.ts';
import { reflectorReport } from '../../streams/stream-reports.ts';
import { type LinuxStream, type LinuxStreamDeps, NEVER } from '../stream.ts';
import { ThreadShare } from '../thread-share.ts';

/** Longest wait for an answer, and for all of them. */
const LONGEST_WAIT_NS: Nanos = 3 * NS_PER_S;
const LIMIT_NS: Nanos = 10 * NS_PER_S;
/** A call returns an error that a router reported for an earlier probe, once; the next call sends. */
const ATTEMPTS = 4;
/** Datagrams that are read at a time. */
const MOST = 64;

/** The stream of a trace back. */
export class LinuxTraceBack implements LinuxStream {
  readonly fd: number;
  readonly #deps: LinuxStreamDeps;
  readonly #ask: TraceAsk;
  readonly #key: StreamKey;
  readonly #errors: ProbeErrors;
  readonly #answers: MessageReader;
  readonly #share: ThreadShare;
  readonly #client: { readonly address: string; readonly port: number; readonly family: 4 | 6 };
  #engine: TraceEngine | undefined;
  #startedAt: Instant = 0;
  #endedAt: Instant | undefined;
  #refused: string | null = null;
  #hasSent = false;

  constructor(deps: LinuxStreamDeps, ask: TraceAsk, client: { readonly address: string; readonly port: number }) {
    this.#deps = deps;
    this.#ask = ask;
    this.fd = deps.socket.fd;
    this.#key = new StreamKey(deps.plan.token, deps.plan.stream);
    this.#share = new ThreadShare(deps.thread);
    this.#client = { ...client, family: client.address.includes(':') ? 6 : 4 };
    reportErrors(deps.socket, this.#client.family);
    this.#errors = new ProbeErrors(deps.thread.libc);
    this.#answers = new MessageReader(deps.thread.libc);
    // What is called for the first time takes milliseconds, which would be those of the first probes.
    writeHopProbe(deps.thread.libc.scratch.view, deps.plan, 0);
    setTtl(deps.socket, this.#client.family, 1);
    this.#collect(() => {});
  }

  interest(): number {
    return POLL.in;
  }

  wakeAt(): Instant {
    return this.#endedAt === undefined ? (this.#engine?.pollTimeout() ?? NEVER) : NEVER;
  }

  start(now: Instant): void {
    this.#share.begin();
    this.#startedAt = now;
    const { max_hops: maxHops, probes } = this.#ask;
    this.#engine = new TraceEngine(
      {
        kind: 'trace',
        target: this.#client.address,
        maxHops,
        rounds: probes,
        warmup: 0,
        gapNs: 0,
        durationNs: null,
        flows: 1,
        longestWaitNs: LONGEST_WAIT_NS,
      },
      now,
    );
    this.step(0, now);
  }

  step(_ready: number, now: Instant): void {
    const engine = this.#engine;
    // What comes before the start, and after the end, is taken from the socket, or it would be ready for ever.
    this.#collect((answer) => {
      if (this.#endedAt === undefined) engine?.handleAnswer(answer);
    });
    if (engine === undefined || this.#endedAt !== undefined) return;
    engine.handleTimeout(now);
    for (let probe = engine.pollTransmit(monotonicNow()); probe; probe = engine.pollTransmit(monotonicNow())) {
      const reason = this.#send(probe.id, probe.ttl);
      this.#hasSent ||= reason === null;
      if (reason === null) continue;
      this.#refused = reason;
      engine.handleRefused(probe.id);
      // Nothing leaves this host: more attempts would end in the same way.
      if (!this.#hasSent) return this.#end(engine, now);
    }
    if (engine.isDone || now - this.#startedAt > LIMIT_NS) this.#end(engine, monotonicNow());
  }

  stop(now: Instant): void {
    const { plan, thread } = this.#deps;
    if (this.#engine !== undefined && this.#endedAt === undefined) this.#end(this.#engine, now);
    thread.report({ tag: 'drained', id: plan.id, report: reflectorReport(plan, 0, this.#share.use()) });
  }

  close(reset: boolean): void {
    this.#errors.free();
    this.#answers.free();
    if (reset) this.#deps.socket.reset();
    else this.#deps.socket.close();
  }

  #send(id: number, ttl: number): string | null {
    const { socket, plan, thread } = this.#deps;
    const { libc } = thread;
    if (!setTtl(socket, this.#client.family, ttl)) return libc.errno();
    writeHopProbe(libc.scratch.view, plan, id);
    for (let i = 0; i < ATTEMPTS; i++) {
      if (libc.send(this.fd, libc.scratch.address, HOP_PROBE_BYTES, MSG.nosignal | MSG.dontwait) >= 0) return null;
    }
    return libc.errno();
  }

  #collect(onAnswer: (answer: ProbeAnswer) => void): void {
    const target = this.#client;
    this.#errors.drain(this.fd, (error) => {
      const at = this.#errors.receivedAt(monotonicNow, OLDEST_NS);
      const answer = errorAnswer(error, { id: readQuotedHop(this.#key, error.quote), flow: 0 }, target, at);
      if (answer) onAnswer(answer);
    });
    for (let i = 0; i < MOST && this.#answers.receive(this.fd, 'messages'); i++) {
      const { payload, ttl } = this.#answers;
      const id = readHopAnswer(this.#key, payload);
      if (id === null) continue;
      const { address: from } = target;
      const at = this.#answers.receivedAt(monotonicNow, OLDEST_NS);
      onAnswer({ id, flow: 0, from, kind: 'target', reason: null, ttl, mtuBytes: null, labels: [], at });
    }
  }

  #end(engine: TraceEngine, now: Instant): void {
    const complete = engine.isDone;
    engine.stop();
    this.#endedAt = now;
    const { plan, socket, thread } = this.#deps;
    const local = socket.local();
    const { address, port } = this.#client;
    const outcome = traceOutcome(engine, null, { protocol: 'udp', port, ownAddress: local.address });
    const trace: TracedPath = {
      source: { address: local.address, port: local.port },
      client: { address, port },
      hops: outcome.hops.map(({ ttl: _, status: __, words: ___, addresses, ...hop }) => ({
        ...hop,
        addresses: addresses.map(({ address: one, answers, guessed_return_hops }) => ({
          address: one,
          answers,
          guessed_return_hops,
        })),
      })),
      reached: outcome.reached,
      rounds: outcome.rounds,
      rtt_ns: outcome.rtt_ns,
      answered_by: outcome.answered_by,
      unmatched_answers: outcome.unmatched_answers,
      duration_ns: now - this.#startedAt,
      complete,
      refused: this.#refused,
    };
    thread.report({ tag: 'traced', id: plan.id, trace });
  }
}
