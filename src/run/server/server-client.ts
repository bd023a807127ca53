/**
 * One client at the server: joins its session engine to its connection, the queue and its test.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { formatEndpoint, limitedAddress, unmapIpv4 } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { messageOf, NetError } from '../../core/errors.ts';
import type { ServerEvent } from '../../core/shapes/events.ts';
import type { HostFacts, PathFacts } from '../../core/shapes/result.ts';
import { NS_PER_MS } from '../../core/time.ts';
import { formatRate } from '../../core/units.ts';
import { rate } from '../../measure/flow/flow-result.ts';
import type { ProgressRow } from '../../measure/flow/progress.ts';
import { grantedRate } from '../../session/limits.ts';
import type { RefusalCode } from '../../session/messages.ts';
import { ServerSession, type ServerSessionDeps, type ServerSessionEvent } from '../../session/server-session.ts';
import { MAX_REPORT_BYTES, MAX_REQUEST_BYTES } from '../../wire/control-frame.ts';
import { Boundary } from '../boundary.ts';
import { ControlLink } from '../control-link.ts';
import { monotonicNow } from '../monotonic.ts';
import { hostPath } from '../path/host-path.ts';
import type { AskedCapture, CaptureDesk } from './capture-desk.ts';
import type { HostDesk } from './host-desk.ts';
import { ProgressRows } from './progress-rows.ts';
import { type OpenStream, ServerTest, type TestReport } from './server-test.ts';

/** What a client needs of its server. */
export interface ServerClientHost {
  /** Asks to be let in; the server answers with `admit`, `queue` or `refuse`, now or later. */
  readonly enter: (client: ServerClient, wait: boolean) => void;
  /** Whether another connection of its run has a test. */
  readonly isTaken: (client: ServerClient) => boolean;
  readonly addTest: (client: ServerClient, test: ServerTest) => void;
  readonly removeTest: (test: ServerTest) => void;
  readonly captures: CaptureDesk;
  readonly facts: HostFacts;
  /** `null` if clients are not to be told more of this host. */
  readonly desk: HostDesk | null;
  /** Whether clients are held to the rate that they are granted. */
  readonly holdsRate: boolean;
  /** The path of another connection of the same run that is not this one's; the first of them is that of the line. */
  readonly lineOf: (client: ServerClient) => PathFacts | null;
  /** The client is no more. Called once, whatever state it was in. */
  readonly leave: (client: ServerClient, completedTests: number) => void;
  readonly onEvent: (event: ServerEvent) => void;
}

export class ServerClient {
  readonly name: string;
  readonly localAddress: string;
  readonly address: string;
  clientId = '';
  /** The route back to the client; `null` until it is admitted. */
  path: PathFacts | null = null;
  readonly #remoteAddress: string;
  readonly #session: ServerSession;
  readonly #link: ControlLink;
  readonly #host: ServerClientHost;
  readonly #boundary = new Boundary((error) => this.#fail(error));
  #test: ServerTest | undefined;
  #capture: AskedCapture | undefined;
  #testId = 0;
  #completed = 0;
  #queued = false;
  #admitted = false;
  #timer: NodeJS.Timeout | undefined;
  #progress: ProgressRows | undefined;
  #version = '';
  #left = false;

  /** Reads and says nothing before `begin`: by then the client is known to its server. */
  constructor(socket: Socket, deps: ServerSessionDeps, host: ServerClientHost) {
    this.#remoteAddress = unmapIpv4(socket.remoteAddress ?? '');
    this.address = limitedAddress(this.#remoteAddress);
    this.localAddress = unmapIpv4(socket.localAddress ?? '');
    this.name = formatEndpoint(this.#remoteAddress, socket.remotePort ?? 0);
    this.#host = host;
    this.#session = new ServerSession(deps, monotonicNow());
    this.#link = new ControlLink(socket, MAX_REQUEST_BYTES, {
      onFrame: (frame) => {
        this.#session.handleFrame(frame, monotonicNow());
        this.#pump();
      },
      onEnd: (reason) => this.#leave(reason ?? 'the client closed the connection'),
    });
  }

  /** @param first - octets that came behind the preamble. */
  begin(first: Uint8Array): void {
    this.#boundary.run(() => {
      this.#link.begin(first, this.#boundary);
      this.#pump();
    });
  }

  get isTesting(): boolean {
    return this.#test !== undefined;
  }

  /** Lets the client in. */
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

  /** Tells the client its place. That it waits is told once: all of a queue move up when one leaves it. */
  queue(place: number): void {
    this.#boundary.run(() => {
      this.#session.queue(place);
      if (!this.#queued) this.#host.onEvent({ tag: 'client-queued', client: this.name, place });
      this.#queued = true;
      this.#pump();
    });
  }

  refuse(code: RefusalCode, message: string): void {
    this.#boundary.run(() => {
      this.#session.refuse(code, message);
      this.#pump();
    });
  }

  /** Takes in stream `stream` of its test. */
  attach(stream: number, open: OpenStream): void {
    this.#boundary.run(() => this.#test?.attach(stream, open));
  }

  #pump(): void {
    for (let octets = this.#session.pollTransmit(); octets; octets = this.#session.pollTransmit()) {
      this.#link.send(octets);
    }
    for (let event = this.#session.pollEvent(); event; event = this.#session.pollEvent()) this.#handle(event);
    clearTimeout(this.#timer);
    const deadline = this.#session.pollTimeout();
    if (deadline === undefined || this.#left) return;
    const wait = Math.max(1, Math.ceil((deadline - monotonicNow()) / NS_PER_MS));
    this.#timer = setTimeout(
      this.#boundary.wrap(() => {
        this.#session.handleTimeout(monotonicNow());
        this.#pump();
      }),
      Math.min(wait, 0x7fffffff),
    );
  }

  #handle(event: ServerSessionEvent): void {
    switch (event.tag) {
      case 'wants-admission':
        this.#version = event.version;
        this.clientId = event.clientId;
        return this.#host.enter(this, event.wait);
      case 'open':
        if (this.#host.isTaken(this)) return this.refuse('limit', 'another test of this client is not over');
        this.#openTest(event.spec, event.token);
        if (event.capture) this.#boundary.run(() => this.#beginCapture());
        return;
      case 'start':
        this.#testId++;
        this.#host.onEvent({ tag: 'test-started', client: this.name, test_id: this.#testId, spec: event.spec });
        return this.#startTest();
      case 'stop':
        this.#test?.stop(event.sent, event.aborted);
        return;
      case 'lost':
        this.#link.reset();
        return this.#leave(event.reason);
      case 'closed':
        this.#link.close();
        return this.#leave(event.reason);
      default:
        event satisfies never;
    }
  }

  #openTest(spec: ServerTest['spec'], token: Uint8Array): void {
    const test = new ServerTest({
      spec,
      token,
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
    const base = { tag: 'interval', client: this.name, test_id: this.#testId, spec: test.spec } as const;
    this.#progress = new ProgressRows(
      test,
      this.#boundary.wrap((row: ProgressRow) => this.#host.onEvent({ ...base, ...row })),
    );
  }

  /** The client goes on when every packet from then on is captured, or when none will be. */
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
    // What was given up before it started was not told of, and is not told of now.
    const wasTold = this.#progress !== undefined;
    this.#progress?.finish();
    this.#progress = undefined;
    this.#host.removeTest(test);
    this.#test = undefined;
    const asked = this.#capture;
    this.#capture = undefined;
    const capture = asked === undefined ? null : await asked.end();
    // What never began has no link to tell of, and whoever gives up does not wait.
    const host = wasTold && report.complete && this.path ? ((await this.#host.desk?.tell(this.path)) ?? null) : null;
    if (this.#left) return;
    const result = { ...report, capture, host };
    if (result.complete) this.#completed++;
    this.#session.finish(result);
    if (wasTold) {
      const summary = summaryOf(test, result);
      this.#host.onEvent({ tag: 'test-ended', client: this.name, test_id: this.#testId, summary });
    }
    this.#pump();
  }

  /** Something was thrown while this client was served: it is told, and goes. */
  #fail(error: unknown): void {
    const reason = error instanceof NetError ? error.message : `the server failed: ${messageOf(error)}`;
    try {
      this.#session.refuse('failed', reason);
      this.#pump();
    } finally {
      this.#leave(reason);
    }
  }

  #leave(reason: string): void {
    if (this.#left) return;
    this.#left = true;
    clearTimeout(this.#timer);
    this.#progress?.cancel();
    // The place first, so that nothing below can keep it.
    if (this.#test) this.#host.removeTest(this.#test);
    this.#host.leave(this, this.#completed);
    this.#host.onEvent({ tag: this.#admitted ? 'client-closed' : 'client-refused', client: this.name, reason });
    this.#link.close();
    this.#capture?.cancel();
    this.#test?.cancel();
  }
}

/** What this end received and sent, in a line. */
function summaryOf({ spec }: ServerTest, { received, sent, complete }: TestReport): string {
  const latency = spec.test === 'latency';
  const total = (reports: readonly { readonly bytes: number }[]): number =>
    reports.reduce((sum, one) => sum + one.bytes, 0);
  const at = (verb: string, bytes: number, times: readonly number[]): string[] => {
    const bps = rate(bytes, Math.max(0, ...times));
    return bps === null ? [] : [`${verb} ${formatRate(bps)}`];
  };
  const figures = latency
    ? [`${received[0]?.packets ?? 0} probes answered`]
    : [
        ...at(
          'received',
          total(received),
          received.map((one) => one.window_ns),
        ),
        ...at(
          'sent',
          total(sent),
          sent.map((one) => one.elapsed_ns),
        ),
      ];
  const name = `${spec.protocol.toUpperCase()} ${latency ? 'latency' : `bandwidth ${spec.direction}`}`;
  const words = figures.length > 0 ? `${name}: ${figures.join(', ')}` : name;
  return complete ? words : `${words}, broken off`;
}

/** Key under which a test is found by the token that its streams show. */
export function testKey(token: Uint8Array): string {
  return toHex(token);
}
