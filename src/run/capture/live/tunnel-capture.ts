/**
 * During a test through a tunnel, captures the packets of that tunnel at this end, and counts them.
 *
 * @module
 */
import { CaptureAnalysis } from '../../../capture/capture-analysis.ts';
import { Dissector } from '../../../capture/dissect/dissect.ts';
import { createLayerStack } from '../../../capture/dissect/layer-stack.ts';
import { CaptureReader } from '../../../capture/file/capture-reader.ts';
import { Recogniser } from '../../../capture/recognise/recogniser.ts';
import { endCounts } from '../../../capture/wireguard/delivery/end-counts.ts';
import { messageOf, NetError } from '../../../core/errors.ts';
import type { PathFacts } from '../../../core/shapes/path.ts';
import { type EndCapture, withoutCapture } from '../../../core/shapes/test-capture.ts';
import { within } from '../../within.ts';
import { captureLive } from './capture-live.ts';
import type { LiveStatistics } from './live-source.ts';
import { remoteAddressOf } from './remote-address.ts';

/**
 * Octets that are captured in addition to the MTU. With segmentation offload, a captured packet stands for several
 * datagrams, which only the header of the second message shows. With a smaller snaplen, all but the first would count
 * as lost.
 */
const SNAPLEN_BEYOND_MTU = 128;
const COMMON_MTU = 1500;
const LARGEST_SNAPLEN = 65_535;
/** How long a test waits for the capture to begin. */
const BEGIN_LIMIT_MS = 3000;
/** How long a test waits for the last packets: the capture tool buffers them for a second. */
const END_LIMIT_MS = 8000;

/** A live capture that only counts. Errors do not disturb the test: they are in `detail`. */
export class TunnelCapture {
  /** Why there are no counts, as an error message; `null` without an error. */
  detail: string | null = null;
  readonly #line: PathFacts;
  readonly #stop = new AbortController();
  readonly #recogniser = new Recogniser();
  readonly #analysis = new CaptureAnalysis(this.#recogniser);
  readonly #captured: Promise<LiveStatistics | null>;
  #begin: () => void = () => undefined;
  readonly #begun: Promise<void>;

  /** @param line - the path whose two addresses are those of the tunnel's own packets */
  private constructor(line: PathFacts) {
    this.#line = line;
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#captured = this.#capture();
  }

  /** Starts a capture. Resolves when it has begun, when it has failed, or after 3 s. Never rejects. */
  static async begin(line: PathFacts): Promise<TunnelCapture> {
    const capture = new TunnelCapture(line);
    await within(BEGIN_LIMIT_MS, capture.#begun);
    return capture;
  }

  /** Ends the capture. Never rejects. @returns the counts of all packets, or the reason why there are none */
  async end(): Promise<EndCapture> {
    this.#stop.abort();
    const statistics = await within(END_LIMIT_MS, this.#captured);
    const { device } = this.#line;
    if (statistics === undefined) return withoutCapture('broken', device);
    if (statistics === null) return withoutCapture('cannot', device);
    const counts = endCounts(this.#analysis.result().wireguard, remoteAddressOf(this.#line));
    return { reason: null, device, kernel_drops: statistics.dropped, ...counts };
  }

  /** Ends the capture without a result. */
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
