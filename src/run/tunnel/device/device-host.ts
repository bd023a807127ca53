/**
 * The main thread's side of a tunnel device, which runs in its own thread.
 *
 * The thread blocks in ppoll() for packets, so it is woken up for each message through an eventfd.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf, NetError } from '../../../core/errors.ts';
import type { DeviceChange, DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import { type Libc, loadLibc } from '../../../native/libc.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';
import type { TunnelDeviceOptions, TunnelHostDevice } from './device.ts';
import type { DeviceCommand, DeviceReport, DeviceThreadPlan } from './thread-messages.ts';

const EFD_NONBLOCK_CLOEXEC = 0o2004000;

interface Waiting {
  readonly resolve: (status: DeviceStatus | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Creates a TUN device with a WireGuard engine. It is down, and has no address and no peers.
 *
 * @throws NetError `ERR_UNSUPPORTED` where this is not Linux, or a privilege or component is missing
 */
export async function openTunnelDevice(options: TunnelDeviceOptions): Promise<TunnelHostDevice> {
  const libc = loadLibc();
  if (!libc) {
    throw new NetError(
      'ERR_UNSUPPORTED',
      'a tunnel device needs Linux on x64 or arm64 and the package koffi (npm install koffi)',
    );
  }
  const wakeFd = libc.eventfd(0, EFD_NONBLOCK_CLOEXEC);
  if (wakeFd < 0) throw new NetError('ERR_UNSUPPORTED', `eventfd: ${libc.errno()}`);
  const { name, mtu, onKeylog } = options;
  const threads = options.threads ?? usualThreads(availableParallelism());
  const device = new ThreadDevice(libc, { name, mtu, threads, keylog: onKeylog !== null, wakeFd }, options);
  await device.opened;
  return device;
}

/** Half of the processors, at most 4: the programs that send and receive need processors too. */
function usualThreads(processors: number): number {
  return Math.max(1, Math.min(4, Math.floor(processors / 2)));
}

class ThreadDevice implements TunnelHostDevice {
  name: string;
  readonly opened: Promise<void>;
  readonly failed: Promise<Error>;
  readonly #wake: () => void;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: ((event: TunnelEvent) => void)[] = [];
  readonly #ended: Promise<void>;
  #ids = 0;
  #over: Error | null = null;
  #fail: (error: Error) => void = () => {};

  constructor(libc: Libc, plan: DeviceThreadPlan, options: TunnelDeviceOptions) {
    this.name = plan.name;
    const memory = libc.allocate(8);
    // An eventfd takes a number of 64 bits, and adds it to its counter.
    memory.view.setBigUint64(0, 1n, true);
    this.#wake = () => void libc.write(plan.wakeFd, memory.address, 8);
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
    this.#worker = new Worker(new URL('./device-thread.js', import.meta.url), { workerData: plan });
    this.opened = new Promise((resolve, reject) => {
      this.#worker.on('message', (report: DeviceReport) => {
        if (report.tag === 'opened') {
          this.name = report.name;
          resolve();
        } else if (report.tag === 'keylog') options.onKeylog?.(report.line);
        else if (report.tag === 'events') for (const event of report.events) this.#emit(event);
        else if (report.tag === 'failed') {
          const error = new NetError(report.failure.code, report.failure.message);
          reject(error);
          this.#end(error);
        } else this.#answer(report);
      });
      this.#worker.on('error', (error: unknown) => {
        const failure = new NetError('ERR_UNSUPPORTED', `the tunnel's thread failed: ${messageOf(error)}`, {
          cause: error,
        });
        reject(failure);
        this.#end(failure);
      });
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end(new NetError('ERR_ABORTED', 'the tunnel device is closed'));
        libc.close(plan.wakeFd);
        libc.free(memory);
        resolve();
      });
    });
  }

  onEvent(listener: (event: TunnelEvent) => void): void {
    this.#listeners.push(listener);
  }

  async status(): Promise<DeviceStatus> {
    const status = await this.#ask({ tag: 'status' });
    if (!status) throw new TypeError('a status was expected');
    return status;
  }

  async configure(change: DeviceChange): Promise<void> {
    await this.#ask({ tag: 'configure', change });
  }

  async close(): Promise<void> {
    if (this.#over === null) await this.#ask({ tag: 'close' }).catch(() => null);
    await this.#ended;
  }

  #ask(command: DistributiveOmit<DeviceCommand, 'id'>): Promise<DeviceStatus | null> {
    if (this.#over) return Promise.reject(this.#over);
    const id = this.#ids++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...command, id });
      this.#wake();
    });
  }

  #answer(report: Extract<DeviceReport, { readonly id: number }>): void {
    const waiting = this.#waiting.get(report.id);
    this.#waiting.delete(report.id);
    if (report.tag === 'done') waiting?.resolve(report.status);
    else waiting?.reject(new NetError(report.failure.code, report.failure.message));
  }

  #emit(event: TunnelEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #end(error: Error): void {
    if (this.#over) return;
    this.#over = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#fail(error);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
