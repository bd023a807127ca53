/**
 * Watches a connection attempt that takes long or fails.
 *
 * Nothing is done for a path that answers in time, and the code of the diagnosis is not even loaded: the diagnosis begins
 * when an answer is overdue.
 *
 * @module
 */
import type { NetError } from '../../core/errors.ts';
import type { PathFacts } from '../../core/shapes/path.ts';
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { hostPath } from '../path/host-path.ts';
import type { PathDiagnosis, SlowPathOptions } from './path-diagnosis.ts';

/** Time after which an answer is overdue: about three round trips over a geostationary satellite. */
const OVERDUE = 1.5 * NS_PER_S;

/** Watches one connection attempt. */
export class SlowPath {
  readonly #options: SlowPathOptions;
  readonly #timer: NodeJS.Timeout;
  #diagnosis: Promise<PathDiagnosis> | undefined;

  constructor(options: SlowPathOptions) {
    this.#options = options;
    const wait = Math.min(OVERDUE, options.limitNs / 3) / NS_PER_MS;
    this.#timer = setTimeout(() => void this.#diagnose().then((diagnosis) => diagnosis.begin()), wait);
  }

  /** Ends the watch, because the path answered or the result is not needed. May be called twice. */
  close(): void {
    clearTimeout(this.#timer);
    void this.#diagnosis?.then((diagnosis) => diagnosis.close());
  }

  /** The path by the routes of this host. */
  async facts(): Promise<PathFacts> {
    return this.#diagnosis ? (await this.#diagnosis).facts() : hostPath(this.#options.address);
  }

  /** Adds the probable cause to an error. If a tunnel has no session, waits for its next handshake attempt. */
  async explain(error: NetError): Promise<NetError> {
    return (await this.#diagnose()).explain(error);
  }

  #diagnose(): Promise<PathDiagnosis> {
    clearTimeout(this.#timer);
    this.#diagnosis ??= import('./path-diagnosis.ts').then(
      ({ PathDiagnosis: Diagnosis }) => new Diagnosis(this.#options),
    );
    return this.#diagnosis;
  }
}
