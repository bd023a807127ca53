/**
 * The lab's side of the thread of one end.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { messageOf, NetError } from '../../../core/errors.ts';
import type { TestSpec } from '../../../core/shapes/spec.ts';
import type { StreamReport, StreamRole } from '../../streams/stream-plan.ts';
import type { RelayCounts } from '../relay/relay.ts';
import type { EndCommand, EndPlan, EndReport, EnginesRow, Ports } from './end-messages.ts';

type ReportOf<Tag extends EndReport['tag']> = Extract<EndReport, { readonly tag: Tag }>;
type StreamReportOf<Tag extends StreamReport['tag']> = Extract<StreamReport, { readonly tag: Tag }>;

interface Waiting {
  readonly wants: (report: EndReport) => boolean;
  readonly resolve: (report: EndReport) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Sends commands to the thread and waits for its reports. After a failure of the thread everything rejects with
 * `ERR_PEER_LOST`.
 */
export class EngineEnd {
  readonly ports: Promise<Ports>;
  readonly #worker: Worker;
  readonly #waiting = new Set<Waiting>();
  #failure: NetError | undefined;

  constructor(plan: EndPlan) {
    this.#worker = new Worker(new URL('./end-thread.js', import.meta.url), { workerData: plan });
    this.#worker.on('message', (report: EndReport) => {
      for (const waiting of this.#waiting) {
        if (!waiting.wants(report)) continue;
        this.#waiting.delete(waiting);
        waiting.resolve(report);
      }
    });
    this.#worker.on('error', (error: unknown) => {
      this.#failure = new NetError('ERR_PEER_LOST', `an end of the lab failed: ${messageOf(error)}`, { cause: error });
      for (const waiting of this.#waiting) waiting.reject(this.#failure);
      this.#waiting.clear();
    });
    this.ports = this.#next('bound').then(({ ports }) => ports);
  }

  /** Connects the sockets to those of the other end. */
  async connect(ports: Ports): Promise<void> {
    await this.#ask({ tag: 'connect', ports }, 'connected');
  }

  /** Creates the stream of this end. */
  async open(row: EnginesRow, role: StreamRole, spec: TestSpec, token: Uint8Array): Promise<void> {
    await this.#ask({ tag: 'open', row, role, spec, token }, 'opened');
  }

  start(): void {
    this.#post({ tag: 'start' });
  }

  stop(packets: number | null, aborted: boolean): void {
    this.#post({ tag: 'stop', packets, aborted });
  }

  close(): void {
    this.#post({ tag: 'close' });
  }

  /** Packets that this end's line carried and dropped; `null` for a line without limits. */
  async counts(): Promise<RelayCounts | null> {
    return (await this.#ask({ tag: 'counts' }, 'counts')).counts;
  }

  /** Waits for the next report of the stream with this tag. */
  stream<Tag extends StreamReport['tag']>(tag: Tag): Promise<StreamReportOf<Tag>> {
    const wants = (report: EndReport): boolean => report.tag === 'stream' && report.report.tag === tag;
    return this.#wait(wants).then((report) => (report as ReportOf<'stream'>).report as StreamReportOf<Tag>);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask<Tag extends EndReport['tag']>(command: EndCommand, tag: Tag): Promise<ReportOf<Tag>> {
    const answer = this.#next(tag);
    this.#post(command);
    return answer;
  }

  #next<Tag extends EndReport['tag']>(tag: Tag): Promise<ReportOf<Tag>> {
    return this.#wait((report) => report.tag === tag) as Promise<ReportOf<Tag>>;
  }

  #wait(wants: Waiting['wants']): Promise<EndReport> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#waiting.add({ wants, resolve, reject }));
  }

  #post(command: EndCommand): void {
    this.#worker.postMessage(command);
  }
}
