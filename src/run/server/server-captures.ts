/**
 * Accepts or refuses captures that clients request.
 *
 * @module
 */
import type { PathFacts } from '../../core/shapes/path.ts';
import { type EndCapture, withoutCapture } from '../../core/shapes/test-capture.ts';
import { beginTunnelCapture, isCapturable } from '../capture/live/begin-tunnel-capture.ts';

/** Most captures at the same time: each is a process that takes processor time from the tests. */
const MAX_CAPTURES = 4;

/** A capture that a client requested, accepted or refused. */
export interface RequestedCapture {
  /** Device on which packets are captured; `null` if the capture was refused or failed to start. */
  readonly device: string | null;
  /** Ends the capture and returns the counts, or why there are none. Never rejects. */
  end(): Promise<EndCapture>;
  /** Ends the capture and drops the counts. */
  cancel(): void;
}

/** Starts captures for the clients of one server, and limits their number. */
export class ServerCaptures {
  readonly #isAllowed: boolean;
  #running = 0;

  /** @param isAllowed - whether the server's user allows captures */
  constructor(isAllowed: boolean) {
    this.#isAllowed = isAllowed;
  }

  /**
   * Starts a capture of the packets between this host and the client's address on the baseline path.
   *
   * @param line - the baseline path of the client's run; `null` if the client has no connection other than the one
   *   under test: then nothing is captured, because packets are counted only for an address from which the client has a
   *   connection
   */
  async begin(line: PathFacts | null): Promise<RequestedCapture> {
    if (!this.#isAllowed) return refused(withoutCapture('not-allowed'));
    if (line === null || !isCapturable(line)) return refused(withoutCapture('no-path'));
    if (this.#running >= MAX_CAPTURES) return refused(withoutCapture('busy'));
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

function refused(counts: EndCapture): RequestedCapture {
  return { device: null, end: async () => counts, cancel: () => undefined };
}
