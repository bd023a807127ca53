/**
 * One client of the server: connects its session engine with its control connection, the queue and its test.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { addressLimitKey, formatEndpoint, unmapIpv4 } from '../../core/address.ts';
import { messageOf, NetError } from '../../core/errors.ts';
import type { ServerEvent } from '../../core/shapes/events.ts';
import type { PathFacts } from '../../core/shapes/path.ts';
import type { HostFacts } from '../../core/shapes/result.ts';
import { NS_PER_MS } from '../../core/time.ts';
import { formatRate } from '../../core/units.ts';
import type { ProgressRow } from '../../measure/flow/progress.ts';
import { grantedRate } from '../../session/limits.ts';
import type { RefusalCode } from '../../session/messages.ts';
import { ServerSession, type ServerSessionDeps, type ServerSessionEvent } from '../../session/server-session.ts';
import { MAX_REPORT_BYTES, MAX_REQUEST_BYTES } from '../../wire/control-frame.ts';
import { ControlLink } from '../control-link.ts';
import { ErrorBoundary } from '../error-boundary.ts';
import { LiveCpuMeter } from '../live-cpu/live-cpu-meter.ts';
import { monotonicNow } from '../monotonic.ts';
import { hostPath } from '../path/host-path.ts';
import type { HostDetailsCache } from './host-details-cache.ts';
import { ProgressRows } from './progress-rows.ts';
import type { RequestedCapture, ServerCaptures } from './server-captures.ts';
import type { ServerTally } from './server-tally.ts';
import { type OpenStream, ServerTest, type TestReport } from './server-test.ts';
import { summaryOf } from './test-summary.ts';

/** The functions of the server that a client uses. */
export interface ServerClientHost {
  /** Requests admission. The server calls `admit`, `queue` or `refuse`, immediately or later. */
  readonly enter: (client: ServerClient, wait: boolean) => void;
  /** Whether another connection of its run has a test. */
  readonly isTaken: (client: ServerClient) => boolean;
  readonly addTest: (client: ServerClient, test: ServerTest) => void;
  readonly removeTest: (test: ServerTest) => void;
  readonly captures: ServerCaptures;
  readonly tally: ServerTally;
  readonly facts: HostFacts;
  /** `null` if details of this host are not sent to clients. */
  readonly hostDetails: HostDetailsCache | null;
  /** Whether a test is ended if its client sends faster than granted. */
  readonly holdsRate: boolean;
  /** The path of the first other connection of the same run, which is the baseline; `null` if there is none. */
  readonly lineOf: (client: ServerClient) => PathFacts | null;
  /** Called once when the client ends, in any state. */
  readonly leave: (client: ServerClient, completedTests: number) => void;
  readonly onEvent: (event: ServerEvent) => void;
}

/** A client from its first frame to the end of its connection. */
export class ServerClient {
  /** Address and port of the client, for events. */
  readonly name: string;
  /** Address of this host that the client connected to. */
  readonly localAddress: string;
  /** Address for limits per address: see `addressLimitKey`. */
  readonly address: string;
  /** The same for all connections of one run; empty until it was received. */
  clientId = '';
  /** The route back to the client; `null` until it is admitted. */
  path: PathFacts | null = null;
  readonly #remoteAddress: string;
  readonly #session: ServerSession;
  readonly #link: ControlLink;
  readonly #host: ServerClientHost;
  readonly #boundary = new ErrorBoundary((error) => this.#fail(error));
  #test: ServerTest | undefined;
  #capture: RequestedCapture | undefined;
  #testId = 0;
  #completed = 0;
  #queued = false;
  #admitted = false;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #progress: ProgressRows | undefined;
  #version = '';
  #left = false;

  /** Neither reads nor sends before `begin`, when the client is in the server's list. */
  constructor(socket: Socket, deps: ServerSessionDeps, host: ServerClientHost) {
    this.#remoteAddress = unmapIpv4(socket.remoteAddress ?? '');
    this.address = addressLimitKey(this.#remoteAddress);
    this.localAddress = unmapIpv4(socket.localAddress ?? '');
    this.name = formatEndpoint(this.#remoteAddress, socket.remotePort ?? 0);
    this.#host = host;
    this.#session = new ServerSession(deps, monotonicNow());
    this.#link = new ControlLink(socket, MAX_REQUEST_BYTES, {
      onFrame: (frame) => {
        this.#session.handleFrame(frame, monotonicNow());
        this.#pump();
      },
      onEnd: (reason) => this.#leave(reason ?? 'the client closed the connection', true),
    });
  }

  /**
   * Starts to read and to answer.
   *
   * @param first - octets received after the preamble
   */
  begin(first: Uint8Array): void {
    this.#boundary.run(() => {
      this.#link.begin(first, this.#boundary);
      this.#pump();
    });
  }

  /** Whether a test is open or running. */
  get isTesting(): boolean {
    return this.#test !== undefined;
  }

  /** Admits the client. */
  admit(): void {
    this.#boundary.run(async () => {
      const path = await hostPath(this.#remoteAddress, this.localAddress);
      if (this.#left) return;
      this.#admitted = true;
      this.#link.allow(MAX_REPORT_BYTES);
      this.path = path;
      this.#session.admit(this.#host.facts, path);
      this.#host.onEvent({ tag: 'client-connected', client: this.name, version: this.#version });
      this.#pump();
    });
  }

  /** Tells the client its place in the queue. The event is emitted once, since each place changes often. */
  queue(place: number): void {
    this.#boundary.run(() => {
      this.#session.queue(place);
      if (!this.#queued) this.#host.onEvent({ tag: 'client-queued', client: this.name, place });
      this.#queued = true;
      this.#pump();
    });
  }

  /** Refuses the client, or ends it with an error. */
  refuse(code: RefusalCode, message: string): void {
    this.#boundary.run(() => {
      this.#session.refuse(code, message);
      this.#pump();
    });
  }

  /** Whether an address is that of the control connection: a trace goes nowhere else. */
  isAt(address: string): boolean {
    return address === this.#remoteAddress;
  }

  /** Adds stream `stream` to its test. */
  attach(stream: number, open: OpenStream): void {
    this.#boundary.run(() => this.#test?.attach(stream, open));
  }

  #pump(): void {
    for (let octets = this.#session.pollTransmit(); octets; octets = this.#session.pollTransmit()) {
      this.#link.send(octets);
    }
    for (let event = this.#session.pollEvent(); event; event = this.#session.pollEvent()) this.#handle(event);
    this.#clearTimer();
    const deadline = this.#session.pollTimeout();
    if (deadline === undefined || this.#left) return;
    const wait = Math.max(1, Math.ceil((deadline - monotonicNow()) / NS_PER_MS));
    const act = this.#boundary.wrap(() => {
      this.#session.handleTimeout(monotonicNow());
      this.#pump();
    });
    // An immediate, as in the client: after this process was stopped, sockets are read before it runs.
    this.#timer = setTimeout(
      () => {
        this.#immediate = setImmediate(act);
      },
      Math.min(wait, 0x7fffffff),
    );
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #handle(event: ServerSessionEvent): void {
    switch (event.tag) {
      case 'wants-admission':
        this.#version = event.version;
        this.clientId = event.clientId;
        return this.#host.enter(this, event.wait);
      case 'open':
        if (this.#host.isTaken(this)) return this.refuse('limit', 'another test of this client is not over');
        this.#openTest(event);
        if (event.capture) this.#boundary.run(() => this.#beginCapture());
        return;
      case 'start':
        this.#testId++;
        this.#host.onEvent({
          tag: 'test-started',
          client: this.name,
          test_id: this.#testId,
          spec: event.spec,
          trace_back: this.#test?.purpose === 'trace',
          purpose: this.#test?.purpose ?? null,
        });
        return this.#startTest();
      case 'stop':
        this.#test?.stop(event.sent, event.aborted);
        return;
      case 'lost':
        this.#link.reset();
        return this.#leave(event.reason, true);
      case 'closed':
        if (event.code !== null) this.#host.tally.refused(event.code);
        this.#link.close();
        return this.#leave(event.reason, false);
      default:
        event satisfies never;
    }
  }

  #openTest({ spec, token, trace, purpose }: Extract<ServerSessionEvent, { tag: 'open' }>): void {
    const test = new ServerTest({
      spec,
      token,
      trace,
      purpose,
      holdsRate: this.#host.holdsRate,
      boundary: this.#boundary,
      onRows: (rows) => {
        this.#session.report(rows);
        this.#pump();
      },
      onSample: (stream, tcp) => {
        this.#session.sample(stream, tcp);
        this.#pump();
      },
      onSent: (sent) => {
        this.#session.finishSending(sent);
        this.#pump();
      },
      onExceeded: () => {
        const granted = formatRate(grantedRate(spec) ?? 0);
        this.refuse('limit', `the client sent more than the ${granted} that it was granted: its test is ended`);
      },
      onResult: (result) => this.#boundary.run(() => this.#finishTest(test, result)),
    });
    this.#test = test;
    this.#host.addTest(this, test);
  }

  #startTest(): void {
    const test = this.#test;
    if (!test) return;
    test.start();
    this.#host.tally.started(test);
    // It has no figures for rows.
    if (test.purpose === 'trace') return;
    const cpu = new LiveCpuMeter();
    const base = { tag: 'interval', client: this.name, test_id: this.#testId, spec: test.spec } as const;
    this.#progress = new ProgressRows(
      test,
      this.#boundary.wrap((row: ProgressRow) => {
        this.#host.tally.progress(test, row);
        this.#host.onEvent({ ...base, ...row });
        this.#session.reportCpu(cpu.take());
        this.#pump();
      }),
    );
  }

  /** The client continues when all further packets are captured, or when the capture was refused. */
  async #beginCapture(): Promise<void> {
    const capture = await this.#host.captures.begin(this.#host.lineOf(this));
    if (this.#left) return capture.cancel();
    this.#capture = capture;
    const { device } = capture;
    if (device !== null) this.#host.onEvent({ tag: 'capture-begun', client: this.name, device });
    this.#session.accept(monotonicNow());
    this.#pump();
  }

  async #finishTest(test: ServerTest, report: TestReport): Promise<void> {
    // A test that was dropped before it started has had no event, and gets none now.
    const wasReported = this.#progress !== undefined || report.trace !== null;
    this.#progress?.finish();
    this.#progress = undefined;
    this.#host.tally.ended(test, report.complete ? 'complete' : 'incomplete');
    this.#host.removeTest(test);
    this.#test = undefined;
    const asked = this.#capture;
    this.#capture = undefined;
    const capture = asked === undefined ? null : await asked.end();
    // Details are sent only with a complete result: a client that gave up does not wait for them.
    const host =
      wasReported && report.complete && this.path
        ? ((await this.#host.hostDetails?.detailsFor(this.path)) ?? null)
        : null;
    if (this.#left) return;
    const result = { ...report, capture, host };
    if (result.complete) this.#completed++;
    this.#session.finish(result);
    if (wasReported) {
      const summary = summaryOf(test, result);
      this.#host.onEvent({ tag: 'test-ended', client: this.name, test_id: this.#testId, summary });
    }
    this.#pump();
  }

  /** An error was thrown while this client was served: the client is told, and disconnected. */
  #fail(error: unknown): void {
    const reason = error instanceof NetError ? error.message : `the server failed: ${messageOf(error)}`;
    try {
      this.#session.refuse('failed', reason);
      this.#pump();
    } finally {
      this.#leave(reason, false);
    }
  }

  /** @param isGone - whether nothing of the client can be reached any more */
  #leave(reason: string, isGone: boolean): void {
    if (this.#left) return;
    this.#left = true;
    this.#clearTimer();
    this.#progress?.cancel();
    // The place is released first, so that an error below cannot keep it occupied.
    if (this.#test) {
      this.#host.tally.ended(this.#test, 'lost');
      this.#host.removeTest(this.#test);
    }
    this.#host.leave(this, this.#completed);
    this.#host.onEvent({ tag: this.#admitted ? 'client-closed' : 'client-refused', client: this.name, reason });
    this.#link.close();
    this.#capture?.cancel();
    this.#test?.cancel(isGone);
  }
}
