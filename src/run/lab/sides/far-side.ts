/**
 * The near process's side of the far process.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { NetError } from '../../../core/errors.ts';
import type { EngineChoice } from '../../../core/shapes/spec.ts';
import type { FarReport, FarRequest } from './far-messages.ts';
import type { Service, Side } from './side.ts';

const ENTRY = fileURLToPath(new URL('./far-process.js', import.meta.url));

interface Waiting {
  readonly resolve: (value: string | number) => void;
  readonly reject: (error: Error) => void;
}

/** Runs commands and the server at the far end. */
export class FarSide implements Side {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #services = new Map<number, (said: string) => void>();
  readonly #ready: Promise<void>;
  #lastId = 0;

  private constructor() {
    const child = spawn('unshare', ['--net', '--mount', process.execPath, ENTRY], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#ready = new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        const error = new NetError('ERR_UNSUPPORTED', `the far end of the lab ${why}`);
        reject(error);
        for (const waiting of this.#waiting.values()) waiting.reject(error);
      };
      child.once('error', (error) => fail(`cannot be started: ${error.message}`));
      child.once('exit', (status, signal) => fail(`ended (${signal ?? `exit status ${status}`})`));
      child.on('message', (report: FarReport) => {
        if (report.tag === 'ready') resolve();
        else this.#handle(report);
      });
    });
  }

  /**
   * Starts the far process in a new namespace.
   *
   * @throws NetError `ERR_UNSUPPORTED` where that is not allowed
   */
  static async open(): Promise<FarSide> {
    const side = new FarSide();
    await side.#ready;
    return side;
  }

  async run(argv: readonly string[], input = ''): Promise<string> {
    return String(await this.#ask({ tag: 'run', id: ++this.#lastId, argv, input }));
  }

  async start(argv: readonly string[], name: string): Promise<Service> {
    const id = ++this.#lastId;
    const ended = new Promise<string>((resolve) => this.#services.set(id, resolve));
    return { pid: Number(await this.#ask({ tag: 'start', id, argv, name })), ended };
  }

  /** Starts the server of the tests, and returns its port. */
  async serve(engine: EngineChoice): Promise<number> {
    return Number(await this.#ask({ tag: 'serve', id: ++this.#lastId, engine }));
  }

  #ask(request: FarRequest): Promise<string | number> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#child.send(request);
    });
  }

  #handle(report: Exclude<FarReport, { tag: 'ready' }>): void {
    if (report.tag === 'ended') return this.#services.get(report.id)?.(report.said);
    const waiting = this.#waiting.get(report.id);
    this.#waiting.delete(report.id);
    if (report.tag === 'done') waiting?.resolve(report.value);
    else waiting?.reject(new NetError(report.code, report.message));
  }
}
