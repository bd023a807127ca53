/**
 * Which of the captures that clients ask for are taken.
 *
 * @module
 */
import type { PathFacts } from '../../core/shapes/result.ts';
import { type EndCapture, uncaptured } from '../../core/shapes/test-capture.ts';
import { beginTunnelCapture, isCapturable } from '../capture/live/begin-tunnel-capture.ts';

/** Captures at the same time: each is a process, and takes its share of what is measured. */
const MAX_CAPTURES = 4;

/** A capture that was asked for, whether it is taken or not. */
export interface AskedCapture {
  /** Where packets are captured; `null`: nowhere. */
  readonly device: string | null;
  /** Ends it. Never rejects. */
  end(): Promise<EndCapture>;
  /** Ends it for nothing. */
  cancel(): void;
}

export class CaptureDesk {
  readonly #isAllowed: boolean;
  #running = 0;

  constructor(isAllowed: boolean) {
    this.#isAllowed = isAllowed;
  }

  /**
   * Begins a capture of what passes between this host and the client's own address on the line.
   *
   * @param line - `null` if the client has no other connection than that of the test: only what it has itself is
   * counted for it
   */
  async begin(line: PathFacts | null): Promise<AskedCapture> {
    if (!this.#isAllowed) return refused(uncaptured('not-allowed'));
    if (line === null || !isCapturable(line)) return refused(uncaptured('no-path'));
    if (this.#running >= MAX_CAPTURES) return refused(uncaptured('busy'));
    this.#running++;
    const capture = await beginTunnelCapture(line).catch((error: unknown) => {
      this.#running--;
      throw error;
    });
    let isOver = false;
    const leave = (): void => {
      if (!isOver) this.#running--;
      isOver = true;
    };
    return {
      device: capture.detail === null ? (line.device ?? 'any') : null,
      end: () => capture.end().finally(leave),
      cancel: () => void capture.end().finally(leave),
    };
  }
}

function refused(counts: EndCapture): AskedCapture {
  return { device: null, end: async () => counts, cancel: () => undefined };
}
