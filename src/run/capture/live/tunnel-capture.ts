/**
 * Captures the packets of the tunnel that a test goes through, at this end, and counts them as they come.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CaptureAnalysis } from '../../../capture/capture-analysis.ts';
import { Dissector } from '../../../capture/dissect/dissect.ts';
import { createLayerStack } from '../../../capture/dissect/layer-stack.ts';
import { CaptureReader } from '../../../capture/file/capture-reader.ts';
import { Recogniser } from '../../../capture/recognise/recogniser.ts';
import { endCounts } from '../../../capture/wireguard/delivery/end-counts.ts';
import { messageOf, NetError } from '../../../core/errors.ts';
import type { PathFacts } from '../../../core/shapes/result.ts';
import { type EndCapture, uncaptured } from '../../../core/shapes/test-capture.ts';
import { captureLive } from './capture-live.ts';
import type { LiveStatistics } from './live-source.ts';
import { remoteAddressOf } from './remote-address.ts';

/**
 * Beyond a packet as large as the MTU. Offload shows a train of datagrams as one, and only the header of its second
 * message tells that: with less, the rest of each train would pass for loss.
 */
const SNAPLEN_BEYOND_MTU = 128;
const COMMON_MTU = 1500;
const LARGEST_SNAPLEN = 65_535;
/** How long a test waits for its capture. */
const BEGIN_LIMIT_MS = 3000;
/** How long it waits for the last packets of it: the capturing program holds them back for a second. */
const END_LIMIT_MS = 8000;

export class TunnelCapture {
  /** Why there are no counts, in this system's words. */
  detail: string | null = null;
  readonly #line: PathFacts;
  readonly #stop = new AbortController();
  readonly #recogniser = new Recogniser();
  readonly #analysis = new CaptureAnalysis(this.#recogniser);
  readonly #captured: Promise<LiveStatistics | null>;
  #begin: () => void = () => undefined;
  readonly #begun: Promise<void>;

  /** @param line - the path whose two addresses the tunnel's own packets have */
  private constructor(line: PathFacts) {
    this.#line = line;
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#captured = this.#capture();
  }

  /** Settles when it has begun, or when it is known that it will not. Never rejects. */
  static async begin(line: PathFacts): Promise<TunnelCapture> {
    const capture = new TunnelCapture(line);
    await within(BEGIN_LIMIT_MS, capture.#begun);
    return capture;
  }

  /** Ends the capture. Never rejects. @returns what was counted to the last packet, or why nothing was */
  async end(): Promise<EndCapture> {
    this.#stop.abort();
    const statistics = await within(END_LIMIT_MS, this.#captured);
    const { device } = this.#line;
    if (statistics === undefined) return uncaptured('broken', device);
    if (statistics === null) return uncaptured('cannot', device);
    const counts = endCounts(this.#analysis.result().wireguard, remoteAddressOf(this.#line));
    return { reason: null, device, kernel_drops: statistics.dropped, ...counts };
  }

  /** Ends it for nothing. */
  cancel(): void {
    this.#stop.abort();
  }

  /** @returns `null` if it could not */
  async #capture(): Promise<LiveStatistics | null> {
    const dissector = new Dissector({ recogniser: this.#recogniser });
    const stack = createLayerStack();
    try {
      return await captureLive(
        {
          device: this.#line.device ?? 'any',
          filter: `udp and host ${remoteAddressOf(this.#line)}`,
          snaplen: Math.min((this.#line.mtu_bytes ?? COMMON_MTU) + SNAPLEN_BEYOND_MTU, LARGEST_SNAPLEN),
          isPrompt: false,
        },
        new CaptureReader(),
        (record) => {
          if (this.#analysis.addKnown(record)) return;
          dissector.dissect(record, stack);
          this.#analysis.add(record, stack);
        },
        this.#stop.signal,
        { onBegun: () => this.#begin() },
      );
    } catch (error) {
      this.detail = error instanceof NetError ? error.message : `the capture broke off: ${messageOf(error)}`;
      return null;
    } finally {
      this.#begin();
    }
  }
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  const abort = new AbortController();
  try {
    return await Promise.race([promise, delay(limitMs, undefined, { signal: abort.signal })]);
  } finally {
    abort.abort();
  }
}
