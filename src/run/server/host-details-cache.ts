/**
 * Details of the server's host for its clients. They are gathered once, while no test runs.
 *
 * @module
 */
import { type GatheredHost, type HostDetails, type LinkFacts, NO_DETAILS } from '../../core/shapes/host-details.ts';
import type { PathFacts } from '../../core/shapes/path.ts';
import type { ReportedHost } from '../../session/reports/reported-host.ts';

/** The result of a test is not delayed longer than this for the details. */
const WAIT_MS = 1500;
/** Most devices whose details are kept; clients may connect over any device of the host. */
const MAX_DEVICES = 64;

/** Gathers details of the host and of devices. An aborted signal ends it immediately. */
export type Gather = (
  devices: readonly string[],
  how: { readonly limitMs: number; readonly signal: AbortSignal },
) => Promise<GatheredHost>;

/** Gathers and caches the details. */
export class HostDetailsCache {
  readonly #gather: Gather;
  readonly #isIdle: () => boolean;
  /** Details by device; `null` where nothing is known about it. */
  readonly #links = new Map<string, LinkFacts | null>();
  #details: HostDetails | null = null;
  #running: AbortController | undefined;

  /** @param isIdle - whether no test is running */
  constructor(isIdle: () => boolean, gather: Gather = gatherLazily) {
    this.#isIdle = isIdle;
    this.#gather = gather;
  }

  /** Ends gathering immediately and drops its results, because a test begins or the server ends. */
  interrupt(): void {
    this.#running?.abort();
  }

  /**
   * The details for the client of a test that has ended. Wireless links are read again each time, because they change.
   * Never rejects.
   *
   * @returns `null` if they are not known yet and cannot be gathered because another test is running
   */
  async detailsFor({ device }: PathFacts): Promise<ReportedHost | null> {
    if (this.#details === null || (device !== null && !this.#isSettled(device))) await this.#find(device);
    if (this.#details === null) return null;
    return { details: this.#details, link: device === null ? null : (this.#links.get(device) ?? null) };
  }

  #isSettled(device: string): boolean {
    const link = this.#links.get(device);
    return link !== undefined && link?.medium !== 'wireless';
  }

  async #find(device: string | null): Promise<void> {
    if (!this.#isIdle() || this.#running) return;
    const running = new AbortController();
    this.#running = running;
    const { details, links } = await this.#gather(device === null ? [] : [device], {
      limitMs: WAIT_MS,
      signal: running.signal,
    });
    this.#running = undefined;
    if (running.signal.aborted) return;
    // Details that were gathered in time before may be missing now, so they are kept. The gateway is an address of the
    // internal network, which clients have no need to know.
    this.#details = { ...details, ...withoutNulls(this.#details ?? NO_DETAILS), default_gateway: null };
    if (device === null || (this.#links.size >= MAX_DEVICES && !this.#links.has(device))) return;
    this.#links.set(device, links[device] ?? null);
  }
}

function withoutNulls(details: HostDetails): Partial<HostDetails> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== null));
}

const gatherLazily: Gather = async (devices, how) =>
  (await import('../host/gather-details.ts')).gatherDetails(devices, how);
